import { countsOf, type Finding, type Level } from "../../findings/finding.ts";
import { HARD_SPACE, printable, wrapped } from "../../findings/terminal-text.ts";
import type { Io } from "../io.ts";

/** Where a report is printed: its colours and its width. */
export type Page = Pick<Io, "paint" | "columns">;

/** Columns of a table that is read elsewhere than on a terminal. */
const TABLE_COLUMNS = 100;
const MARK_WIDTH = 6;
/** A narrower column of text is put below its row's names instead. */
const NARROWEST_TEXT = 40;
const FIX = "fix  ";

const MARKS: Readonly<Record<Level, string>> = { pass: "pass", warn: "WARN", fail: "FAIL", skipped: "skip" };

/** A level as its word, coloured. */
export const markOf = (level: Level, { paint }: Pick<Page, "paint">): string =>
  ({ pass: paint.green, warn: paint.yellow, fail: paint.red, skipped: paint.dim })[level](MARKS[level]);

export const widthOf = ({ columns = TABLE_COLUMNS }: Page): number => columns;

/** One row of a table of findings. */
export interface Row {
  readonly finding: Finding;
  /** What the row says of the finding, and may be another's words. */
  readonly text: string;
  /** The names before it, each with the width of its column. */
  readonly names: readonly (readonly [name: string, width: number])[];
}

/** A finding as a row of a table: its mark, its names, what it says with the fact behind it, and below it what to change. */
export function findingRows({ finding, text, names }: Row, page: Page): readonly string[] {
  const { level, fix, fact, confidence } = finding;
  const source = fact === null ? "" : ` [${fact}${HARD_SPACE}${confidence}]`;
  const full = MARK_WIDTH + names.reduce((sum, [, width]) => sum + width, 0);
  const isNarrow = widthOf(page) - full < NARROWEST_TEXT;
  const margin = isNarrow ? MARK_WIDTH : full;
  const width = widthOf(page) - margin;
  const head = `${markOf(level, page)}  ${names.map(([name, columns]) => printable(name).padEnd(columns)).join("")}`;
  const lines = wrapped(`${printable(text)}${source}`, width);
  const [first = "", ...more] = isNarrow ? ["", ...lines] : lines;
  const advice = fix === null ? [] : wrapped(printable(fix), width - FIX.length);
  const indent = " ".repeat(margin);
  return [
    `${head}${first}`.trimEnd(),
    ...more.map((line) => indent + line),
    ...advice.map((line, index) => indent + (index === 0 ? page.paint.bold(FIX) : " ".repeat(FIX.length)) + line),
  ];
}

/** `16 passed, 2 warnings, 4 failed, 13 skipped` */
export function countsText(findings: readonly Finding[]): string {
  const { pass, warn, fail, skipped } = countsOf(findings);
  return `${pass} passed, ${warn} warning${warn === 1 ? "" : "s"}, ${fail} failed, ${skipped} skipped`;
}

/** A label and its text, which goes on below itself where a terminal is too narrow for it; elsewhere it is one line. */
export function labelled(label: string, text: string, { columns }: Page): readonly string[] {
  if (columns === undefined) return [label + text];
  const indent = " ".repeat(visibleLength(label));
  const [first = "", ...more] = wrapped(text, columns - indent.length);
  return [label + first, ...more.map((line) => indent + line)];
}

const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[\\d+m`, "g");
const visibleLength = (text: string) => text.replace(COLOURS, "").length;
