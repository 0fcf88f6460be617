import { authorize } from "../rules/authorize.ts";
import type { AuthorizerPolicy, FindKey, TraceEntry } from "../rules/decision.ts";
import { remedyOfEntry } from "../rules/remedy.ts";
import { traceOf } from "../rules/trace.ts";
import type { CheckResult } from "./check.ts";

export interface TokenQuestion extends AuthorizerPolicy {
  readonly token: string;
}

/** Every rule on one token, with the issuer's keys as they were just fetched. */
export async function checkToken(
  { token, ...policy }: TokenQuestion,
  findKey: FindKey,
  nowMs: number,
): Promise<readonly CheckResult[]> {
  const request = { credential: token, policy, scopes: [] };
  const decision = await authorize(request, findKey, nowMs / 1_000, { thorough: true });
  return traceOf(decision).map((entry) => {
    const { rule, fact, confidence, title, outcome } = entry;
    const row = { check: `token-${rule}`, fact, confidence };
    if (outcome === "skipped") return { ...row, level: "skipped", cause: `not asked: ${title}`, remedy: null };
    if (rule === "audience" && policy.audience.length === 0) return { ...row, ...audienceNotGiven(entry) };
    if (rule === "scope") return { ...row, ...scopesNotAsked(entry) };
    if (outcome === "pass" || decision.allowed) return { ...row, level: "pass", cause: title, remedy: null };
    const { cause, remedy } = remedyOfEntry(entry, decision);
    const isUnknown = rule === "key" && decision.keyAnswer?.kind === "unknown";
    return { ...row, level: "fail", cause, remedy: isUnknown ? `${remedy}. ${AFTER_AN_UPGRADE}` : remedy };
  });
}

/** WSO2 5.10 went from SHA-1 to SHA-256 in its key ids. */
const AFTER_AN_UPGRADE =
  "After an upgrade WSO2 writes another kid for the same key: [oauth.jwks_endpoint] add_previous_version_kid = true keeps the old one listed";

const scopesNotAsked = ({ saw }: TraceEntry) =>
  ({
    level: "skipped",
    cause: `the token's scopes are ${shown(saw)}; 'gatehouse explain --route' tells what a route asks for`,
    remedy: null,
  }) as const;

const audienceNotGiven = ({ saw }: TraceEntry) =>
  ({
    level: "skipped",
    cause: `the token is for ${shown(saw)}; name the authorizer's audience with --audience to compare`,
    remedy: null,
  }) as const;

const LONGEST_LIST = 200;

const shown = (value: unknown) => (JSON.stringify(value) ?? "nothing").slice(0, LONGEST_LIST);
