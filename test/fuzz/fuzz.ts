import type { Decision } from "../../lib/rules/decision.ts";
import { remedyOf } from "../../lib/rules/remedy.ts";
import { traceOf } from "../../lib/rules/trace.ts";
import { seededRandom } from "../rules/seeded-random.ts";
import { CLAIMS, decide } from "../rules/token-maker.ts";
import { Draw, type GoodClaims, MUTATIONS, type Mutated } from "./mutations.ts";
import { ORACLES, type OracleName, reasonFor } from "./oracles.ts";

/** What came of one kind of mutation. */
export interface KindCount {
  tokens: number;
  accepted: number;
  /** By oracle: how often it said the same. */
  readonly agreed: Record<OracleName, number>;
}

export interface FuzzReport {
  readonly kinds: Readonly<Record<string, KindCount>>;
  /** Differences that are written down, with their number, by `<oracle>: <reason>`. */
  readonly explained: ReadonlyMap<string, number>;
  /** Differences that nothing explains, and throws: none of them may be. The token's number finds it again by the seed. */
  readonly faults: readonly string[];
  readonly slowestMs: number;
  readonly slowestKind: string;
}

const NAMES = Object.keys(ORACLES) as OracleName[];
/** A token that took longer is tried again: another process may have had the processor. */
const SLOW_MS = 50;

/**
 * Judges `count` mutated tokens, out of a seed, beside two libraries.
 * @param clockSeconds asked for each token again: a run takes minutes, and aws-jwt-verify knows no clock but Date.now
 */
export async function fuzz(count: number, seed: number, clockSeconds: () => number): Promise<FuzzReport> {
  const kinds = Object.fromEntries(
    Object.keys(MUTATIONS).map((name) => [name, { tokens: 0, accepted: 0, agreed: { jose: 0, "aws-jwt-verify": 0 } }]),
  ) as Record<string, KindCount>;
  const explained = new Map<string, number>();
  const faults: string[] = [];
  let slowest = { ms: 0, kind: "" };
  const draw = new Draw(seededRandom(seed));
  const now = Math.floor(clockSeconds());
  const good: GoodClaims = { now, claims: { ...CLAIMS, exp: now + 86_400, nbf: now - 60, iat: now - 60 } };
  for (let number = 0; number < count; number += 1) {
    const kind = draw.of(Object.keys(MUTATIONS));
    const mutated = (MUTATIONS[kind] as (typeof MUTATIONS)[string])(draw, good);
    const counted = kinds[kind] as KindCount;
    counted.tokens += 1;
    const nowSeconds = clockSeconds();
    const judged = judge(mutated, nowSeconds);
    if (typeof judged === "string") {
      faults.push(`token ${number} (${kind}): threw ${judged}`);
      continue;
    }
    const { decision, elapsedMs } = judged;
    if (elapsedMs > slowest.ms) slowest = { ms: elapsedMs, kind };
    if (decision.allowed) counted.accepted += 1;
    const verdicts = await Promise.all(NAMES.map((name) => ORACLES[name](mutated.token, mutated.keys, nowSeconds)));
    for (const [at, name] of NAMES.entries()) {
      if (verdicts[at] === decision.allowed) {
        counted.agreed[name] += 1;
        continue;
      }
      const reason = reasonFor(decision, name);
      const key = `${name} ${decision.allowed ? "refuses" : "accepts"}: ${reason}`;
      if (reason === undefined) faults.push(`token ${number} (${kind}): ${differenceOf(decision, name)}`);
      else explained.set(key, (explained.get(key) ?? 0) + 1);
    }
  }
  if (slowest.ms > SLOW_MS) faults.push(`a token (${slowest.kind}) took ${slowest.ms.toFixed(1)} ms three times`);
  return { kinds, explained, faults, slowestMs: slowest.ms, slowestKind: slowest.kind };
}

function differenceOf(decision: Decision, oracle: OracleName): string {
  if (decision.allowed) return `accepted, ${oracle} refuses it, and no reason is written down`;
  return `refused by ${decision.rule} (${decision.description}), ${oracle} accepts it, and no reason is written down`;
}

/** The decision and how long it took, the trace and the remedy apart; or what was thrown. */
function judge({ token, keys }: Mutated, now: number): { decision: Decision; elapsedMs: number } | string {
  try {
    let elapsedMs = Number.POSITIVE_INFINITY;
    let decision = decide(token, { keys, now });
    for (let tries = 0; tries < 3 && elapsedMs > SLOW_MS; tries += 1) {
      const startedAtMs = performance.now();
      decision = decide(token, { keys, now });
      elapsedMs = Math.min(elapsedMs, performance.now() - startedAtMs);
    }
    JSON.stringify([traceOf(decision), decision.allowed ? undefined : remedyOf(decision)]);
    return { decision, elapsedMs };
  } catch (thrown) {
    return thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  }
}
