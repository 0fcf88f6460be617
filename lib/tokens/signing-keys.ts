import { createHash, type KeyObject } from "node:crypto";
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, importSPKI, type JWK } from "jose";
import { IS_7_1, type TokenForm } from "./token-form.ts";

/** A signing key as WSO2 publishes it: with a certificate of its own, from which `kid` and `x5t` are made. */
export interface SigningKey {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  /** In DER. */
  readonly certificate: Buffer;
  readonly kid: string;
  /** As the version of WSO2 writes it; undefined where it writes none. */
  readonly x5t: string | undefined;
  /** Its entries in the JWKS, the one of its own `kid` first. Public members only. */
  readonly jwks: readonly JWK[];
}

const RSA = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } as const;
const ONE_YEAR_MS = 365 * 24 * 3_600_000;

/** Makes an RSA key of 2048 bits with a self-signed certificate, in memory: it is written nowhere. */
export async function makeSigningKey(nowMs: number): Promise<SigningKey> {
  // Side by side: the key is made on another thread, and both take longer than all else at a start.
  const [keys, x509] = await Promise.all([
    generateKeyPair("RS256", { modulusLength: 2048, extractable: true }),
    loadCertificates(),
  ]);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=localhost, O=Gatehouse embedded issuer, not for production",
    notBefore: new Date(nowMs - 60_000),
    notAfter: new Date(nowMs + ONE_YEAR_MS),
    signingAlgorithm: RSA,
    keys,
  });
  return published({ ...keys, certificate: Buffer.from(certificate.rawData) }, IS_7_1);
}

async function loadCertificates() {
  await import("reflect-metadata");
  return import("@peculiar/x509");
}

type KeyPair = Pick<SigningKey, "privateKey" | "publicKey" | "certificate">;

/** The same key as another version publishes it. */
export async function published(pair: KeyPair, form: TokenForm): Promise<SigningKey> {
  const { privateKey, publicKey, certificate } = pair;
  const { kty, n, e } = await exportJWK(publicKey);
  const sha256 = createHash("sha256").update(certificate);
  const digest = sha256.digest();
  const hexText = Buffer.from(digest.toString("hex")).toString("base64url");
  const entries = form.keyAlgorithms.map((alg) => ({
    kty,
    e,
    use: "sig",
    kid: form.kid === "sha256" ? digest.toString("base64url") : `${hexText}_${alg}`,
    alg,
    n,
    ...(form.hasCertificate ? { x5c: [certificate.toString("base64")], "x5t#S256": digest.toString("base64url") } : {}),
  }));
  const [first] = entries;
  if (!first) throw new Error("the form names no algorithm");
  const x5t = form.x5t === "sha1" ? createHash("sha1").update(certificate).digest("base64url") : form.x5t && hexText;
  return { privateKey, publicKey, certificate, kid: first.kid, x5t, jwks: entries as JWK[] };
}

/** A key as text to keep: anyone who reads it can sign. */
export async function keyText({ privateKey, certificate }: SigningKey): Promise<string> {
  return JSON.stringify({ key: await exportJWK(privateKey), certificate: certificate.toString("base64") });
}

/** Reads what `keyText` wrote. @throws SyntaxError, TypeError for any other text */
export async function readKeyText(text: string): Promise<SigningKey> {
  const { key, certificate } = JSON.parse(text) as { key: JWK; certificate: string };
  const { kty, n, e } = key;
  const [privateKey, publicKey] = await Promise.all(
    [key, { kty, n, e } as JWK].map((one) => importJWK(one, "RS256", { extractable: true }) as Promise<CryptoKey>),
  );
  if (!privateKey || !publicKey) throw new TypeError("no key");
  return published({ privateKey, publicKey, certificate: Buffer.from(certificate, "base64") }, IS_7_1);
}

/** A forger's key: it signs with its own private key under the `kid` and the public key that an issuer publishes. */
export async function impersonating(
  own: SigningKey,
  issuers: { readonly kid: string; readonly object: KeyObject },
): Promise<SigningKey> {
  const pem = issuers.object.export({ format: "pem", type: "spki" }).toString();
  return { ...own, kid: issuers.kid, publicKey: await importSPKI(pem, "RS256", { extractable: true }) };
}
