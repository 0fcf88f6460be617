import { type Explanation, ownText } from "./explanation.ts";
import { refuse, tokenRule } from "./rule.ts";
import { ownProperty, type UnverifiedToken } from "./unverified-token.ts";

/** The token's `kid`, where it is one that can be looked up: a string that is not empty. */
export function keyIdOf(token: UnverifiedToken): string | undefined {
  const kid = ownProperty(token.header, "kid");
  return typeof kid === "string" && kid !== "" ? kid : undefined;
}

// 3.1 (DOC): a token without a `kid` is refused, even where the issuer has one key only. `jwk`, `jku`, `x5u` and `x5c`
// are never read: a token does not say by which key it is to be believed (RFC 8725 section 3.10).
export const keyId = tokenRule("key-id", (token) =>
  keyIdOf(token) === undefined ? refuse("the token names no key (kid)", "DOC", "UNK") : undefined,
);

export const keyIdExplained: Explanation = {
  fact: "3.1",
  confidence: "DOC",
  title: "the header names a key (kid)",
  show: ({ token }) => ({ saw: token && ownProperty(token.header, "kid"), wanted: "a string" }),
  remedy: () => ({
    cause: "the token's header names no key (kid)",
    remedy: "configure the issuer to set kid: API Gateway finds keys by kid only",
  }),
  logged: () => [
    ownText(["the token names no key (kid)"], "3.1", {
      cause: "the token's header has no kid",
      remedy: "configure the issuer to set kid: API Gateway finds keys by kid only",
    }),
  ],
};
