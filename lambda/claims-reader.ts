// API Gateway hands claims over as texts in the form of Go's `fmt`: lists `[a b]`, objects `map[k:v]`, numbers and
// booleans as they print (aws-http-api facts 5.3 to 5.8, observed). These functions read them back as far as that can be
// done. It cannot always be done: `[a b]` may be two values or one with a space, `true` may have been a string, and a
// string may itself look like a list. What a claim is has to be known; it cannot be guessed from its text.

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

/** A number, or undefined where the text is none. */
export function readNumber(text: string | undefined): number | undefined {
  if (text === undefined || text.trim() === "") return undefined;
  const value = Number(text);
  return Number.isFinite(value) ? value : undefined;
}

/** A boolean, or undefined where the text is neither `true` nor `false`. */
export function readBoolean(text: string | undefined): boolean | undefined {
  return text === "true" ? true : text === "false" ? false : undefined;
}

/** A time such as `exp`, from seconds since 1970. */
export function readTime(text: string | undefined): Date | undefined {
  const seconds = readNumber(text);
  return seconds === undefined ? undefined : new Date(seconds * 1_000);
}

/** The scopes of the space-delimited claim `scope`. */
export const readScopes = (text: string | undefined): readonly string[] =>
  (text ?? "").split(" ").filter((scope) => scope !== "");

/**
 * The members of an object claim, one level deep: `map[country:DE realm:root]`. A value that is a list or an object stays
 * a text to be read in turn. A value with a space followed by a word and a colon cannot be told from a further member.
 */
export function readMap(text: string | undefined): Readonly<Record<string, string>> {
  const members: Record<string, string> = Object.create(null);
  if (text === undefined || !text.startsWith("map[") || !text.endsWith("]")) return members;
  for (const part of splitMembers(text.slice("map[".length, -1))) {
    const colon = part.indexOf(":");
    if (colon > 0) members[part.slice(0, colon)] = part.slice(colon + 1);
  }
  return members;
}

/** Splits at spaces outside brackets, where a name and a colon follow. */
function splitMembers(text: string): readonly string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at];
    if (character === "[") depth += 1;
    else if (character === "]") depth -= 1;
    else if (character === " " && depth === 0 && /^[^\s:[\]]+:/.test(text.slice(at + 1, at + 200))) {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts.filter((part) => part !== "");
}
