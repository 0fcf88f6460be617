import type { ConformanceCase } from "./case.ts";
import { type CaseRequest, caseRequest } from "./case-request.ts";
import { type Answered, type Difference, differences } from "./compare.ts";
import type { Signer } from "./token-recipe.ts";

/** A subject cannot see what a case is about; it is not counted as passed. */
export interface Unseen {
  readonly unseen: string;
}

/** Somebody who is asked all cases: the rules, the gateway, the mirror's bundle, a URL. */
export interface Subject {
  readonly name: string;
  /** Whether its clock stands still at the second for which the tokens are made. */
  readonly hasStillClock: boolean;
  ask(request: CaseRequest): Promise<Answered | Unseen>;
}

export type Outcome =
  | { readonly kind: "same" }
  | { readonly kind: "differs"; readonly status: number; readonly differences: readonly Difference[] }
  | { readonly kind: "unseen"; readonly why: string };

/** Asks one case and answers what differs from what it expects. */
export async function runCase(
  row: ConformanceCase,
  subject: Subject,
  signer: Signer,
  nowSeconds: number,
): Promise<Outcome> {
  if (row.clock === "exact" && !subject.hasStillClock)
    return { kind: "unseen", why: "it is right at one second only, and this clock moves on" };
  for (const earlier of row.before ?? [])
    await subject.ask(await caseRequest({ api: row.api, ...earlier }, row.token ?? {}, signer, nowSeconds));
  const answered = await subject.ask(await caseRequest(row, row.token ?? {}, signer, nowSeconds));
  if ("unseen" in answered) return { kind: "unseen", why: answered.unseen };
  const found = differences(row, answered);
  return found.length === 0 ? { kind: "same" } : { kind: "differs", status: answered.status, differences: found };
}
