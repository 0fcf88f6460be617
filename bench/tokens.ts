import { createPublicKey, generateKeyPair, type KeyObject, randomBytes, sign } from "node:crypto";
import { promisify } from "node:util";

// Tokens in the form of WSO2 Identity Server 7.1, each one different, and what is needed to check them: the JWKS, and
// for the bare `crypto.verify` the bytes in pieces. Keys live in memory for the length of a run.

export const ISSUER = "https://is.example.com/oauth2/token";
export const JWKS_URI = "https://is.example.com/oauth2/jwks";
export const AUDIENCE = "ordersWebDev00000001";

export type Algorithm = "RS256" | "RS384" | "RS512";
const DIGESTS = { RS256: "RSA-SHA256", RS384: "RSA-SHA384", RS512: "RSA-SHA512" } as const;

export interface BenchKey {
  readonly kid: string;
  readonly algorithm: Algorithm;
  readonly digest: string;
  readonly bits: number;
  readonly privateKey: KeyObject;
  /** As OpenSSL decoded it from DER: the form with which the bare `crypto.verify` is quickest. */
  readonly publicKey: KeyObject;
  readonly jwks: string;
}

/** One token, and its parts as the bare `crypto.verify` takes them. */
export interface BenchToken {
  readonly text: string;
  readonly signed: Buffer;
  readonly signature: Buffer;
}

type Claims = Readonly<Record<string, unknown>>;

export async function makeKey(algorithm: Algorithm = "RS256", bits = 2_048): Promise<BenchKey> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)("rsa", { modulusLength: bits });
  const kid = `${Buffer.from(randomBytes(32).toString("hex")).toString("base64url")}_${algorithm}`;
  const jwk = { ...publicKey.export({ format: "jwk" }), kid, use: "sig", alg: algorithm };
  const der = publicKey.export({ format: "der", type: "spki" });
  return {
    kid,
    algorithm,
    digest: DIGESTS[algorithm],
    bits,
    privateKey,
    publicKey: createPublicKey({ key: der, format: "der", type: "spki" }),
    jwks: JSON.stringify({ keys: [jwk] }),
  };
}

/** What may differ from a good token. */
export interface Variation {
  readonly header?: Claims;
  readonly claims?: Claims;
  readonly signedBy?: BenchKey;
}

const signAsync = promisify(sign) as (digest: string, data: Buffer, key: KeyObject) => Promise<Buffer>;

/** A client-credentials token: the header and the claims of WSO2, in its order. */
async function makeToken(key: BenchKey, { header, claims, signedBy = key }: Variation): Promise<BenchToken> {
  const now = Math.floor(Date.now() / 1_000);
  const head = { x5t: "fBzGbfWiTMlBPCpnuQZYZLrm1Fw", kid: key.kid, typ: "at+jwt", alg: key.algorithm, ...header };
  const body = {
    sub: AUDIENCE,
    aut: "APPLICATION",
    iss: ISSUER,
    client_id: AUDIENCE,
    aud: AUDIENCE,
    nbf: now - 60,
    azp: AUDIENCE,
    scope: "orders:read orders:write",
    exp: now + 3_600,
    iat: now - 60,
    jti: randomBytes(16).toString("hex"),
    ...claims,
  };
  const text = `${encoded(head)}.${encoded(body)}`;
  const signed = Buffer.from(text);
  const signature = await signAsync(key.digest, signed, signedBy.privateKey);
  return { text: `${text}.${signature.toString("base64url")}`, signed, signature };
}

export const makeTokens = (count: number, key: BenchKey, variation: Variation = {}): Promise<readonly BenchToken[]> =>
  Promise.all(Array.from({ length: count }, () => makeToken(key, variation)));

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

/** The same claims with `alg: none` and no signature. */
export function unsigned(token: string, kid: string): string {
  return `${encoded({ kid, alg: "none" })}.${token.split(".")[1] ?? ""}.`;
}
