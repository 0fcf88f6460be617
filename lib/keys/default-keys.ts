import { createHash } from "node:crypto";

// The certificates whose private keys come with WSO2's products for everybody to download, by their thumbprints. Taken
// from the keystores and certificates in the tags of github.com/wso2/product-is and from the key ids of tokens that
// were published; no key is kept here. A product that is set up for production has keys of its own.
const PUBLISHED: ReadonlyMap<string, string> = new Map([
  // SHA-256 of the certificate
  ["3612ad8f01b4ecf4714f0bc8e071b6403dd34c4dde62d81dd4b91d1aa356dee6", "Identity Server 5.10, 5.11, API Manager 3, 4"],
  ["02e6217a58fe8ef0d191e30f6acf44cf08f47b4c18c6c64abdf2d487b48c0a00", "Identity Server 6.0, 6.1"],
  ["9db36ba11a21dad55653727abce15d745793e891983fe7aadfce1b39e3b7c862", "Identity Server 7.0 (wso2carbon)"],
  ["cf6f49f8ecce6e92928dc2038548e87310ed06b707d3f9e23783b66a82a24ed8", "Identity Server 7.0 (newkey)"],
  ["9bf78253a0cb3154d7f61e53a262fae12c2da7e00cb2603eeb1bd6093af981fe", "Identity Server 7.1, 7.2"],
  ["e413604ca92796dd8ec92f4e62b0afa1089e809007a9245ebb8733d769d45a8a", "Identity Server 7.3"],
  ["10dc29d117a2eb7740828e68b8df17c6d6b0364b141ff03d82f545673fadd937", "a WSO2 test pack of 2023"],
  // SHA-1, before 5.10
  ["501fc1432d87155dc431382aeb843ed558ad61b1", "Identity Server 5.4 to 5.9"],
  ["6bf8e136eb36d4a56ea05c7ae4b9a45b63bf975d", "Identity Server 5.3 and older"],
]);

/**
 * The WSO2 product that a public key of this `kid` or thumbprint comes from, where that product's private key is
 * published; else undefined. WSO2's `kid` is the base64url of the hex text of the certificate's SHA-256 (before 5.10:
 * SHA-1), then `_RS256`.
 */
export function publishedProductOf(
  jwk: Readonly<Record<string, unknown>>,
  published: ReadonlyMap<string, string> = PUBLISHED,
): string | undefined {
  const [certificate] = Array.isArray(jwk.x5c) ? (jwk.x5c as readonly unknown[]) : [];
  const thumbprints = [
    ...thumbprintsIn(typeof jwk.kid === "string" ? jwk.kid.replace(/_[RPE]S\d{3}$/, "") : undefined),
    ...thumbprintsIn(jwk["x5t#S256"]),
    ...thumbprintsIn(jwk.x5t),
    ...(typeof certificate === "string" ? thumbprintsOf(Buffer.from(certificate, "base64")) : []),
  ];
  return thumbprints.map((thumbprint) => published.get(thumbprint)).find((product) => product !== undefined);
}

/** Both readings of an encoded thumbprint: its bytes (RFC 7517 section 4.8) and its hex text (older WSO2). */
function thumbprintsIn(encoded: unknown): readonly string[] {
  if (typeof encoded !== "string") return [];
  const bytes = Buffer.from(encoded, "base64url");
  return [bytes.toString("hex"), bytes.toString("latin1").toLowerCase()];
}

const thumbprintsOf = (der: Buffer) => ["sha256", "sha1"].map((hash) => createHash(hash).update(der).digest("hex"));
