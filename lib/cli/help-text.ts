import { wrapped } from "../findings/terminal-text.ts";

/** What a person copies is never broken. */
const COMMAND_LINE = /^\s*(?:\d+\. |\$ )?(?:npx|npm|curl|set) /;
/** A name, at least two spaces, and what it means, which goes on below itself. */
const NAMED = /^(\s+\S.*?\s{2,})(\S.*)$/;
/** Text that goes on below is not narrower than that. */
const LEAST_COLUMNS = 24;

/**
 * Folds a help text to the terminal's width: paragraphs as a whole, and lines of a name and its meaning below the meaning.
 * @param columns undefined where there is no terminal: nothing is folded there
 */
export function foldedHelp(text: string, columns: number | undefined): string {
  if (columns === undefined || text.split("\n").every((line) => line.length <= columns)) return text;
  return paragraphsOf(text)
    .flatMap((line) => foldedLine(line, columns))
    .join("\n");
}

/** The lines of a paragraph as one; a line with an indent, or above one, stands for itself. */
function paragraphsOf(text: string): readonly string[] {
  const lines = text.split("\n");
  const joined: string[] = [];
  for (const [index, line] of lines.entries()) {
    const before = index === 0 ? "" : (lines[index - 1] ?? "");
    if (isProse(line) && isProse(before) && joined.length > 0) joined.push(`${joined.pop() ?? ""} ${line}`);
    else joined.push(line);
  }
  return joined;
}

const isProse = (line: string) => /^\S/.test(line) && !COMMAND_LINE.test(line);

function foldedLine(line: string, columns: number): readonly string[] {
  const [, name, meaning] = NAMED.exec(line) ?? [];
  if (line.length <= columns) return [line];
  if (name !== undefined && meaning !== undefined) {
    const isWide = name.length + LEAST_COLUMNS > columns;
    const indent = " ".repeat(isWide ? 6 : name.length);
    const [first = "", ...more] = wrapped(meaning, columns - indent.length);
    return isWide
      ? [name.trimEnd(), indent + first, ...more.map((one) => indent + one)]
      : [name + first, ...more.map((one) => indent + one)];
  }
  if (COMMAND_LINE.test(line)) return [line];
  const indent = /^\s*/.exec(line)?.[0] ?? "";
  return wrapped(line.trimStart(), columns - indent.length).map((one) => indent + one);
}
