// How everything here is measured: on a machine that others use too, a time says little and a ratio within one run says
// much. So each way is measured in short slices, every one right beside a slice of the baseline, many rounds long.

/** One way of working through some texts. */
export interface Lane {
  readonly name: string;
  readonly texts: readonly Buffer[];
  /** What it answers to each of its texts; anything else ends the run. */
  readonly expected: boolean;
  /** How many are under way at once, for a library that hands its work to other threads. @default - one after another */
  readonly atOnce?: number;
  readonly run: (text: string, index: number) => boolean | Promise<boolean>;
}

/** A median with the quarter below and above it. */
export interface Spread {
  readonly median: number;
  readonly lower: number;
  readonly upper: number;
}

export interface Measured {
  readonly name: string;
  /** The baseline's time divided by this one's: 2 is twice as fast. */
  readonly ratio: Spread;
  /** For one text. */
  readonly microseconds: Spread;
}

export interface Pace {
  readonly rounds: number;
  /** Texts in one slice. */
  readonly slice: number;
}

/** Measures lanes against a baseline. The baseline comes first in the answer, with the ratio 1. */
export async function race(baseline: Lane, lanes: readonly Lane[], { rounds, slice }: Pace): Promise<Measured[]> {
  const ratios = lanes.map((): number[] => []);
  const times = lanes.map((): number[] => []);
  const baselineTimes: number[] = [];
  const warmUp = Math.ceil(rounds / 5);
  const baselineTurns = turnsOf(baseline, slice);
  const turns = lanes.map((lane) => turnsOf(lane, slice));
  for (let round = -warmUp; round < rounds; round += 1) {
    for (const index of lanes.keys()) {
      // Who goes first changes each round, since the second finds a warmer processor.
      const baselineFirst = (round + index) % 2 === 0;
      const before = baselineFirst ? await baselineTurns() : undefined;
      const time = (await turns[index]?.()) ?? Number.NaN;
      const baselineTime = before ?? (await baselineTurns());
      if (round < 0) continue;
      ratios[index]?.push(baselineTime / time);
      times[index]?.push(time);
      baselineTimes.push(baselineTime);
    }
  }
  return [
    { name: baseline.name, ratio: { median: 1, lower: 1, upper: 1 }, microseconds: spreadOf(baselineTimes) },
    ...lanes.map(({ name }, index) => ({
      name,
      ratio: spreadOf(ratios[index] ?? []),
      microseconds: spreadOf(times[index] ?? []),
    })),
  ];
}

/** Takes the next slice of a lane's texts at each call, and begins again after the last. @returns microseconds a text */
function turnsOf(lane: Lane, slice: number): () => Promise<number> {
  let from = 0;
  return () => {
    from += slice;
    return timeSlice(lane, from - slice, slice);
  };
}

/** Microseconds for one text. Each text is a new string, as from a socket: V8 has neither its hash nor its parts. */
async function timeSlice(lane: Lane, from: number, slice: number): Promise<number> {
  const indexes = Array.from({ length: slice }, (_, step) => (from + step) % lane.texts.length);
  const batch = indexes.map((index): Task => [lane.texts[index]?.toString("latin1") ?? "", index]);
  const startedAt = performance.now();
  const wrong = await (lane.atOnce === undefined ? oneByOne(lane, batch) : together(lane, batch, lane.atOnce));
  const took = performance.now() - startedAt;
  if (wrong > 0) throw new Error(`${lane.name} ${lane.expected ? "refused a good" : "accepted a bad"} token`);
  return (took * 1_000) / slice;
}

type Task = readonly [text: string, index: number];

async function oneByOne({ run, expected }: Lane, batch: readonly Task[]): Promise<number> {
  let wrong = 0;
  for (const [text, index] of batch) {
    const answer = run(text, index);
    // What answers at once is not made to wait for a turn of the event loop.
    if ((typeof answer === "boolean" ? answer : await answer) !== expected) wrong += 1;
  }
  return wrong;
}

async function together({ run, expected }: Lane, batch: readonly Task[], atOnce: number): Promise<number> {
  let wrong = 0;
  for (let at = 0; at < batch.length; at += atOnce) {
    const answers = await Promise.all(batch.slice(at, at + atOnce).map(async ([text, index]) => run(text, index)));
    wrong += answers.filter((answer) => answer !== expected).length;
  }
  return wrong;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((one, other) => one - other);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
  return { median: at(0.5), lower: at(0.25), upper: at(0.75) };
}
