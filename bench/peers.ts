import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { API_NAMES, type ApiName, readThemes } from "../lib/conformance/case.ts";
import { APIS } from "../lib/conformance/conformance-api.ts";
import { writeConformanceAssembly } from "../lib/conformance/conformance-assembly.ts";
import { httpSubject } from "../lib/conformance/http-subject.ts";
import { signerOf, startConformanceIssuer } from "../lib/conformance/own-gateway.ts";
import type { Subject } from "../lib/conformance/run-case.ts";
import { runTable } from "../lib/conformance/run-table.ts";
import { startGatehouse } from "./gatehouse-process.ts";
import { readOptions } from "./options.ts";
import { peerServiceOf, peerSubject } from "./peer-conformance.ts";
import { peersReport } from "./peers-report.ts";
import { machine, writeFigures } from "./readme.ts";
import { freePort, type ServerProcess, startServer } from "./server-process.ts";
import { installPeer } from "./serverless-offline.ts";

// `npm run bench:peers`: the conformance table, asked of our gateway and of serverless-offline, each as a process that its
// user starts, over HTTP and with the same eyes: what only our own process could tell is not looked at.

const values = readOptions(
  `npm run bench:peers
  --json    every case that differs, as one JSON document
  --write   puts the tables into bench/README.md`,
  { json: { type: "boolean" }, write: { type: "boolean" } },
);
// `npm run` starts it in the project's folder.
const projectDirectory = process.cwd();
const say = (text: string) => void (values.json ? process.stderr : process.stdout).write(`${text}\n`);

async function main(): Promise<number> {
  const scratch = mkdtempSync(join(tmpdir(), "gatehouse-bench-peers-"));
  const ending: (() => unknown)[] = [() => rmSync(scratch, { recursive: true, force: true })];
  try {
    const port = await freePort();
    let areFaultsShown = false;
    const issuer = await startConformanceIssuer({
      issuer: `http://127.0.0.1:${port}/oauth2/token`,
      port,
      nowSeconds: () => Date.now() / 1_000,
      areFaultsShown: () => areFaultsShown,
    });
    ending.push(() => issuer.close());
    say("installing the peer …");
    const installation = installPeer();
    ending.push(() => installation.remove());

    writeConformanceAssembly(scratch, issuer.issuer);
    const ours = await startGatehouse(projectDirectory, ["--assembly", scratch, "--real-issuer"]);
    ending.push(() => ours.stop());
    const { apis } = JSON.parse(ours.said.out) as { apis: readonly { name: string; url: string }[] };
    const oursAt = new Map(
      API_NAMES.map((name) => [name, apis.find((api) => api.name === `conformance-${name}`)?.url ?? ""] as const),
    );

    const servers = new Map<ApiName, ServerProcess>();
    ending.push(() => Promise.all([...servers.values()].map((server) => server.stop())));
    for (const api of API_NAMES) {
      say(`starting serverless-offline with the API ${api}: ${APIS[api].about} …`);
      const service = installation.service(`conformance-${api}`, peerServiceOf(api, issuer.issuer));
      servers.set(api, await startServer({ ...service, probe: { path: "/", takesAnyAnswer: true } }));
    }
    const peerAt = new Map([...servers].map(([api, server]) => [api, `http://127.0.0.1:${server.port}`] as const));

    areFaultsShown = true;
    const themes = readThemes(projectDirectory);
    const ask = (subject: Subject) =>
      runTable(subject, {
        themes,
        signer: signerOf(issuer),
        nowSeconds: () => Math.floor(Date.now() / 1_000),
        onTheme: (theme) => process.stderr.write(`${subject.name}: ${theme} …\n`),
      });
    const columns = {
      ours: await ask(httpSubject({ name: "Gatehouse", origins: oursAt, hasStillClock: false })),
      peer: await ask(peerSubject(peerAt)),
    };
    const figures = [machine(), ...peersReport(themes, columns)].join("\n\n");
    say(figures);
    if (values.json)
      process.stdout.write(`${JSON.stringify({ ours: columns.ours.rows, peer: columns.peer.rows }, null, 2)}\n`);
    if (values.write) writeFigures(projectDirectory, "peers", figures);
    return 0;
  } finally {
    for (const end of ending.toReversed()) await end();
  }
}

process.exitCode = await main();
