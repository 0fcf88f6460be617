import { generateKeyPairSync } from "node:crypto";

/** A public key as a JWKS lists it, made for the test. */
export function rsaJwk(kid: string, bits = 2048, more: object = {}): Readonly<Record<string, unknown>> {
  const { publicKey } = generateKeyPairSync("rsa", { modulusLength: bits });
  return { ...publicKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256", ...more };
}

export function ecJwk(kid: string): Readonly<Record<string, unknown>> {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  return { ...publicKey.export({ format: "jwk" }), kid, use: "sig", alg: "ES256" };
}

/** An RSA pair: the JWK to publish and the key to sign with. */
export function rsaPair(kid: string) {
  const { publicKey, privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  return { jwk: { ...publicKey.export({ format: "jwk" }), kid, use: "sig", alg: "RS256" }, privateKey };
}
