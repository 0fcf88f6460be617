import { type Confidence, lessSure } from "../aws/confidence.ts";
import { caseOf, type Decision, type TraceEntry } from "./decision.ts";
import type { Rule, TokenCase } from "./rule.ts";
import { EXPLANATIONS, RULES, type RuleName } from "./rules.ts";
import { truncated } from "./truncated.ts";
import { splitToken } from "./unverified-token.ts";

// What a person reads of a decision. The Lambda authorizer only decides, so none of this is in its bundle.

/** Every rule with its finding, in their order, also those after the one that decided. */
export function traceOf(decision: Decision): readonly TraceEntry[] {
  const given = caseOf(decision);
  // A remembered token has passed the rules of its form; they are read again for the one who looks.
  const shown = given.segments === undefined && given.token !== undefined ? reopened(given) : given;
  return RULES.map((rule) => entryOf(rule, shown));
}

/** How sure we are that AWS decides the same. Allowed is as sure as the least sure of the rules that had to pass. */
export const confidenceOf = (decision: Decision): Confidence =>
  decision.allowed
    ? traceOf(decision).reduce<Confidence>((least, { confidence }) => lessSure(least, confidence), "DOC")
    : decision.confidence;

function entryOf(rule: Rule<RuleName>, given: TokenCase): TraceEntry {
  const explained = EXPLANATIONS[rule.name];
  const { fact, title } = explained;
  const isReady = explained.ready?.(given) ?? given.token !== undefined;
  if (!isReady)
    return {
      rule: rule.name,
      fact,
      title,
      outcome: "skipped",
      confidence: explained.confidence,
      saw: undefined,
      wanted: undefined,
    };
  const refusal = rule.check(given);
  const { saw, wanted, confidence = explained.confidence } = explained.show(given);
  return {
    rule: rule.name,
    fact,
    title,
    outcome: refusal ? "fail" : "pass",
    confidence: refusal?.confidence ?? confidence,
    saw: truncated(saw),
    wanted,
  };
}

function reopened(given: TokenCase): TokenCase {
  const { text = "", token } = given;
  const header = token && { record: token.header, text: "" };
  const claims = token && { record: token.claims, text: token.payloadText };
  return { ...given, segments: splitToken(text), headerPart: header, claimsPart: claims };
}
