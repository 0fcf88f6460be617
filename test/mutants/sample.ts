import { seededRandom } from "../rules/seeded-random.ts";

/** Draws `count` of the items, each at most once, in their own order; the same ones for the same seed. */
export function sampleOf<Item>(items: readonly Item[], count: number, seed: number): readonly Item[] {
  const random = seededRandom(seed);
  const drawn = items.map((_, at) => ({ at, lot: random() })).toSorted((one, other) => one.lot - other.lot);
  const chosen = new Set(drawn.slice(0, count).map(({ at }) => at));
  return items.filter((_, at) => chosen.has(at));
}
