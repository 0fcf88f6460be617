import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { copyProject } from "../test/project-copy.ts";
import { type GatehouseProcess, startGatehouse } from "./gatehouse-process.ts";
import { readOptions } from "./options.ts";
import { busyness, machine, writeFigures } from "./readme.ts";
import { aligned } from "./report.ts";

// `npm run bench:reload`: from the moment a file is saved to the first answer that shows it, asked without pause, in a copy
// of this project that `gatehouse local` runs from source.

const values = readOptions(
  `npm run bench:reload
  --saves 40    of the handler, one every 0.3 s
  --routes 10   added to cdk.json, one every 3 s
  --json        one JSON document
  --write       puts the table into bench/README.md`,
  {
    saves: { type: "string", default: "40" },
    routes: { type: "string", default: "10" },
    json: { type: "boolean" },
    write: { type: "boolean" },
  },
);

const PATIENCE_MS = 30_000;
/** A person's next save of a stack; by then the next process of the app waits. */
const STACK_PAUSE_MS = 3_000;
const SAVE_PAUSE_MS = 300;
/** Below it nobody would be throttled, who asks without pause. */
const THROTTLE = { rateLimit: 10_000, burstLimit: 5_000 };

interface Settings {
  readonly context: { readonly environments: { readonly dev: { routes: object[]; throttle: object } } };
}

/** Milliseconds from `save` to the first answer that matches. */
async function timed(running: GatehouseProcess, path: string, pattern: RegExp, save: () => void): Promise<number> {
  const startedAt = performance.now();
  save();
  for (;;) {
    const response = await fetch(`${running.apiUrl}${path}`);
    const answer = `${response.status} ${await response.text()}`;
    const ms = performance.now() - startedAt;
    if (pattern.test(answer)) return ms;
    if (ms > PATIENCE_MS) throw new Error(`${path} went on answering ${answer}: ${running.said.err}`);
  }
}

async function measure(directory: string, saves: number, routes: number) {
  const business = join(directory, "lambda", "business.ts");
  const source = readFileSync(business, "utf8");
  const file = join(directory, "cdk.json");
  const settings = JSON.parse(readFileSync(file, "utf8")) as Settings;
  const { dev } = settings.context.environments;
  dev.throttle = THROTTLE;
  const saveSettings = () => writeFileSync(file, JSON.stringify(settings, null, 2));
  saveSettings();
  const running = await startGatehouse(directory, []);
  try {
    await sleep(STACK_PAUSE_MS);
    const handler: number[] = [];
    for (let save = 0; save < saves; save += 1) {
      const text = source.replace('status: "up"', `status: "up ${save}"`);
      handler.push(await timed(running, "/health", new RegExp(`"up ${save}"`), () => writeFileSync(business, text)));
      await sleep(SAVE_PAUSE_MS);
    }
    const stack: number[] = [];
    for (let route = 0; route < routes; route += 1) {
      dev.routes.push({ method: "GET", path: `/new${route}`, public: true });
      stack.push(await timed(running, `/new${route}`, /does not answer GET/, saveSettings));
      await sleep(STACK_PAUSE_MS);
    }
    return { handler, stack };
  } finally {
    await running.stop();
  }
}

const at = (times: readonly number[], share: number) =>
  times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;

async function main(): Promise<number> {
  const where = `${machine()} ${busyness()}`;
  const project = copyProject();
  const { handler, stack } = await measure(project.directory, Number(values.saves), Number(values.routes));
  project.remove();
  const rows = [
    { name: `a saved handler to the new answer, ${handler.length} saves`, goal: "≤ 400", times: handler },
    { name: `a route in cdk.json to its first answer, ${stack.length} saves`, goal: "", times: stack },
  ];
  const table = aligned([
    ["milliseconds", "goal", "median", "p95", "longest"],
    ...rows.map(({ name, goal, times }) => [name, goal, ...[0.5, 0.95, 1].map((share) => at(times, share).toFixed(0))]),
  ]);
  const figures = [where, "", ...table].join("\n");
  process.stdout.write(
    values.json ? `${JSON.stringify({ machine: where, handler, stack }, null, 2)}\n` : `${figures}\n`,
  );
  if (values.write) writeFigures(process.cwd(), "reload", figures);
  return 0;
}

process.exitCode = await main();
