/** Decoded bytes, or the place of the first byte that base64url (RFC 7515 section 2, no padding) does not allow. */
export type Decoded = { readonly bytes: Buffer } | { readonly illegalAt: number };

/**
 * Strict base64url: one byte string has one spelling. Node's own decoder skips what it does not know and drops stray
 * bits, and two spellings of one token would be two tokens to a cache, a deny list or a log.
 */
export function decodeBase64url(text: string): Decoded {
  const bytes = Buffer.from(text, "base64url");
  // Encoding again is native and quick; only a text that does not come back is looked at character by character.
  return bytes.toString("base64url") === text ? { bytes } : { illegalAt: firstIllegal(text) };
}

function firstIllegal(text: string): number {
  const illegalAt = text.search(/[^A-Za-z0-9_-]/);
  if (illegalAt >= 0) return illegalAt;
  // One character too many, or unused low bits that are not zero (RFC 4648 section 3.5).
  return text.length % 4 === 1 ? text.length : text.length - 1;
}
