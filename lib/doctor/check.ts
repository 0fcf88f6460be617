import type { Confidence } from "../aws/confidence.ts";

/** `skipped`: what the check reads was not to be had, or was not given. */
export type Level = "pass" | "warn" | "fail" | "skipped";

/** One check's finding. Never a token, a key or the body of an answer. */
export interface CheckResult {
  /** Stable, kebab-case: `tls-name`. */
  readonly check: string;
  readonly level: Level;
  /** What was found. */
  readonly cause: string;
  /** What to change; null where nothing needs to be. */
  readonly remedy: string | null;
  /** The number of the fact about API Gateway; null where API Gateway makes no such check and this is ours. */
  readonly fact: string | null;
  /** How sure we are that it matters to API Gateway. */
  readonly confidence: Confidence;
}

/** What a check is about, before its finding. */
export interface CheckSubject {
  readonly check: string;
  readonly fact: string | null;
  readonly confidence: Confidence;
}

/** The checks in their order, each with the one without which it cannot be made. */
const CHECKS = [
  { check: "issuer-url", fact: "3.7", confidence: "OBS1", needs: undefined },
  { check: "issuer-spelling", fact: "3.6", confidence: "DOC", needs: "issuer-url" },
  { check: "issuer-port", fact: null, confidence: "UNK", needs: "issuer-url" },
  { check: "issuer-host", fact: "4.9", confidence: "OBS1", needs: "issuer-url" },
  { check: "dns", fact: "4.9", confidence: "OBS1", needs: "issuer-url" },
  { check: "dns-public", fact: "4.9", confidence: "OBS1", needs: "dns" },
  { check: "tls-chain", fact: "4.9", confidence: "OBS1", needs: "dns" },
  { check: "tls-name", fact: "4.9", confidence: "OBS1", needs: "tls-chain" },
  { check: "tls-days", fact: "4.9", confidence: "OBS1", needs: "tls-chain" },
  { check: "discovery", fact: "4.10", confidence: "DOC", needs: "dns" },
  { check: "discovery-issuer", fact: "4.7", confidence: "OBS1", needs: "discovery" },
  { check: "discovery-members", fact: "4.6", confidence: "OBS1", needs: "discovery" },
  { check: "discovery-type", fact: null, confidence: "UNK", needs: "discovery" },
  { check: "jwks-host", fact: "4.9", confidence: "OBS1", needs: "discovery-members" },
  { check: "jwks", fact: "4.10", confidence: "DOC", needs: "discovery-members" },
  { check: "jwks-keys", fact: "3.2", confidence: "DOC", needs: "jwks" },
  { check: "jwks-duplicates", fact: null, confidence: "UNK", needs: "jwks" },
  { check: "jwks-private", fact: null, confidence: "UNK", needs: "jwks" },
  { check: "jwks-default-keys", fact: null, confidence: "UNK", needs: "jwks" },
  { check: "clock", fact: "3.11", confidence: "DOC", needs: "discovery" },
] as const satisfies readonly (CheckSubject & { readonly needs: string | undefined })[];

export type CheckName = (typeof CHECKS)[number]["check"];

const subjectOf = (check: CheckName): CheckSubject => {
  const { fact, confidence } = CHECKS.find((one) => one.check === check) ?? CHECKS[0];
  return { check, fact, confidence };
};

export const pass = (check: CheckName, cause: string): CheckResult => ({
  ...subjectOf(check),
  level: "pass",
  cause,
  remedy: null,
});

export const warn = (check: CheckName, cause: string, remedy: string): CheckResult => ({
  ...subjectOf(check),
  level: "warn",
  cause,
  remedy,
});

export const fail = (check: CheckName, cause: string, remedy: string): CheckResult => ({
  ...subjectOf(check),
  level: "fail",
  cause,
  remedy,
});

export const skip = (check: CheckName, cause: string): CheckResult => ({
  ...subjectOf(check),
  level: "skipped",
  cause,
  remedy: null,
});

/** Every check in its order; one that was not made says which other it would have needed. */
export function inOrder(made: readonly CheckResult[]): readonly CheckResult[] {
  const ordered = CHECKS.flatMap(({ check, needs }) => {
    const found = made.filter((result) => result.check === check);
    return found.length > 0 ? found : [skip(check, `not asked: it needs ${needs ?? "an issuer"}`)];
  });
  return [...ordered, ...made.filter(({ check }) => !CHECKS.some((known) => known.check === check))];
}
