import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { programFolder } from "../bin/program.mjs";
import { synthesise } from "../lib/session/synthesis.ts";
import { copyProject } from "../test/project-copy.ts";
import { startGatehouse } from "./gatehouse-process.ts";
import { readOptions } from "./options.ts";
import { busyness, machine, writeFigures } from "./readme.ts";
import { aligned } from "./report.ts";

// `npm run bench:start`: from the start of a process to the first 200 to a good token, which a gateway that has just begun
// answers after discovery, JWKS, a checked signature and a function's init. The ways take turns, run after run.

const values = readOptions(
  `npm run bench:start
  --runs 15   of each
  --json      one JSON document
  --write     puts the table into bench/README.md`,
  { runs: { type: "string", default: "15" }, json: { type: "boolean" }, write: { type: "boolean" } },
);
const projectDirectory = process.cwd();

interface Way {
  readonly name: string;
  /** Milliseconds. */
  readonly goalMs?: number;
  start(): Promise<Times>;
}

interface Times {
  readonly readyMs: number;
  readonly firstAnswerMs: number;
  /** Of the process and those that it waited for; what others do does not count. 0 where the system does not tell. */
  readonly processorMs: number;
}

async function timesOf(directory: string, options: readonly string[]): Promise<Times> {
  const startedAt = performance.now();
  const running = await startGatehouse(directory, options);
  try {
    const authorization = `Bearer ${await running.token()}`;
    const { status } = await fetch(`${running.apiUrl}/me`, { headers: { authorization } });
    if (status !== 200) throw new Error(`a good token was answered with ${status}: ${running.said.err}`);
    const firstAnswerMs = performance.now() - startedAt;
    return { readyMs: running.readyMs, firstAnswerMs, processorMs: processorMsOf(running.pid) };
  } finally {
    await running.stop();
  }
}

/** Of proc(5): user and system time, of the process and of its children that ended, in hundredths of a second. */
function processorMsOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
      .replace(/^.*\) /, "")
      .split(" ");
    return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) * 10, 0);
  } catch {
    return 0;
  }
}

/** As right after `npm ci`: a source that was never bundled before. */
async function timesUnbundled(assembly: string): Promise<Times> {
  const copy = copyProject();
  appendFileSync(join(copy.directory, "bin", "gatehouse.ts"), `\n// ${copy.directory}\n`);
  try {
    return await timesOf(copy.directory, ["--assembly", assembly]);
  } finally {
    rmSync(await programFolder(copy.directory), { recursive: true, force: true });
    copy.remove();
  }
}

const medianOf = (times: readonly number[]) =>
  times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)] ?? Number.NaN;
const seconds = (ms: number) => (ms / 1_000).toFixed(2);

async function main(): Promise<number> {
  const runs = Number(values.runs);
  const where = `${machine()} ${busyness()}`;
  const assembly = mkdtempSync(join(tmpdir(), "gatehouse-bench-assembly-"));
  mkdirSync(assembly, { recursive: true });
  await synthesise({ projectDirectory, context: { env: "dev" }, outputDirectory: assembly, environment: process.env });
  const ways: readonly Way[] = [
    { name: "--assembly cdk.out", goalMs: 600, start: () => timesOf(projectDirectory, ["--assembly", assembly]) },
    { name: "npm start, from source", goalMs: 2_000, start: () => timesOf(projectDirectory, []) },
    { name: "--assembly cdk.out, first start after npm ci", start: () => timesUnbundled(assembly) },
  ];
  const found = ways.map((): Times[] => []);
  await programFolder(projectDirectory);
  for (let run = 0; run < runs; run += 1)
    for (const [index, way] of ways.entries()) found[index]?.push(await way.start());
  rmSync(assembly, { recursive: true });
  const rows = ways.map(({ name, goalMs }, index) => {
    const all = found[index] ?? [];
    const first = all.map(({ firstAnswerMs }) => firstAnswerMs);
    return {
      name,
      goalMs,
      readyMs: medianOf(all.map(({ readyMs }) => readyMs)),
      firstAnswerMs: medianOf(first),
      processorMs: medianOf(all.map(({ processorMs }) => processorMs)),
      all: first,
    };
  });
  const figures = [where, "", ...tableOf(rows)].join("\n");
  process.stdout.write(values.json ? `${JSON.stringify({ machine: where, rows }, null, 2)}\n` : `${figures}\n`);
  if (values.write) writeFigures(projectDirectory, "start", figures);
  return 0;
}

interface Row extends Times {
  readonly name: string;
  readonly goalMs: number | undefined;
  readonly all: readonly number[];
}

const tableOf = (rows: readonly Row[]) =>
  aligned([
    ["seconds, median", "goal", "first 200", "ready", "processor time", "all"],
    ...rows.map(({ name, goalMs, readyMs, firstAnswerMs, processorMs, all }) => [
      name,
      goalMs === undefined ? "" : `≤ ${seconds(goalMs)}`,
      seconds(firstAnswerMs),
      seconds(readyMs),
      seconds(processorMs),
      all.map(seconds).join(" "),
    ]),
  ]);

process.exitCode = await main();
