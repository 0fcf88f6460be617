import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathOf, peerService, writeAssembly } from "./gateway-api.ts";
import { COLD_STARTS, coldStartTable, type LoadRow, loadTable, memoryTable, routesTable } from "./gateway-report.ts";
import type { LoadResult } from "./load.ts";
import { load } from "./load-process.ts";
import { readOptions } from "./options.ts";
import { machine, writeFigures } from "./readme.ts";
import { spreadOf } from "./rounds.ts";
import { freePort, type ServerProcess, type ServerStart, startServer } from "./server-process.ts";
import { installPeer } from "./serverless-offline.ts";
import { makeKey, makeTokens } from "./tokens.ts";

// `npm run bench:gateway`: our gateway and serverless-offline, with the same API and the same function, beside each other.
// The load runs in a process of its own (load.ts); servers and load share the machine's cores.

const values = readOptions(
  `npm run bench:gateway
  --quick   a few seconds of each
  --json    one JSON document
  --write   puts the tables into bench/README.md`,
  { quick: { type: "boolean" }, json: { type: "boolean" }, write: { type: "boolean" } },
);
// `npm run` starts it in the project's folder.
const projectDirectory = process.cwd();
const PACE = values.quick
  ? { rounds: 1, seconds: 2, tokens: 6_000, coldStarts: 1 }
  : { rounds: 5, seconds: 3, tokens: 20_000, coldStarts: COLD_STARTS };

const CONNECTIONS = [10, 50];
const ROUTE_COUNTS = [1, 10, 100, 300];

/** An issuer that the gateway asks over HTTP; the other one never asks. */
async function startIssuer() {
  const key = await makeKey();
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  const issuer = `${origin}/oauth2/token`;
  const discovery = JSON.stringify({ issuer, jwks_uri: `${origin}/oauth2/jwks` });
  const server = createServer((request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(request.url?.endsWith("openid-configuration") ? discovery : key.jwks);
  });
  await new Promise<void>((resolve) => server.listen(port, "127.0.0.1", resolve));
  return { issuer, key, close: () => server.close() };
}

/** Both servers in turns, so that whatever else the machine does meets both. */
async function race(
  ours: ServerProcess,
  peer: ServerProcess,
  connections: number,
  kind: LoadRow["kind"],
  tokens: readonly string[],
): Promise<LoadRow> {
  const job = { path: pathOf(0), connections, tokens };
  const found: { ours: Round; peer: Round }[] = [];
  for (const server of [ours, peer])
    await load(projectDirectory, { ...job, port: server.port, seconds: PACE.seconds / 2 });
  for (let round = 0; round < PACE.rounds; round += 1) {
    const ask = async (server: ServerProcess): Promise<Round> => {
      const before = server.processorMs();
      const result = await load(projectDirectory, { ...job, port: server.port, seconds: PACE.seconds });
      return { ...result, processorUs: ((server.processorMs() - before) * 1_000) / result.requests };
    };
    // Who goes first changes each round.
    const first = round % 2 === 0 ? await ask(ours) : undefined;
    const there = await ask(peer);
    found.push({ ours: first ?? (await ask(ours)), peer: there });
  }
  const middle = (read: (pair: (typeof found)[number]) => number) => spreadOf(found.map(read));
  return {
    kind,
    connections,
    ours: figuresOf((read) => middle(({ ours: one }) => read(one)).median),
    peer: figuresOf((read) => middle(({ peer: one }) => read(one)).median),
    ratio: middle((pair) => pair.ours.perSecond / pair.peer.perSecond),
  };
}

/** One server's turn, and what of the processor's time it took for a request. */
type Round = LoadResult & { readonly processorUs: number };

const figuresOf = (read: (of: (round: Round) => number) => number) => ({
  perSecond: read(({ perSecond }) => perSecond),
  p50Ms: read(({ p50Ms }) => p50Ms),
  p99Ms: read(({ p99Ms }) => p99Ms),
  processorUs: read(({ processorUs }) => processorUs),
});

interface Stage {
  readonly issuer: string;
  readonly tokens: readonly string[];
  /** How our gateway is started with so many routes. */
  readonly oursWith: (routes: number) => ServerStart;
  readonly peer: ServerStart;
  readonly fleet: Fleet;
}

/** The servers that run, so that none outlives the bench. */
class Fleet {
  readonly #running = new Set<ServerProcess>();

