import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { LogText } from "../lib/rules/explanation.ts";
import { LOG_TEXTS } from "../lib/rules/log-error.ts";
import { filled, type Page } from "./marked-page.ts";

// The parts of docs that say what the rules say: made of the same data as `gatehouse explain`.

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
