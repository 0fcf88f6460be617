import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type GatehouseProcess, startGatehouse } from "./gatehouse-process.ts";
import { writeAssembly } from "./gateway-api.ts";
import { load } from "./load-process.ts";
import { readOptions } from "./options.ts";
import { busyness, machine, writeFigures } from "./readme.ts";
import { aligned } from "./report.ts";
import { type Spread, spreadOf } from "./rounds.ts";

// `npm run bench:console`: what the console costs the gateway. Two gateways with the same API, one with `--no-console`, take
// short turns: the console's is measured with no page open, then with one that follows every request.

const values = readOptions(
  `npm run bench:console
  --rounds 12   turns of each, of a second
  --json        one JSON document
  --write       puts the table into bench/README.md`,
  { rounds: { type: "string", default: "12" }, json: { type: "boolean" }, write: { type: "boolean" } },
);
// `npm run` starts it in the project's folder.
const projectDirectory = process.cwd();

/** Processor time of a process so far, all threads together: other programs on the machine do not count. */
function processorMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

async function turn({ pid, apiUrl }: GatehouseProcess, token: string) {
  const before = processorMs(pid);
  const port = Number(new URL(apiUrl).port);
  const { requests, perSecond } = await load(projectDirectory, {
    port,
    path: "/me",
    connections: 10,
    seconds: 1,
    tokens: [token],
  });
  return { perSecond, processorUs: ((processorMs(pid) - before) * 1_000) / requests };
}

/** Both in turns; the ratios are of pairs that ran beside each other. */
async function compare(plain: GatehouseProcess, watched: GatehouseProcess, rounds: number) {
  const [plainToken, watchedToken] = await Promise.all([plain.token(), watched.token()]);
  const pairs = [];
  for (let round = -2; round < rounds; round += 1) {
    // Who goes first changes each round.
    const first = round % 2 === 0 ? await turn(plain, plainToken) : undefined;
    const there = await turn(watched, watchedToken);
    const pair = { plain: first ?? (await turn(plain, plainToken)), watched: there };
    if (round >= 0) pairs.push(pair);
  }
  return {
    rate: spreadOf(pairs.map((pair) => pair.watched.perSecond / pair.plain.perSecond)),
    processor: spreadOf(pairs.map((pair) => pair.watched.processorUs / pair.plain.processorUs)),
    perSecond: spreadOf(pairs.map((pair) => pair.watched.perSecond)).median,
  };
}

/** A page that reads all that it is told. */
async function openPage(consoleUrl: string): Promise<() => void> {
  const { origin, hash } = new URL(consoleUrl);
  const stop = new AbortController();
  const response = await fetch(`${origin}/api/events`, {
    headers: { authorization: `Bearer ${hash.slice("#key=".length)}` },
    signal: stop.signal,
  });
  const reader = response.body?.getReader();
  const read = async () => {
    for (let part = await reader?.read(); part && !part.done; part = await reader?.read());
  };
  read().catch(() => undefined);
  return () => stop.abort();
}

const shown = ({ median, lower, upper }: Spread) => `${median.toFixed(3)} (${lower.toFixed(3)}–${upper.toFixed(3)})`;

const rounds = Number(values.rounds);
const note = `${machine()} ${busyness()}`;
const folder = mkdtempSync(join(tmpdir(), "gatehouse-bench-console-"));
writeAssembly(folder, "https://is.example.com/oauth2/token", 1);
const started = ["--assembly", folder, "--no-watch"];
const [plain, watched] = await Promise.all([
  startGatehouse(projectDirectory, [...started, "--no-console"]),
  startGatehouse(projectDirectory, [...started, "--console-port", "0"]),
]);
try {
  const closed = await compare(plain, watched, rounds);
  const { consoleUrl } = JSON.parse(watched.said.out.split("\n")[0] ?? "") as { consoleUrl: string };
  const closePage = await openPage(consoleUrl);
  const open = await compare(plain, watched, rounds);
  closePage();
  const table = [
    "Requests a second and processor time for a request, of a gateway with `--no-console` beside it (quartiles).",
    "",
    ...aligned([
      ["", "requests a second", "processor time"],
      ["no page open", shown(closed.rate), shown(closed.processor)],
      ["one page open", shown(open.rate), shown(open.processor)],
    ]),
    "",
    note,
  ].join("\n");
  process.stdout.write(values.json ? `${JSON.stringify({ closed, open })}\n` : `${table}\n`);
  if (values.write) writeFigures(projectDirectory, "console", table);
} finally {
  await Promise.all([plain.stop(), watched.stop()]);
  rmSync(folder, { recursive: true, force: true });
}
