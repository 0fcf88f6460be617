import { awsText, type Explanation } from "./explanation.ts";
import { type Rule, refuse } from "./rule.ts";

// 1.10 (OBS+): a token has three segments. An opaque token, an API key and an encrypted token (JWE, five) are refused.
export const segments: Rule<"segments"> = {
  name: "segments",
  check: (given) =>
    given.segments === undefined ? refuse("token contains an invalid number of segments", "OBS+", "OBS+") : undefined,
};

export const segmentsExplained: Explanation = {
  fact: "1.10",
  confidence: "OBS+",
  title: "the token has three segments",
  ready: ({ text }) => text !== undefined,
  show: ({ text = "" }) => ({ saw: countSegments(text), wanted: 3 }),
  remedy: ({ saw }) => ({
    cause: `the credential has ${String(saw)} part(s) between dots and a signed token has 3`,
    remedy:
      saw === 1
        ? "the token is opaque: set the application's access token type to JWT in WSO2 (5.x: Token Issuer JWT)"
        : "send the token by itself or after exactly 'Bearer '; an encrypted token (JWE) is not taken",
  }),
  logged: () => [
    awsText(["token contains an invalid number of segments"], "1.10", "OBS+", {
      cause: "the credential is not a signed JWT: an opaque token, an API key, Basic credentials or an encrypted token",
      remedy: "have the issuer give JWT access tokens (WSO2: access token type JWT; 5.x: Token Issuer JWT)",
    }),
  ],
};

function countSegments(text: string): number {
  let count = 1;
  for (let at = text.indexOf("."); at >= 0; at = text.indexOf(".", at + 1)) count += 1;
  return count;
}
