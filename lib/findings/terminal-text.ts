/** Keeps two words on one line; printed as a space. */
export const HARD_SPACE = "\u00a0";

/** A text from somebody else, made harmless for a terminal. */
export const harmless = (text: string) => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");

/** At spaces; a word that is longer than a line is cut. */
export function wrapped(text: string, width: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((whole) => whole.match(new RegExp(`.{1,${width}}`, "gu")) ?? [])) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].map((whole) => whole.replaceAll(HARD_SPACE, " "));
}
