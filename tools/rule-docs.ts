import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LogText } from "../lib/rules/explanation.ts";
import { LOG_TEXTS } from "../lib/rules/log-error.ts";

// The parts of docs that say what the rules say: made of the same data as `gatehouse explain`.

/** A page's file, from docs on, and its whole text. */
export interface Page {
  readonly file: string;
  readonly text: string;
}

/** Makes every page that `npm run docs:rules` writes, from those that stand in the project at `home`. */
export const rulePages = (home: string): readonly Page[] => [runbook(home)];

function runbook(home: string): Page {
  const file = "runbook.md";
  const written = readFileSync(join(home, "docs", file), "utf8");
  return { file, text: filled(filled(written, "aws-texts", tableOf("AWS")), "own-texts", tableOf("Gatehouse")) };
}

const tableOf = (whose: LogText["words"]) => [
  "| text | cause | what to do |",
  "|---|---|---|",
  ...LOG_TEXTS.filter(({ words }) => words === whose).map(rowOf),
];

function rowOf({ texts, words, confidence, cause, remedy }: LogText): string {
  const shown = texts.map((text) => `\`${text}\``).join("<br>");
  return `| ${shown}${words === "AWS" ? ` [${confidence}]` : ""} | ${cell(cause)} | ${cell(remedy)} |`;
}

/** A sentence of `explain` as a cell: commands between quotation marks become code. */
const cell = (text: string) => text.replace(/'([^']*(?:npx|<)[^']*)'/g, "`$1`");

/** A text with the lines between `<!-- name -->` and `<!-- /name -->` put in again. */
function filled(text: string, name: string, lines: readonly string[]): string {
  const [before, after] = text.split(`<!-- ${name} -->`);
  const [, rest] = after?.split(`<!-- /${name} -->`) ?? [];
  if (before === undefined || rest === undefined) throw new Error(`the marks of ${name} are not there`);
  return `${before}<!-- ${name} -->\n${lines.join("\n")}\n<!-- /${name} -->${rest}`;
}
