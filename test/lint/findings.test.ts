import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Answer, type LintFinding, unanswered, withoutHash } from "./findings.ts";

const FINDING: LintFinding = { tool: "checkov", rule: "CKV_AWS_26", where: "Topic", message: "encrypt it" };
const ANSWER: Answer = { tool: "checkov", rule: "CKV_AWS_26", where: ["Topic"], reason: "it holds no data" };

test("a finding with its answer is quiet; one of another rule, tool or resource is not", () => {
  expect(unanswered([FINDING, FINDING], [ANSWER])).toEqual([]);
  for (const other of [{ rule: "CKV_AWS_27" }, { tool: "cfn-lint" as const }, { where: "Other" }])
    expect(unanswered([FINDING, { ...FINDING, ...other }], [ANSWER])).toHaveLength(1);
});

test("an answer whose finding is gone has to go, too", () => {
  expect(unanswered([FINDING], [{ ...ANSWER, where: ["Topic", "Queue"] }])).toEqual([
    "not found     checkov CKV_AWS_26 Queue: take the answer away",
  ]);
});

test("a logical id is compared without the CDK's hash", () => {
  expect(withoutHash("BusinessFunction3BE0E2C9")).toBe("BusinessFunction");
  expect(withoutHash("GitHubRole")).toBe("GitHubRole");
});

test("every answer gives its reason", () => {
  const answers = JSON.parse(readFileSync(join(import.meta.dirname, "answers.json"), "utf8")) as readonly Answer[];
  for (const { rule, where, reason } of answers) {
    expect(reason.length, rule).toBeGreaterThan(20);
    expect(where.length, rule).toBeGreaterThan(0);
  }
});
