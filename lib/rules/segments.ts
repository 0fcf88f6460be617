import { awsText, type Explanation } from "./explanation.ts";
import { type Advice, adviceFor } from "./provider.ts";
import { type Rule, refuse } from "./rule.ts";

// 1.10 (OBS+): a token has three segments. An opaque token, an API key and an encrypted token (JWE, five) are refused.
export const segments: Rule<"segments"> = {
  name: "segments",
  check: (given) =>
    given.segments === undefined ? refuse("token contains an invalid number of segments", "OBS+") : undefined,
};

export const segmentsExplained: Explanation = {
  fact: "1.10",
  confidence: "OBS+",
  title: "the token has three segments",
  ready: ({ text }) => text !== undefined,
  show: ({ text = "" }) => ({ saw: countSegments(text), wanted: 3 }),
  remedy: ({ saw }, given) => ({
    cause: `the credential has ${String(saw)} part(s) between dots and a signed token has 3`,
    remedy: saw === 1 ? adviceFor(OPAQUE, given) : saw === JWE_PARTS ? adviceFor(ENCRYPTED, given) : AS_IT_IS,
  }),
  logged: () => [
    awsText(["token contains an invalid number of segments"], "1.10", "OBS+", {
      cause: "the credential is not a signed JWT: an opaque token, an API key, Basic credentials or an encrypted token",
      remedy: "have the issuer give signed JWT access tokens (WSO2: access token type JWT; Auth0: ask with audience=)",
    }),
  ],
};

/** RFC 7516 section 7.1. */
const JWE_PARTS = 5;

const AS_IT_IS = "send the token as the issuer gave it, by itself or after exactly 'Bearer '";

const OPAQUE: Advice = {
  wso2: "the token is opaque: set the application's access token type to JWT in WSO2 (5.x: Token Issuer JWT)",
  auth0: "the token is opaque: ask for it with audience=API_IDENTIFIER, and Auth0 gives a JWT",
  okta: "the token is opaque: ask a custom authorization server, not the org server",
  google: "Google's access tokens are opaque: send the id token, whose aud is the OAuth client id",
  other: "the token is opaque: have the issuer give JWT access tokens",
};

const ENCRYPTED: Advice = {
  auth0: "the token is encrypted (JWE), as Auth0 makes it without an audience: ask for it with audience=API_IDENTIFIER",
  other: "the token is encrypted (JWE), which API Gateway does not take: have the issuer sign it only",
};

function countSegments(text: string): number {
  let count = 1;
  for (let at = text.indexOf("."); at >= 0; at = text.indexOf(".", at + 1)) count += 1;
  return count;
}
