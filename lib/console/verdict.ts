import type { JwtGuard } from "../assembly/route-guards.ts";
import type { Decision, Denied, TraceEntry } from "../rules/decision.ts";
import { remedyOfEntry } from "../rules/remedy.ts";
import type { RuleName } from "../rules/rules.ts";
import { confidenceOf, traceOf } from "../rules/trace.ts";
import { refusalAnswerOf, verdictOf } from "../rules/verdict.ts";
import type { Advice, ExpectedAnswer, RuleView, Verdict } from "./wire.ts";
import { wso2PlacesOf } from "./wso2-places.ts";

/** A decision as the page shows it: every rule, the cause, the remedy, and what API Gateway answers. */
export function verdictViewOf(
  decision: Decision,
  { issuer, audience, scopes, by }: Pick<JwtGuard, "issuer" | "audience" | "scopes" | "by">,
): Verdict {
  const rules = traceOf(decision).map((entry) => ruleViewOf(entry, decision));
  const rule = decision.allowed ? null : decision.rule;
  return {
    outcome: verdictOf(decision),
    confidence: confidenceOf(decision),
    rule,
    advice: rules.find((one) => one.rule === rule)?.advice ?? null,
    answer: decision.allowed ? null : expectedAnswerOf(decision, by),
    rules,
    issuer,
    audience,
    scopes,
  };
}

const ruleViewOf = (entry: TraceEntry, decision: Decision): RuleView => ({
  ...entry,
  saw: entry.saw ?? null,
  wanted: entry.wanted ?? null,
  advice: entry.outcome === "fail" && !decision.allowed ? adviceOf(entry, decision) : null,
});

const adviceOf = (entry: TraceEntry, decision: Denied): Advice => ({
  ...remedyOfEntry(entry, decision),
  wso2: isOfTheRequest(entry.rule) ? [] : wso2PlacesOf(entry.rule),
});

/** What only the caller can change. */
const isOfTheRequest = (rule: RuleName) => rule === "identity-source" || rule === "header" || rule === "claims";

function expectedAnswerOf(decision: Denied, by: JwtGuard["by"]): ExpectedAnswer {
  const { headers, ...answer } = refusalAnswerOf(decision, by);
  const { textConfidence } = decision;
  return { ...answer, textConfidence, headers: [["content-type", "application/json"], ...Object.entries(headers)] };
}
