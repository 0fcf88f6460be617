import { decodeBase64url } from "./base64url.ts";

/** A token that was read and not yet checked: nothing in it may be believed. */
export interface UnverifiedToken {
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  readonly payloadText: string;
  /** What the signature covers: header, dot, payload, as they were sent. */
  readonly signedText: string;
  /** The third segment, still encoded. */
  readonly signatureText: string;
}

/** One part of a token that cannot be read, with the text that Go's decoders give for it (2.2, INF). */
export interface Unreadable {
  readonly description: string;
  /** Whether `description` follows Go's standard library; else it is our own. */
  readonly fromGo: boolean;
}

/** A JSON object of a token and the text that it was read from. */
export interface ReadPart {
  readonly record: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** The three segments, or undefined. The limit keeps a token of 50,000 dots cheap (CVE-2025-30204). */
export function splitToken(text: string): readonly [string, string, string] | undefined {
  const [header, payload, signature, ...more] = text.split(".", 4);
  if (header === undefined || payload === undefined || signature === undefined || more.length > 0) return undefined;
  return [header, payload, signature];
}

function isUtf8(bytes: Buffer): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** Reads one segment as a JSON object, strictly: base64url without padding, valid UTF-8, an object. */
export function readPart(segment: string): ReadPart | Unreadable {
  const decoded = decodeBase64url(segment);
  if ("illegalAt" in decoded)
    return { description: `illegal base64 data at input byte ${decoded.illegalAt}`, fromGo: true };
  const text = decoded.bytes.toString("utf8");
  // Each invalid byte becomes U+FFFD; a text with that character is looked at again, since it may be there by right.
  if (text.includes("\ufffd") && !isUtf8(decoded.bytes))
    return { description: "the token is not valid UTF-8", fromGo: false };
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return unreadableJson(text);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return { description: "the token holds no JSON object", fromGo: false };
  // A repeated member counts by its last value: JSON.parse and Go's encoding/json agree.
  return { record: value as Record<string, unknown>, text };
}

const knownHeaders = new Map<string, ReadPart | Unreadable>();
const MOST_KNOWN_HEADERS = 64;
const LONGEST_KNOWN_HEADER = 1_024;

/** As `readPart`, for a header: an issuer writes the same one into each token, so the last few are known by heart. */
export function readHeader(segment: string): ReadPart | Unreadable {
  const known = knownHeaders.get(segment);
  if (known) return known;
  const part = readPart(segment);
  if (segment.length <= LONGEST_KNOWN_HEADER) {
    if (knownHeaders.size >= MOST_KNOWN_HEADERS) knownHeaders.clear();
    knownHeaders.set(segment, part);
  }
  return part;
}

export const isUnreadable = (part: ReadPart | Unreadable): part is Unreadable => "description" in part;

/**
 * Reads a member that the object itself has. A member that is absent is undefined, whatever an attacker's `__proto__`
 * or a polluted prototype says.
 */
export const own = (record: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(record, name) ? record[name] : undefined;

function unreadableJson(text: string): Unreadable {
  const first = text.trimStart().charAt(0);
  if (first === "") return { description: "unexpected end of JSON input", fromGo: true };
  if (!'{["-0123456789tfn'.includes(first))
    return { description: `invalid character '${first}' looking for beginning of value`, fromGo: true };
  return { description: "the token is not valid JSON", fromGo: false };
}
