import { awsText, type Explanation, firstDifference, quoted } from "./explanation.ts";
import { refuse, tokenRule } from "./rule.ts";
import { ownProperty } from "./unverified-token.ts";

// 3.6 (DOC): equal, character by character. A trailing slash, a port or a letter's case is another issuer, and a list
// of issuers is not an issuer (CVE-2025-30144).
export const issuer = tokenRule("issuer", ({ claims }, { configuration }) =>
  ownProperty(claims, "iss") === configuration.issuer ? undefined : refuse("issuer does not match", "DOC", "OBS1"),
);

export const issuerExplained: Explanation = {
  fact: "3.6",
  confidence: "DOC",
  title: "iss is the configured issuer, character by character",
  show: ({ token, configuration }) => ({
    saw: token && ownProperty(token.claims, "iss"),
    wanted: configuration.issuer,
  }),
  remedy: ({ saw, wanted }) => ({
    cause: `iss is ${quoted(saw)}, configured is ${quoted(wanted)}: ${firstDifference(saw, wanted)}`,
    remedy:
      "write into the environment's issuer exactly what the token's iss says, or take the token from the configured issuer",
  }),
  logged: () => [
    awsText(["issuer does not match"], "3.6", "OBS1", {
      cause: "the token's iss is not, character by character, the authorizer's issuer",
      remedy: "compare the two: a trailing slash, ':443', a tenant's path or another host",
    }),
  ],
};
