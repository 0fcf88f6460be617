import { FilterPattern, type JsonPattern } from "aws-cdk-lib/aws-logs";
import { EXPLANATIONS, type RuleName } from "../rules/rules.ts";

// Why requests are refused, as filter patterns over the two logs that say it: the access log of ProtectedHttpApi, and
// the Lambda authorizer's own log where there is one. The texts are those of the rules, as `explain` and the runbook have
// them. No pattern takes a value of the log as a dimension: anyone who sends the token would choose how many metrics there
// are.

/** One cause of refusals, and how each mode's log shows it. */
export interface RefusalCause {
  /** The metric's name, and the id of its filter. */
  readonly metric: string;
  /** For a dashboard. */
  readonly label: string;
  /** In the access log; undefined where no source shows AWS's text, and the refusal counts among the others. */
  readonly native: JsonPattern | undefined;
  /** In the mirror's log; undefined where API Gateway does not call it. */
  readonly mirror: JsonPattern | undefined;
}

const isText = (field: string, value: string) => FilterPattern.stringValue(`$.${field}`, "=", value);

/** No integration was called: API Gateway itself answered, by the authorizer or by the throttle. */
const unanswered = (status: string) => FilterPattern.all(isText("status", status), isText("integrationStatus", "-"));

/** What AWS writes for a refusal by one of these rules, up to the part that varies; the shortest where one holds another. */
function textsOf(rules: readonly RuleName[]): readonly string[] {
  const texts = rules
    .flatMap((name) => EXPLANATIONS[name].logged())
    .filter(({ words }) => words === "AWS")
    .flatMap((one) => one.texts.map((text) => text.split("…")[0]?.trim() ?? text));
  return texts.filter((text) => !texts.some((other) => other !== text && text.includes(other)));
}

const error = (...rules: readonly RuleName[]) =>
  FilterPattern.any(...textsOf(rules).map((text) => isText("authorizerError", `*${text}*`)));

const rule = (...rules: readonly RuleName[]) =>
  FilterPattern.all(isText("message", "refused"), FilterPattern.any(...rules.map((one) => isText("rule", one))));

const refusedBy = (metric: string, label: string, ...rules: readonly RuleName[]): RefusalCause => ({
  metric,
  label,
  native: error(...rules),
  mirror: rule(...rules),
});

export const REFUSAL_CAUSES: readonly RefusalCause[] = [
  refusedBy("NoToken", "no token", "identity-source"),
  refusedBy("Malformed", "no signed JWT, or a damaged one", "segments", "header", "claims"),
  refusedBy("Algorithm", "algorithm", "algorithm", "critical"),
  refusedBy("Signature", "signature", "signature"),
  {
    metric: "UnknownKey",
    label: "unknown key",
    native: undefined,
    mirror: FilterPattern.all(rule("key-id", "key"), FilterPattern.notExists("$.stage")),
  },
  refusedBy("Expired", "expired", "expiry"),
  refusedBy("Clock", "from the future (clock)", "not-before", "issued-at"),
  refusedBy("Issuer", "another issuer", "issuer"),
  refusedBy("Audience", "another audience", "audience"),
  { metric: "Scope", label: "scope", native: unanswered("403"), mirror: rule("scope") },
];

/**
 * The issuer's fault, not the caller's. In native mode a good token was refused for it, and the rule `key` has no other
 * text of AWS; the Lambda authorizer's keys serve on for a while after a fetch has failed.
 */
export const ISSUER_FAULT = {
  metric: "IssuerFault",
  label: "the issuer was not reached",
  native: error("key"),
  mirror: FilterPattern.all(isText("message", "issuer"), isText("kind", "failed")),
} as const satisfies RefusalCause;

/** What API Gateway answers by itself, by status. */
export const UNANSWERED = {
  unauthorized: { metric: "Unauthorized", pattern: unanswered("401") },
  forbidden: { metric: "Forbidden", pattern: unanswered("403") },
  throttled: { metric: "Throttled", pattern: unanswered("429") },
} as const;