  async start(given: ServerStart): Promise<ServerProcess> {
    const server = await startServer(given);
    this.#running.add(server);
    return server;
  }

  async stop(...servers: readonly ServerProcess[]): Promise<void> {
    for (const server of servers) this.#running.delete(server);
    await Promise.all(servers.map((server) => server.stop()));
  }

  stopAll(): Promise<void> {
    return this.stop(...this.#running);
  }
}

async function measureColdStarts({ oursWith, peer, fleet }: Stage) {
  const starts: { ours: number; peer: number }[] = [];
  const timeOf = async (given: ServerStart) => {
    const server = await fleet.start(given);
    await fleet.stop(server);
    return server.coldStartMs;
  };
  for (let run = 0; run < PACE.coldStarts; run += 1)
    starts.push({ ours: await timeOf(oursWith(1)), peer: await timeOf(peer) });
  return starts;
}

async function measureLoad({ oursWith, peer: peerStart, tokens, fleet }: Stage) {
  const ours = await fleet.start(oursWith(1));
  const peer = await fleet.start(peerStart);
  const memory = () => ({ ours: ours.memoryMib(), peer: peer.memoryMib() });
  const before = memory();
  const rows: LoadRow[] = [];
  for (const connections of CONNECTIONS)
    for (const kind of ["distinct", "repeated"] as const)
      rows.push(await race(ours, peer, connections, kind, kind === "distinct" ? tokens : tokens.slice(0, 1)));
  const after = memory();
  await fleet.stop(ours, peer);
  return { rows, memory: { before, after } };
}

/** Servers with few and many routes in turns. The first round warms them. */
async function measureGrowth({ oursWith, tokens, fleet }: Stage) {
  const servers = await Promise.all(ROUTE_COUNTS.map((routes) => fleet.start(oursWith(routes))));
  const growth = ROUTE_COUNTS.map((routes) => ({ routes, perSecond: [] as number[] }));
  const job = { connections: 10, seconds: PACE.seconds, tokens: tokens.slice(0, 1) };
  for (let round = -1; round < PACE.rounds; round += 1)
    for (const [index, { routes, perSecond }] of growth.entries()) {
      const result = await load(projectDirectory, {
        ...job,
        port: servers[index]?.port ?? 0,
        path: pathOf(routes - 1),
      });
      if (round >= 0) perSecond.push(result.perSecond);
    }
  await fleet.stop(...servers);
  return growth;
}

const say = (text: string) => void (values.json ? process.stderr : process.stdout).write(`${text}\n`);

async function main(): Promise<number> {
  const scratch = mkdtempSync(join(tmpdir(), "gatehouse-bench-gateway-"));
  say("installing the peer, making tokens …\n");
  const installation = installPeer();
  const { issuer, key, close } = await startIssuer();
  const fleet = new Fleet();
  try {
    // More than the gateway remembers, so that one that comes round again is checked again.
    const tokens = (await makeTokens(PACE.tokens, key, { claims: { iss: issuer } })).map(({ text }) => text);
    const headers = { authorization: `Bearer ${tokens[0]}` };
    const program = join(projectDirectory, "bin", "gatehouse.mjs");
    const oursWith = (routes: number): ServerStart => {
      const directory = join(scratch, `routes-${routes}`);
      writeAssembly(directory, issuer, routes);
      return {
        directory,
        command: (port) => [program, "local", "--assembly", directory, "--real-issuer", "--port", String(port)],
        probe: { path: pathOf(routes - 1), headers },
      };
    };
    const peer = { ...installation.service("bench", peerService(issuer)), probe: { path: pathOf(0), headers } };
    const stage = { issuer, tokens, oursWith, peer, fleet };
    const cold = await measureColdStarts(stage);
    const { rows, memory } = await measureLoad(stage);
    const growth = await measureGrowth(stage);
    const report = [machine(), loadTable(rows), memoryTable(memory), coldStartTable(cold), routesTable(growth)];
    const figures = report.join("\n\n");
    say(figures);
    if (values.json)
      process.stdout.write(`${JSON.stringify({ machine: machine(), rows, memory, cold, growth }, null, 2)}\n`);
    if (values.write) writeFigures(projectDirectory, "gateway", figures);
    return 0;
  } finally {
    await fleet.stopAll();
    close();
    installation.remove();
    rmSync(scratch, { recursive: true, force: true });
  }
}

process.exitCode = await main();
