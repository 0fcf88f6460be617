import type { KeyAnswer, Refusal } from "./decision.ts";
import { type Explanation, refuse, tokenRule } from "./rule.ts";
import { own, type UnverifiedToken } from "./unverified-token.ts";

/** The token's `kid`, where it is one that can be looked up: a string that is not empty. */
export function keyIdOf(token: UnverifiedToken): string | undefined {
  const kid = own(token.header, "kid");
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
  show: ({ token }) => ({ saw: token && own(token.header, "kid"), wanted: "a string" }),
};

export const key = tokenRule("key", ({ header }, { keyAnswer }) =>
  keyAnswer === undefined ? undefined : refuseKey(keyAnswer, own(header, "alg")),
);

export const keyExplained: Explanation = {
  fact: "3.1",
  confidence: "DOC",
  title: "the issuer's JWKS has that key, fit to verify",
  ready: ({ keyAnswer }) => keyAnswer !== undefined,
  show: ({ keyAnswer }) => showKey(keyAnswer),
};

function refuseKey(answer: KeyAnswer, alg: unknown): Refusal | undefined {
  switch (answer.kind) {
    case "found":
      return answer.key.alg !== undefined && answer.key.alg !== alg
        ? refuse("the key is for another algorithm", "UNK", "UNK")
        : undefined;
    case "unknown":
      return refuse("the token's key (kid) is unknown", "DOC", "UNK");
    case "refused":
      return refuse("the token's key (kid) may not verify", "UNK", "UNK");
    case "unavailable":
      return refuseUnavailable(answer);
  }
}

/** 2.2: both texts are OBS+ for a fetch that failed or took more than 1,500 ms. */
function refuseUnavailable({ document, stage }: Extract<KeyAnswer, { kind: "unavailable" }>): Refusal {
  // 4.7 (OBS1): AWS logs "the issuer in …" and the rest of its text is not known, so this is our own.
  if (stage === "issuer") return refuse("the discovery document names another issuer", "OBS1", "UNK");
  return document === "discovery"
    ? refuse("OIDC discovery endpoint communication error", "OBS+", "OBS+")
    : refuse("JWKS communication error", "OBS+", "OBS+");
}

function showKey(answer: KeyAnswer | undefined) {
  switch (answer?.kind) {
    case undefined:
      return { saw: undefined, wanted: "a key" };
    case "found":
      return { saw: answer.key.kid, wanted: answer.key.alg ?? "any accepted algorithm" };
    case "unknown":
      return { saw: "no key of that kid", wanted: answer.kids };
    case "refused":
      return { saw: answer.why, wanted: "an RSA signature key of 2048 to 8192 bits, listed once" };
    case "unavailable":
      return { saw: `${answer.document}: ${answer.detail}`, wanted: "the issuer's discovery document and JWKS" };
  }
}
