import type { Confidence } from "../aws/confidence.ts";

/**
 * `warn`: right in the end, and not as it should be. `skipped`: what the check needs was not given, or not found by a
 * check before it.
 */
export type Level = "pass" | "warn" | "fail" | "skipped";

/**
 * What was found and what to do: the one shape of every command's output, for people and in `--json`. Never a token, a
 * key, a secret or the body of an answer.
 */
export interface Finding<Code extends string = string> {
  /** Stable, kebab-case, listed in docs/errors.md: `tls-name`. */
  readonly code: Code;
  readonly level: Level;
  /** What was looked at, or is wrong, in one sentence. */
  readonly what: string;
  /** What was seen; null where `what` says it. */
  readonly got: string | null;
  /** What would have been right; null where `what` says it. */
  readonly expected: string | null;
  /** What to change; null where nothing needs to be. */
  readonly fix: string | null;
  /** The number of the fact about API Gateway in docs/conformance.md; null where it is none of API Gateway's. */
  readonly fact: string | null;
  /** How sure we are that AWS does the same; null where AWS has no part in it. */
  readonly confidence: Confidence | null;
}

/** A finding; what is not given is null. */
export const finding = <Code extends string>(
  code: Code,
  level: Level,
  what: string,
  more: Partial<Pick<Finding, "got" | "expected" | "fix" | "fact" | "confidence">> = {},
): Finding<Code> => ({
  code,
  level,
  what,
  got: null,
  expected: null,
  fix: null,
  fact: null,
  confidence: null,
  ...more,
});

/** How many findings there are of each level. */
export const countsOf = (findings: readonly Finding[]): Readonly<Record<Level, number>> => {
  const counts = { pass: 0, warn: 0, fail: 0, skipped: 0 };
  for (const { level } of findings) counts[level] += 1;
  return counts;
};
