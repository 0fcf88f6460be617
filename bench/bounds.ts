import type { Section } from "./sections.ts";

// What `--quick` holds in CI: ratios within the run, far from what is usual, so that only a gross regression fails.

interface Bound {
  readonly section: Section["name"];
  /** The rows that are held; all but the baseline where it is left out. */
  readonly row?: RegExp;
  /** A rate must be at least this, a cost at most. */
  readonly limit: number;
}

const BOUNDS: readonly Bound[] = [
  { section: "distinct", row: /^Gatehouse/, limit: 0.6 },
  { section: "repeated", row: /^Gatehouse/, limit: 5 },
  { section: "refusals", limit: 1.3 },
  { section: "lists", limit: 0.3 },
  { section: "size", limit: 0.3 },
  { section: "claims-text", limit: 1 },
];

/** What is out of bounds, a sentence each. */
export const grossRegressions = (sections: readonly Section[]): readonly string[] =>
  BOUNDS.flatMap(({ section: name, row, limit }) =>
    sections
      .filter((section) => section.name === name)
      .flatMap(({ title, as, measured }) =>
        measured.flatMap((one) => {
          if (one.ratio.lower === 1 || (row && !row.test(one.name))) return [];
          const figure = as === "rate" ? one.ratio.median : 1 / one.ratio.median;
          const holds = as === "rate" ? figure >= limit : figure <= limit;
          return holds
            ? []
            : [`${title}: ${one.name}: ${figure.toFixed(2)}, not ${as === "rate" ? "at least" : "at most"} ${limit}`];
        }),
      ),
  );
