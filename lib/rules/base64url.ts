/** Decoded bytes, or the place of the first byte that base64url (RFC 7515 section 2, no padding) does not allow. */
export type Decoded = { readonly bytes: Buffer } | { readonly illegalAt: number };

const ILLEGAL = /[^A-Za-z0-9_-]/;
/** Last characters whose unused low bits are zero, by the length of the text modulo 4 (RFC 4648 section 3.5). */
const CANONICAL_END: Readonly<Record<number, ReadonlySet<string>>> = {
  2: new Set("AQgw"),
  3: new Set("AEIMQUYcgkosw048"),
};

/**
 * Strict base64url: one byte string has one spelling. Node's own decoder skips what it does not know and drops stray
 * bits, and two spellings of one token would be two tokens to a cache, a deny list or a log.
 */
export function decodeBase64url(text: string): Decoded {
  const illegalAt = text.search(ILLEGAL);
  if (illegalAt >= 0) return { illegalAt };
  const rest = text.length % 4;
  if (rest === 1) return { illegalAt: text.length };
  if (rest !== 0 && !CANONICAL_END[rest]?.has(text.charAt(text.length - 1))) return { illegalAt: text.length - 1 };
  return { bytes: Buffer.from(text, "base64url") };
}
