import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";

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

/** A signed token, RS256. */
export function signToken(privateKey: KeyObject, header: object, claims: object): string {
  const parts = [{ alg: "RS256", ...header }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString("base64url"),
  );
  const text = parts.join(".");
  return `${text}.${sign("RSA-SHA256", Buffer.from(text), privateKey).toString("base64url")}`;
}
