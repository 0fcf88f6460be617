import { readOptions } from "./options.ts";
import { busyness, machine, writeFigures } from "./readme.ts";
import { aligned } from "./report.ts";
import { type Sample, soak } from "./soak-run.ts";

// `npm run soak`: requests with good tokens, without pause, while sources are saved; every twentieth time it is the stack.
// Exits with 1 if an answer was lost, wrong or older than one before it, if memory, files or threads grow, or if they stay open.

const values = readOptions(
  `npm run soak
  --requests 10000   at least
  --reloads 200
  --clients 8        that ask at once
  --minutes 0        goes on for so long
  --hostile          also bad tokens, 200 slow clients, and a function's process killed after every tenth reload
  --write            puts the figures into bench/README.md`,
  {
    requests: { type: "string", default: "10000" },
    reloads: { type: "string", default: "200" },
    clients: { type: "string", default: "8" },
    minutes: { type: "string", default: "0" },
    hostile: { type: "boolean" },
    write: { type: "boolean" },
  },
);

/** Beyond that, between the second quarter of the reloads and the last one, something is kept that should not be. */
const MOST_GROWTH_MB = 30;
const MOST_GROWTH_COUNT = 5;
/** With fewer reloads the process still warms up in the last quarter: only what is left at rest counts. */
const RELOADS_THAT_SHOW_GROWTH = 40;

const medianOf = (numbers: readonly number[]) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

const quarter = (samples: readonly Sample[], which: number) =>
  samples.slice((samples.length * which) / 4, (samples.length * (which + 1)) / 4);

async function main(): Promise<number> {
  const isTerminal = process.stderr.isTTY;
  const where = `${machine()} ${busyness()}`;
  const isHostile = values.hostile === true;
  const result = await soak({
    requests: Number(values.requests),
    reloads: Number(values.reloads),
    clients: Number(values.clients),
    minutes: Number(values.minutes),
    isHostile,
    restSeconds: 40,
    onReload: (done) => void (isTerminal && process.stderr.write(`\r${done} reloads`)),
  });
  const { requests, reloads, lost, refused, killed, failed, samples, atRest, seconds } = result;
  if (isTerminal) process.stderr.write("\r");
  const rows = (["rssMb", "files", "threads"] as const).map((name) => {
    const quarters = [0, 1, 2, 3].map((which) => medianOf(quarter(samples, which).map((sample) => sample[name])));
    return { name, quarters, growth: (quarters[3] ?? 0) - (quarters[1] ?? 0) };
  });
  const heads = { rssMb: "memory, RSS in MB", files: "open files", threads: "threads" };
  const table = aligned([
    ["median of each quarter", "1st", "2nd", "3rd", "4th", "growth 2nd to 4th", "at rest before", "and after"],
    ...rows.map(({ name, quarters, growth }) => [
      heads[name],
      ...[...quarters, growth, atRest.before[name], atRest.after[name]].map((one) => one.toFixed(0)),
    ]),
  ]);
  const count = `${requests} requests, ${reloads} reloads, ${lost.length} lost, in ${seconds.toFixed(0)} s.`;
  const attacks = `${refused} bad tokens, each a 401; 200 slow clients; ${killed} processes of functions killed, which took ${failed} requests with them.`;
  const figures = [
    where,
    "",
    count,
    ...(isHostile ? [attacks] : []),
    ...lost.slice(0, 10).map((one) => `  ${one}`),
    "",
    ...table,
  ].join("\n");
  process.stdout.write(`${figures}\n`);
  if (values.write) writeFigures(process.cwd(), isHostile ? "hostile-soak" : "soak", figures);
  const pilesUp =
    reloads >= RELOADS_THAT_SHOW_GROWTH &&
    rows.some(({ name, growth }) => growth > (name === "rssMb" ? MOST_GROWTH_MB : MOST_GROWTH_COUNT));
  // What a reload leaves behind, each one leaves: a thread, and the handful of files that it has open.
  const { before, after } = atRest;
  const staysOpen = after.threads - before.threads >= reloads / 2 || after.files - before.files >= reloads * 2;
  // A process answers one request at a time: no kill takes more than one with it.
  return lost.length > 0 || failed > killed || pilesUp || staysOpen ? 1 : 0;
}

process.exitCode = await main();
