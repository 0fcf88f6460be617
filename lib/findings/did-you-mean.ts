// What a person probably meant.

/** The known name that differs in a letter or two, or in half of a long name. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const lower = name.toLowerCase();
  const ranked = known.map((one) => ({ one, distance: editDistance(lower, one.toLowerCase()) }));
  const best = ranked.toSorted((one, other) => one.distance - other.distance)[0];
  return best && best.distance <= Math.max(2, Math.floor(name.length / 2)) ? best.one : undefined;
}

/**
 * The known name that was mistyped: in a letter or two, or in one of a short name. Where others may have names of their own,
 * of which a likeness by half is none of our business.
 */
export function mistyped(name: string, known: readonly string[]): string | undefined {
  const near = nearest(name, known);
  const most = Math.min(name.length, near?.length ?? 0) <= SHORT_NAME ? 1 : 2;
  return near !== undefined && editDistance(name.toLowerCase(), near.toLowerCase()) <= most ? near : undefined;
}

/** Letters. Of four-letter words too many are two letters apart. */
const SHORT_NAME = 5;

/** How many letters to change, add or take away to make one text of the other. */
export function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const cost = one[i - 1] === other[j - 1] ? 0 : 1;
      next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + cost));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}
