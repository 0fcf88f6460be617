import { isUtf8 } from "node:buffer";
import { isJson, isTooDeep } from "../json/json.ts";
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

/** The three segments, or undefined. Never more than three dots are looked for (CVE-2025-30204). */
export function splitToken(text: string): readonly [string, string, string] | undefined {
  const first = text.indexOf(".");
  const second = text.indexOf(".", first + 1);
  if (first < 0 || second < 0 || text.includes(".", second + 1)) return undefined;
  return [text.slice(0, first), text.slice(first + 1, second), text.slice(second + 1)];
}

/** Reads one segment as a JSON object, strictly: base64url without padding, valid UTF-8, an object. */
export function readPart(segment: string): ReadPart | Unreadable {
  const decoded = decodeBase64url(segment);
  if ("illegalAt" in decoded)
    return { description: `illegal base64 data at input byte ${decoded.illegalAt}`, fromGo: true };
  if (!isUtf8(decoded.bytes)) return { description: "the token is not valid UTF-8", fromGo: false };
  const text = decoded.bytes.toString("utf8");
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return unreadableJson(text);
  }
  if (!isJson(value)) return { description: "the token holds no JSON object", fromGo: false };
  if (isTooDeep(value)) return { description: "the token is nested too deeply", fromGo: false };
  // A repeated member counts by its last value: JSON.parse and Go's encoding/json agree.
  return { record: value, text };
}

export const isUnreadable = (part: ReadPart | Unreadable): part is Unreadable => "description" in part;

/** The claims of a text that may be a token, for anyone who only wants to know what it says; `{}` where none can be read. */
export function claimedBy(text: string): Readonly<Record<string, unknown>> {
  const part = readPart(splitToken(text)?.[1] ?? "");
  return isUnreadable(part) ? {} : part.record;
}

/**
 * Reads a member that the object itself has. A member that is absent is undefined, whatever an attacker's `__proto__`
 * or a polluted prototype says.
 */
export const ownProperty = (record: Readonly<Record<string, unknown>>, name: string): unknown =>
  Object.hasOwn(record, name) ? record[name] : undefined;

function unreadableJson(text: string): Unreadable {
  const first = text.trimStart().charAt(0);
  if (first === "") return { description: "unexpected end of JSON input", fromGo: true };
  if (!'{["-0123456789tfn'.includes(first))
    return { description: `invalid character '${first}' looking for beginning of value`, fromGo: true };
  return { description: "the token is not valid JSON", fromGo: false };
}
