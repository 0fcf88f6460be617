import { mkdirSync, mkdtempSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MANIFEST, templateOf } from "../test/assembly/handwritten.ts";
import { startGatehouse } from "./gatehouse-process.ts";
import { readOptions } from "./options.ts";
import { busyness, machine, writeFigures } from "./readme.ts";
import { aligned } from "./report.ts";

// `npm run bench:swaps`: an assembly is replaced in every way that tools and people know, again and again, while `gatehouse
// local` serves it. Each has to be noticed, and no request in between may fail.

const values = readOptions(
  `npm run bench:swaps
  --times 200   of each way
  --json        one JSON document
  --write       puts the table into bench/README.md`,
  { times: { type: "string", default: "200" }, json: { type: "boolean" }, write: { type: "boolean" } },
);

/** What is not served after so long was missed. */
const PATIENCE_MS = 3_000;
const TEMPLATE = "Orders.template.json";

const textOf = (word: string) =>
  JSON.stringify(
    templateOf({
      issuer: "https://is.example.com/oauth2/token",
      code: { ZipFile: `exports.handler = async () => ({ statusCode: 200, body: "${word}" });` },
    }),
  );

function write(folder: string, word: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "manifest.json"), JSON.stringify(MANIFEST));
  writeFileSync(join(folder, TEMPLATE), textOf(word));
}

const WAYS: Readonly<Record<string, (folder: string, word: string) => void>> = {
  "a file written": (folder, word) => writeFileSync(join(folder, TEMPLATE), textOf(word)),
  "a file renamed over it": (folder, word) => {
    writeFileSync(join(folder, "new"), textOf(word));
    renameSync(join(folder, "new"), join(folder, TEMPLATE));
  },
  "a file removed and written": (folder, word) => {
    rmSync(join(folder, TEMPLATE));
    writeFileSync(join(folder, TEMPLATE), textOf(word));
  },
  "a file written, its time set back": (folder, word) => {
    const { atime, mtime } = statSync(join(folder, TEMPLATE));
    writeFileSync(join(folder, TEMPLATE), textOf(word));
    utimesSync(join(folder, TEMPLATE), atime, mtime);
  },
  "the folder swapped by mv": (folder, word) => {
    write(`${folder}.new`, word);
    renameSync(folder, `${folder}.old`);
    renameSync(`${folder}.new`, folder);
    rmSync(`${folder}.old`, { recursive: true });
  },
  "the folder removed and written": (folder, word) => {
    rmSync(folder, { recursive: true });
    write(folder, word);
  },
};

/** What came of one way, done so many times. */
interface Row {
  readonly way: string;
  readonly missed: number;
  /** Answers in between that were not a 200. */
  readonly failed: number;
  /** From the swap to the first answer that shows it, in milliseconds. */
  readonly times: readonly number[];
}

async function measure(way: string, swap: (folder: string, word: string) => void, times: number): Promise<Row> {
  const scratch = mkdtempSync(join(tmpdir(), "gatehouse-swaps-"));
  const folder = join(scratch, "cdk.out");
  write(folder, "first");
  const running = await startGatehouse(process.cwd(), ["--assembly", folder]);
  const row = { way, missed: 0, failed: 0, times: [] as number[] };
  try {
    for (let count = 1; count <= times; count += 1) {
      const word = `${count}`;
      swap(folder, word);
      const startedAt = performance.now();
      for (;;) {
        const response = await fetch(`${running.apiUrl}/open`);
        const text = await response.text();
        const ms = performance.now() - startedAt;
        if (response.status !== 200) row.failed += 1;
        if (text === word) row.times.push(ms);
        else if (ms > PATIENCE_MS) row.missed += 1;
        else continue;
        break;
      }
    }
    return row;
  } finally {
    await running.stop();
    rmSync(scratch, { recursive: true, force: true });
  }
}

const middle = (times: readonly number[], share: number) =>
  times.toSorted((a, b) => a - b)[Math.min(times.length - 1, Math.floor(times.length * share))] ?? Number.NaN;

async function main(): Promise<number> {
  const where = `${machine()} ${busyness()}`;
  const rows: Row[] = [];
  for (const [way, swap] of Object.entries(WAYS)) rows.push(await measure(way, swap, Number(values.times)));
  const table = aligned([
    [`${values.times} times each`, "missed", "not 200", "median ms", "longest ms"],
    ...rows.map(({ way, missed, failed, times }) => [
      way,
      String(missed),
      String(failed),
      middle(times, 0.5).toFixed(0),
      middle(times, 1).toFixed(0),
    ]),
  ]);
  const figures = [where, "", ...table].join("\n");
  process.stdout.write(values.json ? `${JSON.stringify({ machine: where, rows }, null, 2)}\n` : `${figures}\n`);
  if (values.write) writeFigures(process.cwd(), "swaps", figures);
  return rows.some(({ missed, failed }) => missed + failed > 0) ? 1 : 0;
}

process.exitCode = await main();
