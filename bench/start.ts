import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { programFolder } from "../bin/program.mjs";
import { synthesise } from "../lib/local/synthesis.ts";
import { copyProject } from "../test/project-copy.ts";
import { startGatehouse } from "./gatehouse-process.ts";
import { machine } from "./readme.ts";
import { aligned } from "./report.ts";

// `npm run bench:start`: from the start of a process to the first 200 to a good token, which a gateway that has just begun
// answers after discovery, JWKS, a checked signature and a function's init. The ways take turns, run after run.
//   --runs 15   of each
//   --json      one JSON document

const { values } = parseArgs({ options: { runs: { type: "string", default: "15" }, json: { type: "boolean" } } });
const projectDirectory = process.cwd();

interface Way {
  readonly name: string;
  /** Milliseconds, of design.md's numbers to reach. */
  readonly goalMs?: number;
  start(): Promise<Times>;
}

interface Times {
  readonly readyMs: number;
  readonly firstAnswerMs: number;
}

async function timesOf(directory: string, options: readonly string[]): Promise<Times> {
  const startedAt = performance.now();
  const running = await startGatehouse(directory, options);
  try {
    const authorization = `Bearer ${await running.token()}`;
    const { status } = await fetch(`${running.apiUrl}/me`, { headers: { authorization } });
    if (status !== 200) throw new Error(`a good token was answered with ${status}: ${running.said.err}`);
    return { readyMs: running.readyMs, firstAnswerMs: performance.now() - startedAt };
  } finally {
    await running.stop();
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
      all: first,
    };
  });
  if (values.json) process.stdout.write(`${JSON.stringify({ machine: machine(), rows }, null, 2)}\n`);
  else process.stdout.write(`${[machine(), "", ...tableOf(rows)].join("\n")}\n`);
  return 0;
}

interface Row extends Times {
  readonly name: string;
  readonly goalMs: number | undefined;
  readonly all: readonly number[];
}

const tableOf = (rows: readonly Row[]) =>
  aligned([
    ["seconds, median", "goal", "first 200", "ready", "all"],
    ...rows.map(({ name, goalMs, readyMs, firstAnswerMs, all }) => [
      name,
      goalMs === undefined ? "" : `≤ ${seconds(goalMs)}`,
      seconds(firstAnswerMs),
      seconds(readyMs),
      all.map(seconds).join(" "),
    ]),
  ]);

process.exitCode = await main();
