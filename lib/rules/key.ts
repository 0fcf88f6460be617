import { awsText, type Explanation, listed, ownText, type Remedy } from "./explanation.ts";
import type { KeyAnswer } from "./key-answer.ts";
import { type Refusal, refuse, tokenRule } from "./rule.ts";
import { ownProperty } from "./unverified-token.ts";

export const key = tokenRule("key", ({ header }, { keyAnswer }) =>
  keyAnswer === undefined ? undefined : refuseKey(keyAnswer, ownProperty(header, "alg")),
);

export const keyExplained: Explanation = {
  fact: "3.1",
  confidence: "DOC",
  title: "the issuer's JWKS has that key, fit to verify",
  ready: ({ keyAnswer }) => keyAnswer !== undefined,
  show: ({ keyAnswer }) => showKey(keyAnswer),
  remedy: (_, { keyAnswer }) => remedyOfKey(keyAnswer),
  logged: () => [
    awsText(["OIDC discovery endpoint communication error"], "4.10", "OBS+", {
      cause: "API Gateway could not fetch the discovery document within 1,500 ms",
      remedy: "run 'npx gatehouse doctor': DNS, certificate, time and status of three tries",
    }),
    awsText(["JWKS communication error"], "4.10", "OBS+", {
      cause: "API Gateway could not fetch the JWKS within 1,500 ms or 150,000 bytes",
      remedy: "run 'npx gatehouse doctor': time, size and keys",
    }),
    awsText(["the issuer in …"], "4.7", "OBS1", {
      cause: "the discovery document names another issuer than the authorizer's",
      remedy:
        "run 'npx gatehouse doctor': it shows the first difference; the issuer's host name, or WSO2's entity id, was changed",
    }),
    ownText(["the token's key (kid) is unknown"], "3.1", {
      cause: "the issuer's JWKS lists no key of the token's kid",
      remedy:
        "get a fresh token; where it is fresh, another issuer or tenant made it, or its key was taken out of the JWKS",
    }),
    ownText(["the token's key (kid) may not verify"], "3.26", {
      cause: "the issuer lists that key, and it is not an RSA signature key of 2,048 to 8,192 bits, listed once",
      remedy: "run 'npx gatehouse doctor': it says what is wrong with the key; then correct the issuer's JWKS",
    }),
    ownText(["the key is for another algorithm"], "3.26", {
      cause: "the JWKS names an alg for that key, and the token's header another",
      remedy: "have the issuer sign with the algorithm of the key that it names",
    }),
    ownText(["the discovery document names another issuer"], "4.7", {
      cause: "the issuer in the discovery document is not, character by character, the authorizer's",
      remedy:
        "run 'npx gatehouse doctor': it shows the first difference; the issuer's host name, or WSO2's entity id, was changed",
    }),
  ],
};

function refuseKey(answer: KeyAnswer, alg: unknown): Refusal | undefined {
  switch (answer.kind) {
    case "found":
      return answer.key.alg !== undefined && answer.key.alg !== alg
        ? refuse("the key is for another algorithm", "UNK")
        : undefined;
    case "unknown":
      return refuse("the token's key (kid) is unknown", "DOC", "UNK");
    case "refused":
      return refuse("the token's key (kid) may not verify", "UNK");
    case "unavailable":
      return refuseUnavailable(answer);
  }
}

/** 2.2: both texts are OBS+ for a fetch that failed or took more than 1,500 ms. */
function refuseUnavailable({ document, stage }: Extract<KeyAnswer, { kind: "unavailable" }>): Refusal {
  // 4.7 (OBS1): AWS logs "the issuer in …" and the rest of its text is not known, so this is our own.
  if (stage === "issuer") return refuse("the discovery document names another issuer", "OBS1", "UNK");
  return document === "discovery"
    ? refuse("OIDC discovery endpoint communication error", "OBS+")
    : refuse("JWKS communication error", "OBS+");
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

function remedyOfKey(answer: KeyAnswer | undefined): Remedy {
  switch (answer?.kind) {
    case "unknown":
      return {
        cause: `the issuer's JWKS has no such key; it lists ${listed(answer.kids)}`,
        remedy:
          "get a fresh token; where it is fresh, it comes from another issuer or tenant, or its key was taken out of the JWKS",
      };
    case "refused":
      return {
        cause: `the issuer lists that key but it may not verify: ${answer.why}`,
        remedy: "correct the issuer's JWKS",
      };
    case "unavailable":
      return {
        cause: `could not fetch the issuer's ${answer.document === "jwks" ? "JWKS" : "discovery document"} (${answer.stage}): ${answer.detail}`,
        remedy: "run 'npx gatehouse doctor' to see what API Gateway would meet at the issuer",
      };
    case "found":
      return {
        cause: `the JWKS says that this key is for ${answer.key.alg ?? "another algorithm"}`,
        remedy: "have the issuer sign with the algorithm of the key that it names",
      };
    case undefined:
      return { cause: "the key was not looked up", remedy: "correct what the rules before it refuse" };
  }
}
