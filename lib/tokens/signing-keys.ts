import { createHash, type KeyObject } from "node:crypto";
import { type CryptoKey, exportJWK, generateKeyPair, importSPKI, type JWK } from "jose";

/** A signing key as WSO2 publishes it: with a certificate of its own, from which `kid` and `x5t` are made. */
export interface SigningKey {
  readonly privateKey: CryptoKey;
  readonly publicKey: CryptoKey;
  readonly kid: string;
  /** IS 7.1: base64url of the certificate's raw SHA-1. */
  readonly x5t: string;
  /** The entry of the JWKS. Public members only. */
  readonly jwk: JWK;
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
  const der = Buffer.from(certificate.rawData);
  const { kty, n, e } = await exportJWK(keys.publicKey);
  const kid = wso2KeyId(der);
  const jwk = {
    kty,
    e,
    use: "sig",
    kid,
    alg: "RS256",
    n,
    x5c: [der.toString("base64")],
    "x5t#S256": createHash("sha256").update(der).digest("base64url"),
  };
  return { ...keys, kid, x5t: createHash("sha1").update(der).digest("base64url"), jwk: jwk as JWK };
}

async function loadCertificates() {
  await import("reflect-metadata");
  return import("@peculiar/x509");
}

/** A forger's key: it signs with its own private key under the `kid` and the public key that an issuer publishes. */
export async function impersonating(
  own: SigningKey,
  published: { readonly kid: string; readonly object: KeyObject },
): Promise<SigningKey> {
  const pem = published.object.export({ format: "pem", type: "spki" }).toString();
  return { ...own, kid: published.kid, publicKey: await importSPKI(pem, "RS256", { extractable: true }) };
}

/** WSO2's `kid`: base64url of the lower-case hex text of the certificate's SHA-256, then the algorithm. */
function wso2KeyId(certificateDer: Buffer): string {
  const hex = createHash("sha256").update(certificateDer).digest("hex");
  return `${Buffer.from(hex).toString("base64url")}_RS256`;
}
