import type { Measured } from "./rounds.ts";
import type { Section } from "./sections.ts";

/** A section as a table of Markdown, which a person can read on a terminal as well. */
export function tableOf({ title, baseline, as, measured }: Section): string {
  const rows = measured.map((one) => [one.name, figureOf(one, as), one.microseconds.median.toFixed(2)]);
  return [`### ${title}`, "", ...aligned([["", `${as} of ${baseline} (quartiles)`, "µs"], ...rows])].join("\n");
}

/** A cost is the other way round: how often the baseline's time. */
function figureOf({ ratio }: Measured, as: Section["as"]): string {
  const show = as === "rate" ? (value: number) => value : (value: number) => 1 / value;
  const digits = show(ratio.median) >= 10 ? 1 : 2;
  const [low, high] = as === "rate" ? [ratio.lower, ratio.upper] : [ratio.upper, ratio.lower];
  if (ratio.lower === 1 && ratio.upper === 1) return "1";
  return `${show(ratio.median).toFixed(digits)} (${show(low).toFixed(digits)}–${show(high).toFixed(digits)})`;
}

/** Rows as Markdown, padded; the first is the head, all columns but the first to the right. */
export function aligned(rows: readonly (readonly string[])[]): readonly string[] {
  const [head = []] = rows;
  const widths = head.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length), 3));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(" | ")} |`;
  const rule = `|${widths.map((width, column) => (column === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`;
  const [first = "", ...rest] = rows.map(line);
  return [first, rule, ...rest];
}
