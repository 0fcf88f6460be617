import { createVerify } from "node:crypto";
import { digestNamed } from "./algorithm.ts";
import { decodeBase64url } from "./base64url.ts";
import { awsText, type Explanation } from "./explanation.ts";
import type { VerificationKey } from "./key-answer.ts";
import { providerOfIssuer } from "./provider.ts";
import { type Refusal, refuse, type TokenCase, tokenRule } from "./rule.ts";
import { ownProperty, type UnverifiedToken } from "./unverified-token.ts";

// jwt-go asks the times first, but a signature that fails overwrites their text (section 0, INF). Seen from outside
// that is: the signature first. Claims are judged only when it is known who wrote them.
export const signature = tokenRule("signature", (token, given) => {
  const key = usableKey(given);
  return key === undefined || given.verifiedKey === key ? undefined : refuseSignature(token, key);
});

export const signatureExplained: Explanation = {
  fact: "2.2",
  confidence: "DOC",
  title: "the signature is the key's",
  ready: (given) => usableKey(given) !== undefined,
  show: (given) => {
    const key = usableKey(given);
    const good = given.token !== undefined && key !== undefined && refuseSignature(given.token, key) === undefined;
    return { saw: good ? "a good signature" : "another signature", wanted: `one by the key ${key?.kid ?? ""}` };
  },
  remedy: ({ wanted }, { token }) =>
    token !== undefined && Object.hasOwn(token.header, "nonce") && isFromEntra(token)
      ? {
          cause:
            "the header has a nonce: Entra made the token for Microsoft Graph, and only Graph can verify its signature",
          remedy: "ask for a scope of your own API, such as api://CLIENT_ID/.default: that token has no nonce",
        }
      : {
          cause: "the signature was not made over this text by the issuer's key, or the text was changed afterwards",
          remedy: `get a fresh token from the issuer itself; expected was ${String(wanted)}`,
        },
  logged: () => [
    awsText(["crypto/rsa: verification error"], "2.2", "INF", {
      cause: "the signature is not by the key that the token names, or the token was changed",
      remedy:
        "get a fresh token from the issuer itself; 'npx gatehouse doctor' sees two servers with one kid and two keys",
    }),
  ],
};

const isFromEntra = ({ claims }: UnverifiedToken) => providerOfIssuer(ownProperty(claims, "iss")) === "entra";

/** The key to verify with, where there is one and the token's algorithm is one that we run. */
export function usableKey({ keyAnswer, token }: TokenCase): VerificationKey | undefined {
  if (keyAnswer?.kind !== "found" || token === undefined) return undefined;
  return digestOf(token) === undefined ? undefined : keyAnswer.key;
}

const digestOf = ({ header }: UnverifiedToken) => digestNamed(ownProperty(header, "alg"));

/** RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2.2), by OpenSSL: no padding is ever read here. */
function refuseSignature(token: UnverifiedToken, key: VerificationKey): Refusal | undefined {
  const decoded = decodeBase64url(token.signatureText);
  if ("illegalAt" in decoded) return refuse(`illegal base64 data at input byte ${decoded.illegalAt}`, "INF");
  const good =
    decoded.bytes.length === key.modulusBytes &&
    // An RSA key without parameters verifies by PKCS#1 v1.5: Node's default, named in the JWK's kty.
    createVerify(digestOf(token) ?? "")
      .update(token.signedText, "latin1")
      .verify(key.object, decoded.bytes);
  return good ? undefined : refuse("crypto/rsa: verification error", "DOC", "INF");
}
