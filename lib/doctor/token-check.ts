import { finding } from "../findings/finding.ts";
import { ruleFinding } from "../findings/refusal.ts";
import { authorize } from "../rules/authorize.ts";
import type { TraceEntry } from "../rules/decision.ts";
import type { JwtConfiguration } from "../rules/jwt-configuration.ts";
import type { FindKey } from "../rules/key-answer.ts";
import { traceOf } from "../rules/trace.ts";
import type { DoctorFinding } from "./check.ts";

export interface TokenQuestion extends JwtConfiguration {
  readonly token: string;
}

/** Every rule on one token, with the issuer's keys as they were just fetched. */
export async function checkToken(
  { token, ...configuration }: TokenQuestion,
  findKey: FindKey,
  nowMs: number,
): Promise<readonly DoctorFinding[]> {
  const request = { credential: token, configuration, scopes: [] };
  const decision = await authorize(request, findKey, nowMs / 1_000, { thorough: true });
  return traceOf(decision).map((entry) => {
    const { rule, fact, confidence, title, outcome } = entry;
    const code = `token-${rule}` as const;
    const about = { fact, confidence };
    if (outcome === "skipped") return finding(code, "skipped", `not checked: ${title}`, about);
    if (rule === "audience" && configuration.audience.length === 0)
      return finding(code, "skipped", audienceNotGiven(entry), about);
    if (rule === "scope") return finding(code, "skipped", scopesNotAsked(entry), about);
    if (outcome === "pass" || decision.allowed) return finding(code, "pass", title, about);
    const found = ruleFinding(entry, decision);
    const isUnknown = rule === "key" && decision.keyAnswer?.kind === "unknown";
    return { ...found, code, fix: isUnknown ? `${found.fix}. ${AFTER_AN_UPGRADE}` : found.fix };
  });
}

/** WSO2 5.10 went from SHA-1 to SHA-256 in its key ids. */
const AFTER_AN_UPGRADE =
  "After an upgrade WSO2 writes another kid for the same key: [oauth.jwks_endpoint] add_previous_version_kid = true keeps the old one listed";

const scopesNotAsked = ({ saw }: TraceEntry) =>
  `the token's scopes are ${shown(saw)}; 'gatehouse explain --route' checks them against a route's`;

const audienceNotGiven = ({ saw }: TraceEntry) =>
  `the token is for ${shown(saw)}; name the authorizer's audience with --audience to compare`;

const LONGEST_LIST = 200;

const shown = (value: unknown) => (JSON.stringify(value) ?? "nothing").slice(0, LONGEST_LIST);
