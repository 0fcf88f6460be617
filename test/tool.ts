import { Mistake, mistakeText } from "../lib/findings/mistake.ts";

/** Runs a developer's tool: a `Mistake` is printed in its four parts, with exit code 2. */
export async function runTool(run: (args: readonly string[]) => number | Promise<number>): Promise<void> {
  try {
    process.exitCode = await run(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    process.stderr.write(`${mistakeText(error)}\n`);
    process.exitCode = 2;
  }
}

/** Rows in columns: the first to the left, all others to the right. */
export function columns(rows: readonly (readonly string[])[]): string {
  const widths = rows[0]?.map((_, at) => Math.max(...rows.map((row) => row[at]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]) =>
    row.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join("  ");
  return `${rows.map((row) => line(row).trimEnd()).join("\n")}\n`;
}
