import type { Mistake } from "../findings/mistake.ts";
import type { SmokeReport } from "./smoke.ts";

/** What became of the checks of one stack, or of one URL. */
export type SmokeOutcome = SmokeReport | UnaskedApi;

/** An API that could not be asked: no answer, another API, credentials that nobody can use. */
export interface UnaskedApi {
  readonly stack: string | null;
  readonly environment: string;
  /** ISO 8601. */
  readonly checkedAt: string;
  readonly passed: false;
  readonly mistake: Mistake;
}

/** Whether it could not be asked. */
export const isUnasked = (outcome: SmokeOutcome): outcome is UnaskedApi => "mistake" in outcome;

/** The exit code: 0 nothing failed, 1 something did, 2 an API could not be asked. */
export const exitCodeOf = (outcomes: readonly SmokeOutcome[]): 0 | 1 | 2 =>
  outcomes.some(isUnasked) ? 2 : outcomes.every(({ passed }) => passed) ? 0 : 1;

/** One stack's report as it is; of several an object that holds each, so that `passed` has its place in both. */
export const outcomesAsDocument = (outcomes: readonly SmokeOutcome[]): object => {
  const [only, ...others] = outcomes.map((outcome) => {
    if (!isUnasked(outcome)) return outcome;
    const { mistake, ...rest } = outcome;
    return { ...rest, mistake: { code: mistake.code, ...mistake.say } };
  });
  return only !== undefined && others.length === 0
    ? only
    : { passed: outcomes.every(({ passed }) => passed), stacks: [only, ...others] };
};
