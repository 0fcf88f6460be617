import { aligned } from "./report.ts";
import { type Spread, spreadOf } from "./rounds.ts";

// The tables of `npm run bench:gateway`, each with its goal.

interface LoadFigures {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** The processor's time for a request, all threads together, in microseconds. */
  readonly processorUs: number;
}

export interface LoadRow {
  readonly kind: "distinct" | "repeated";
  readonly connections: number;
  readonly ours: LoadFigures;
  readonly peer: LoadFigures;
  /** Our requests a second divided by the peer's, round by round. */
  readonly ratio: Spread;
}

interface Pair {
  readonly ours: number;
  readonly peer: number;
}

const LEAST_RATIO = { distinct: 3, repeated: 6 } as const;
const MOST_MEMORY_MIB = 150;
export const COLD_STARTS = 5;

const KINDS = { distinct: "each token once", repeated: "one token" } as const;

export const loadTable = (rows: readonly LoadRow[]): string =>
  titled(
    "Requests",
    aligned([
      ["", "connections", "", "requests/s", "p50 ms", "p99 ms", "processor µs", "times as many (quartiles)", "goal"],
      ...rows.flatMap(({ kind, connections, ours, peer, ratio }) => [
        [
          KINDS[kind],
          String(connections),
          "Gatehouse",
          ...figures(ours),
          `${ratio.median.toFixed(1)} (${ratio.lower.toFixed(1)}–${ratio.upper.toFixed(1)})`,
          verdict(`≥ ${LEAST_RATIO[kind]}`, ratio.median >= LEAST_RATIO[kind]),
        ],
        ["", "", "serverless-offline", ...figures(peer), "", ""],
      ]),
    ]),
  );

const figures = ({ perSecond, p50Ms, p99Ms, processorUs }: LoadFigures) => [
  perSecond.toFixed(0),
  p50Ms.toFixed(2),
  p99Ms.toFixed(1),
  processorUs.toFixed(0),
];

const verdict = (goal: string, isReached: boolean) => `${goal}${isReached ? "" : ", missed"}`;

export const memoryTable = ({ before, after }: { readonly before: Pair; readonly after: Pair }): string =>
  titled(
    "Resident memory, right after all of that",
    aligned([
      ["MiB", "before", "after", "goal"],
      [
        "Gatehouse",
        before.ours.toFixed(0),
        after.ours.toFixed(0),
        verdict(`≤ ${MOST_MEMORY_MIB}`, after.ours <= MOST_MEMORY_MIB),
      ],
      ["serverless-offline", before.peer.toFixed(0), after.peer.toFixed(0), ""],
    ]),
  );

export const coldStartTable = (starts: readonly Pair[]): string => {
  const median = (read: (pair: Pair) => number) => (spreadOf(starts.map(read)).median / 1_000).toFixed(2);
  return titled(
    "From the start of the process to the first 200",
    aligned([
      ["seconds, median", ""],
      ["Gatehouse, from an assembly", median(({ ours }) => ours)],
      ["serverless-offline, from serverless.yml", median(({ peer }) => peer)],
    ]),
  );
};

export const routesTable = (
  growth: readonly { readonly routes: number; readonly perSecond: readonly number[] }[],
): string => {
  const [one] = growth;
  return titled(
    "Growth with the number of routes, the last of them asked, 10 connections, one token",
    aligned([
      ["routes", "requests/s", "of one route's (quartiles)"],
      ...growth.map(({ routes, perSecond }) => {
        const ratio = spreadOf(perSecond.map((each, round) => each / (one?.perSecond[round] ?? Number.NaN)));
        const shown = `${ratio.median.toFixed(2)} (${ratio.lower.toFixed(2)}–${ratio.upper.toFixed(2)})`;
        return [String(routes), spreadOf(perSecond).median.toFixed(0), routes === one?.routes ? "1" : shown];
      }),
    ]),
  );
};

const titled = (title: string, lines: readonly string[]) => [`### ${title}`, "", ...lines].join("\n");
