import type { Denied, TraceEntry } from "../rules/decision.ts";
import { remedyOf, remedyOfEntry } from "../rules/remedy.ts";
import type { RuleName } from "../rules/rules.ts";
import { traceOf } from "../rules/trace.ts";
import { type Finding, finding } from "./finding.ts";
import { jsonText } from "./terminal-text.ts";

/** A refused token as findings: the rule that decided, then each other rule that fails too. */
export function refusalFindings(decision: Denied): readonly [Finding<RuleName>, ...Finding<RuleName>[]] {
  const trace = traceOf(decision);
  const others = trace.filter(({ outcome, rule }) => outcome === "fail" && rule !== decision.rule);
  return [refusalFinding(decision), ...others.map((entry) => ruleFinding(entry, decision))];
}

/** The finding of the rule that decided. */
export function refusalFinding(decision: Denied): Finding<RuleName> {
  const entry = traceOf(decision).find(({ rule }) => rule === decision.rule);
  const { cause: what, remedy: fix } = remedyOf(decision);
  return finding(decision.rule, "fail", what, { ...seenBy(entry), fix, confidence: decision.confidence });
}

/** The finding of any failed rule of a trace. */
export function ruleFinding(entry: TraceEntry, decision: Denied): Finding<RuleName> {
  const { cause: what, remedy: fix } = remedyOfEntry(entry, decision);
  return finding(entry.rule, "fail", what, { ...seenBy(entry), fix, confidence: entry.confidence });
}

const seenBy = (entry: TraceEntry | undefined) => ({
  got: textOf(entry?.saw),
  expected: textOf(entry?.wanted),
  fact: entry?.fact ?? null,
});

const textOf = (value: unknown) => (value === undefined ? null : typeof value === "string" ? value : jsonText(value));
