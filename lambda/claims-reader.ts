// API Gateway passes claims as texts in the form of Go's `fmt`: lists `[a b]`, objects `map[k:v]`, numbers and booleans as
// they print (facts 5.3 to 5.8 of docs/conformance.md). The functions below read back the claims that WSO2 always sends. Your
// own claims need code that knows their type: `[a b]` may be two values or one with a space, and `true` may have been a string.
//
// The types of AWS's events allow numbers, booleans and lists as well, and emulators send them: these are read, too.

/** A claim as the event's type allows it. API Gateway itself sends a text. */
export type Claim = string | number | boolean | readonly string[] | undefined;

/** The claims of an event. */
export type EventClaims = Readonly<Record<string, Claim>>;

/** A claim that is a text, such as `sub`. */
export const readText = (claim: Claim): string | undefined => (typeof claim === "string" ? claim : undefined);

/**
 * A list of values without spaces, such as roles or audiences. A single value reads as a list of one, since WSO2 writes
 * one audience as a string and several as a list.
 */
export function readList(claim: Claim): readonly string[] {
  if (claim === undefined || claim === "") return [];
  if (typeof claim === "object") return claim;
  const text = String(claim);
  if (!text.startsWith("[") || !text.endsWith("]")) return [text];
  return text
    .slice(1, -1)
    .split(" ")
    .filter((value) => value !== "");
}

/** A time such as `exp`, from seconds since 1970. */
export function readTime(claim: Claim): Date | undefined {
  const seconds = typeof claim === "number" ? claim : Number(readText(claim)?.trim() || Number.NaN);
  const time = new Date(seconds * 1_000);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** The scopes of the space-delimited claim `scope`, or of a list. */
export const readScopes = (claim: Claim): readonly string[] =>
  typeof claim === "object" ? claim : (readText(claim) ?? "").split(" ").filter((scope) => scope !== "");
