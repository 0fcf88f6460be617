import { awsText, type Explanation, firstDifference, quoted } from "./explanation.ts";
import { type Advice, adviceFor } from "./provider.ts";
import { refuse, tokenRule } from "./rule.ts";
import { ownProperty } from "./unverified-token.ts";

// 3.6 (DOC): equal, character by character. A trailing slash, a port or a letter's case is another issuer, and a list
// of issuers is not an issuer (CVE-2025-30144).
export const issuer = tokenRule("issuer", ({ claims }, { configuration }) =>
  ownProperty(claims, "iss") === configuration.issuer ? undefined : refuse("issuer does not match", "DOC", "OBS1"),
);

const EXACTLY =
  "write into the environment's issuer exactly what the token's iss says, or take the token from the configured issuer";

const MORE: Advice = {
  auth0: "; Auth0's iss ends with a slash",
  entra:
    "; Entra's v1 tokens have https://sts.windows.net/TENANT/, its v2 tokens https://login.microsoftonline.com/TENANT/v2.0: the API's manifest says which (requestedAccessTokenVersion)",
  keycloak: "; Keycloak writes the host by which it was asked, unless its hostname is set",
  okta: "; Okta's org server and each authorization server (…/oauth2/NAME) are different issuers",
  other: "",
};

export const issuerExplained: Explanation = {
  fact: "3.6",
  confidence: "DOC",
  title: "iss is the configured issuer, character by character",
  show: ({ token, configuration }) => ({
    saw: token && ownProperty(token.claims, "iss"),
    wanted: configuration.issuer,
  }),
  remedy: ({ saw, wanted }, given) => ({
    cause: `iss is ${quoted(saw)}, configured is ${quoted(wanted)}: ${firstDifference(saw, wanted)}`,
    remedy: `${EXACTLY}${adviceFor(MORE, given)}`,
  }),
  logged: () => [
    awsText(["issuer does not match"], "3.6", "OBS1", {
      cause: "the token's iss is not, character by character, the authorizer's issuer",
      remedy: "compare the two: a trailing slash, ':443', a tenant's path or another host",
    }),
  ],
};
