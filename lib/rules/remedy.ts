import { caseOf, type Denied, type TraceEntry } from "./decision.ts";
import type { Remedy } from "./explanation.ts";
import { EXPLANATIONS } from "./rules.ts";
import { traceOf } from "./trace.ts";

/** The cause and the remedy of a refusal, by the rule that decided. */
export function remedyOf(decision: Denied): Remedy {
  const entry = traceOf(decision).find(({ rule }) => rule === decision.rule);
  if (!entry) throw new Error(`the rule ${decision.rule} is not in its own trace`);
  return remedyOfEntry(entry, decision);
}

/** The same for any failed rule of a trace, also one that did not decide. */
export const remedyOfEntry = (entry: TraceEntry, decision: Denied): Remedy =>
  EXPLANATIONS[entry.rule].remedy(entry, caseOf(decision));
