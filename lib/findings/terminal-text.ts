// Texts for a terminal. What somebody else wrote (a token, an issuer, a template, a server) passes `printable` or `jsonText`
// before it is printed: nothing else in the project escapes for a terminal.

/** Keeps two words on one line; printed as a space. */
export const HARD_SPACE = "\u00a0";

/** Characters of one foreign text on a line. */
const LONGEST_TEXT = 500;
/** Foreign texts of one kind in a row. */
const MOST_TEXTS = 3;

/**
 * What steers a terminal or changes what a reader sees: control characters (C0 with ESC, DEL, C1), line and paragraph
 * separators, bidirectional controls (Unicode UAX #9), invisible spaces and lone surrogates. Letters of any script stay.
 */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]/gu;

/**
 * A foreign text on one line: what is unsafe shows as JSON writes it (`\u001b`), what is too long is cut and ends in `…`.
 * @param longest characters of the text that are kept
 */
export function printable(text: string, longest = LONGEST_TEXT): string {
  if (text.length <= longest) return text.replace(UNSAFE, escaped);
  // Never half of a surrogate pair.
  const end = /[\ud800-\udbff]/.test(text[longest - 1] ?? "") ? longest - 1 : longest;
  return `${text.slice(0, end).replace(UNSAFE, escaped)}…`;
}

/** A foreign text of several lines, each of them printable. */
export const printableLines = (text: string, longest?: number): string =>
  text
    .split("\n")
    .map((line) => printable(line, longest))
    .join("\n");

/** A value as JSON that is safe on a terminal and the same value to a program. */
export const jsonText = (value: unknown, indent?: number): string =>
  JSON.stringify(value, null, indent).replace(UNSAFE, (found) => (found === "\n" ? found : escaped(found)));

const escaped = (character: string) =>
  Array.from(
    { length: character.length },
    (_, at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`,
  ).join("");

/** The first few texts, and how many more there are: who writes a thousand keys does not write a thousand lines. */
export const counted = (texts: readonly string[], most = MOST_TEXTS): readonly string[] =>
  texts.length > most + 1
    ? [...texts.slice(0, most), `and ${(texts.length - most).toLocaleString("en-US")} more`]
    : texts;

/** Lines of at most `width` characters, broken at spaces; a longer word (a URL, a path) stays whole. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((whole) => whole.replaceAll(HARD_SPACE, " "));
}
