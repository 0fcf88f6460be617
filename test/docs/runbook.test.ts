import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { meaningOf } from "../../lib/rules/log-error.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const read = (...path: readonly string[]) => readFileSync(join(ROOT, ...path), "utf8");

/** The rows of the table of texts: what is logged, and how sure it is. */
const ROWS = [...read("docs", "runbook.md").matchAll(/^\| `([^`]+)` \[([A-Z1+]+)\] \|/gm)].map(
  ([, text = "", confidence = ""]) => ({ text, confidence }),
);

test("each text of the runbook is one that explain knows, with the same confidence", () => {
  expect(ROWS.length).toBeGreaterThan(10);
  for (const { text, confidence } of ROWS) expect(meaningOf(text)?.confidence, text).toBe(confidence);
});

test("each text that explain knows is in the runbook", () => {
  const known = read("lib", "rules", "log-error.ts").match(/^ {4}pattern:/gm) ?? [];
  expect(new Set(ROWS.map(({ text }) => meaningOf(text)?.cause)).size).toBe(known.length);
});
