// API Gateway passes claims as texts in the form of Go's `fmt`: lists `[a b]`, objects `map[k:v]`, numbers and booleans as
// they print (facts 5.3 to 5.8 of docs/conformance.md). The functions below read back the claims that WSO2 always sends. Your
// own claims need code that knows their type: `[a b]` may be two values or one with a space, and `true` may have been a string.

/** Claims as API Gateway passes them. */
export type TextClaims = Readonly<Record<string, string>>;

/**
 * A list of values without spaces, such as roles or audiences. A single value reads as a list of one, since WSO2 writes
 * one audience as a string and several as a list.
 */
export function readList(text: string | undefined): readonly string[] {
  if (text === undefined || text === "") return [];
  if (!text.startsWith("[") || !text.endsWith("]")) return [text];
  return text
    .slice(1, -1)
    .split(" ")
    .filter((value) => value !== "");
}

/** A time such as `exp`, from seconds since 1970. */
export function readTime(text: string | undefined): Date | undefined {
  const seconds = Number(text?.trim() || Number.NaN);
  return Number.isFinite(seconds) ? new Date(seconds * 1_000) : undefined;
}

/** The scopes of the space-delimited claim `scope`. */
export const readScopes = (text: string | undefined): readonly string[] =>
  (text ?? "").split(" ").filter((scope) => scope !== "");
