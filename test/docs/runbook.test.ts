import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { meaningOf } from "../../lib/rules/log-error.ts";
import { OWN_TEXTS } from "../../lib/rules/own-texts.ts";

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
  for (const { text } of ROWS) expect(meaningOf(text)?.words, text).toBe("AWS");
});

test("texts of our own have a table of their own, with each that explain knows and none of AWS", () => {
  const section = read("docs", "runbook.md").split("## Texts of our own")[1]?.split("\n## ")[0] ?? "";
  const texts = [...section.matchAll(/^\| `([^`]+)`/gm)].map(([, text = ""]) => text);
  for (const text of texts) expect(meaningOf(text)?.words, text).toBe("Gatehouse");
  expect(new Set(texts.map((text) => meaningOf(text)?.cause)).size).toBe(OWN_TEXTS.length);
});
