import type { Counts, Row, TableResult, Verdict } from "../../conformance/run-table.ts";
import { jsonText, printable } from "../../findings/terminal-text.ts";
import type { Paint } from "../io.ts";

const HEADS: readonly (readonly [verdict: Verdict, head: string])[] = [
  ["same", "same"],
  ["differs", "differs"],
  ["choice", "our choice"],
  ["unseen", "not asked"],
];
const NAME_WIDTH = 20;
const LONGEST_VALUE = 160;

/** The result for people: what differs, then counts by theme and by confidence. */
export function resultAsText(result: TableResult, paint: Paint): string {
  const { rows, byTheme, byConfidence, total } = result;
  return [
    ...section("differs from what is known of AWS", rows, "differs", paint.red),
    ...section("differs only where AWS is not known and we chose (UNK)", rows, "choice", paint.yellow),
    ...unseen(rows, paint),
    ...table("theme", byTheme, paint),
    "",
    ...table("confidence", byConfidence, paint),
    "",
    verdict(total, paint),
  ].join("\n");
}

/** The result for machines. */
export function resultAsJson({ rows, byTheme, byConfidence, total }: TableResult): string {
  const told = rows
    .filter((row) => row.verdict !== "same")
    .map(({ theme, row: { id, title, confidence, source }, verdict: said, outcome }) => ({
      theme,
      id,
      title,
      confidence,
      source,
      verdict: said,
      ...(outcome.kind === "differs" ? { differences: outcome.differences } : {}),
      ...(outcome.kind === "unseen" ? { why: outcome.why } : {}),
    }));
  const counts = { total, byTheme: Object.fromEntries(byTheme), byConfidence: Object.fromEntries(byConfidence) };
  return jsonText({ ...counts, cases: told }, 2);
}

function section(title: string, rows: readonly Row[], which: Verdict, colour: (text: string) => string) {
  const found = rows.filter((row) => row.verdict === which);
  if (found.length === 0) return [];
  return [
    colour(`${title}: ${found.length}`),
    ...found.flatMap(({ theme, row, outcome }) => [
      `  ${theme}/${row.id}  ${row.title}  [${row.source} ${row.confidence}]`,
      ...(outcome.kind === "differs" ? outcome.differences : []).map(
        ({ what, got, expected, confidence }) =>
          `      ${what}: got ${shown(got)}, expected ${shown(expected)}${confidence === row.confidence ? "" : ` [${confidence}]`}`,
      ),
    ]),
    "",
  ];
}

/** By reason, since one reason holds for many. */
function unseen(rows: readonly Row[], paint: Paint): readonly string[] {
  const reasons = new Map<string, number>();
  for (const { outcome } of rows)
    if (outcome.kind === "unseen") reasons.set(outcome.why, (reasons.get(outcome.why) ?? 0) + 1);
  if (reasons.size === 0) return [];
  return [...[...reasons].map(([why, count]) => paint.dim(`not asked, ${count} cases: ${why}`)), ""];
}

function table(title: string, counts: ReadonlyMap<string, Counts>, paint: Paint): readonly string[] {
  const head = `${title.padEnd(NAME_WIDTH)}${HEADS.map(([, name]) => name.padStart(12)).join("")}`;
  const lines = [...counts].map(([name, row]) => {
    const cells = HEADS.map(([which]) => String(row[which] || "-").padStart(12)).join("");
    return `${name.padEnd(NAME_WIDTH)}${cells}`;
  });
  return [paint.bold(head), ...lines];
}

function verdict(total: Counts, paint: Paint): string {
  const { same, differs, choice, unseen: not } = total;
  const counts = `${same} same, ${differs} differ, ${choice} differ from our own choice, ${not} not asked`;
  return differs === 0 ? paint.green(counts) : paint.red(counts);
}

/** A value from a target, short. */
function shown(value: unknown): string {
  if (value === null) return "none";
  const text = printable(typeof value === "string" ? value : jsonText(value), LONGEST_VALUE);
  return text === "" ? "nothing" : text;
}
