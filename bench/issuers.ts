// oxlint-disable no-await-in-loop -- requests that come one after another
import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { documentFetcher } from "../lib/http/fetch-document.ts";
import { IssuerKeys } from "../lib/keys/issuer-keys.ts";
import type { KeyAnswer } from "../lib/rules/key-answer.ts";
import { makeAuthority, makeSelfSigned } from "../test/keys/certificates.ts";
import { type FaultIssuer, faults, json, startFaultIssuer, startRawIssuer } from "../test/keys/fault-issuer.ts";
import { rsaJwk } from "../test/keys/jwks.ts";
import { readOptions } from "./options.ts";
import { machine, writeFigures } from "./readme.ts";
import { aligned } from "./report.ts";

// `npm run bench:issuers`: what the key client makes of issuers that misbehave, on real sockets and real TLS. The tests
// of test/keys hold the same bars; this prints the figures.

const values = readOptions(
  `npm run bench:issuers
  --write   puts the tables into bench/README.md`,
  { write: { type: "boolean" } },
);
const SLOWEST_VERDICT_MS = 1_600;
const AT_ONCE = 8;
const KEY = rsaJwk("good");
const authority = await makeAuthority();
const certificate = await authority.issue();
const open: { close(): Promise<void> }[] = [];

interface Bar {
  readonly what: string;
  readonly seen: string;
  readonly bar: string;
  readonly holds: boolean;
}

const begun = <Issuer extends { close(): Promise<void> }>(issuer: Issuer) => {
  open.push(issuer);
  return issuer;
};

const start = async (answers: Partial<Pick<FaultIssuer, "discovery" | "jwks">> = {}) =>
  Object.assign(begun(await startFaultIssuer(certificate)), { jwks: json({ keys: [KEY] }), ...answers });

const clientOf = (issuer: string, nowMs: () => number = Date.now, deadlineMs = 1_500) =>
  new IssuerKeys({ issuer, fetchDocument: documentFetcher({ ca: authority.ca, deadlineMs }), nowMs });

async function timed(asking: KeyAnswer | Promise<KeyAnswer>) {
  const startedAtMs = performance.now();
  const answer = await asking;
  return { answer, elapsedMs: performance.now() - startedAtMs };
}

/** One row a fault, as the discovery document and as the JWKS. */
async function verdicts(): Promise<readonly (readonly string[])[]> {
  const issuers: (readonly [name: string, issuer: string])[] = [];
  for (const name of Object.keys(faults) as (keyof typeof faults)[])
    for (const document of ["discovery", "jwks"] as const)
      issuers.push([`${document}: ${name}`, (await start({ [document]: faults[name] })).issuer]);
  issuers.push(["slow TLS", begun(await startRawIssuer(() => undefined)).issuer]);
  issuers.push(["a self-signed certificate", begun(await startFaultIssuer(await makeSelfSigned())).issuer]);
  issuers.push(["a name that does not exist", `https://${"a".repeat(64)}.invalid/oauth2/token`]);
  const found: { readonly name: string; readonly answer: KeyAnswer; readonly elapsedMs: number }[] = [];
  // A few at once: they share this process, and each other's handshakes are not what is measured.
  for (let from = 0; from < issuers.length; from += AT_ONCE) {
    const some = issuers.slice(from, from + AT_ONCE);
    found.push(
      ...(await Promise.all(
        some.map(async ([name, issuer]) => ({ name, ...(await timed(clientOf(issuer).find("good"))) })),
      )),
    );
  }
  return found.map(({ name, answer, elapsedMs }) => [
    name,
    answer.kind === "unavailable" ? answer.stage : answer.kind,
    elapsedMs.toFixed(0),
  ]);
}

async function coldRequests(): Promise<Bar> {
  const { issuer, asked } = await start();
  const client = clientOf(issuer);
  const answers = await Promise.all(Array.from({ length: 200 }, async () => client.find("good")));
  const found = answers.filter(({ kind }) => kind === "found").length;
  return {
    what: "200 cold requests at once",
    seen: `${found} answered, ${asked.discovery} discovery, ${asked.jwks} JWKS`,
    bar: "one fetch of each",
    holds: found === 200 && asked.discovery === 1 && asked.jwks === 1,
  };
}

async function unknownKids(): Promise<Bar> {
  let nowMs = Date.now();
  const issuer = await start();
  const client = clientOf(issuer.issuer, () => nowMs, 500);
  await client.find("good");
  issuer.jwks = faults["no answer"];
  nowMs += 10_000;
  const asked = Array.from({ length: 250 }, async (_, index) => client.find(`unknown-${index}`));
  const { answer, elapsedMs } = await timed(client.find("good"));
  await Promise.all(asked);
  const fetches = issuer.asked.jwks - 1;
  return {
    what: "250 unknown kids while the issuer hangs",
    seen: `${fetches} fetch, a known kid in ${elapsedMs.toFixed(2)} ms`,
    bar: "1 fetch a cool-down, under 5 ms",
    holds: fetches === 1 && answer.kind === "found" && elapsedMs < 5,
  };
}

async function deadIssuer(): Promise<Bar> {
  let nowMs = Date.now();
  const { issuer, asked } = await start({ discovery: faults[500] });
  const client = clientOf(issuer, () => nowMs);
  for (let request = 0; request < 50; request += 1) {
    await client.find("good");
    nowMs += 100;
  }
  return {
    what: "50 requests within 5 s on a dead issuer",
    seen: `${asked.discovery} fetches`,
    bar: "at most 5",
    holds: asked.discovery <= 5,
  };
}

async function largeBodies(): Promise<Bar> {
  const large = await Promise.all([
    start({ jwks: faults["20 MB"] }),
    start({ jwks: faults["20 MB, announced"] }),
    start({ jwks: faults["200 MB as gzip"] }),
  ]);
  const fine = await start({ jwks: json({ keys: Array.from({ length: 300 }, () => KEY) }) });
  const bad = Array.from({ length: 10 }, () => large).flat();
  const script = fileURLToPath(new URL("../test/keys/bad-document-client.ts", import.meta.url));
  const urls = [fine, ...bad].map(({ port }) => `https://localhost:${port}/jwks`);
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", script, authority.ca, ...urls]);
  const { grownMiB, heapMiB } = JSON.parse(stdout) as { grownMiB: number; heapMiB: number };
  return {
    what: "20 MB, 20 MB announced and 200 MB as gzip, ten times each",
    seen: `process ${grownMiB.toFixed(1)} MiB, heap ${heapMiB.toFixed(1)} MiB`,
    bar: "less than 10 MB",
    holds: grownMiB < 10 && heapMiB < 10,
  };
}

try {
  const rows = await verdicts();
  const slowest = Math.max(...rows.map(([, , ms]) => Number(ms)));
  const bars: readonly Bar[] = [
    {
      what: `the slowest verdict of ${rows.length}`,
      seen: `${slowest} ms`,
      bar: `${SLOWEST_VERDICT_MS} ms`,
      holds: slowest < SLOWEST_VERDICT_MS,
    },
    await coldRequests(),
    await unknownKids(),
    await deadIssuer(),
    await largeBodies(),
  ];
  const tables = [
    aligned([
      ["", "seen", "bar", "holds"],
      ...bars.map(({ what, seen, bar, holds }) => [what, seen, bar, holds ? "yes" : "NO"]),
    ]),
    aligned([["the issuer's fault", "stage", "ms"], ...rows]),
  ].map((lines) => lines.join("\n"));
  process.stdout.write(`${tables.join("\n\n")}\n`);
  if (values.write) writeFigures(process.cwd(), "issuers", [machine(), ...tables].join("\n\n"));
  process.exitCode = bars.every(({ holds }) => holds) ? 0 : 1;
} finally {
  await Promise.all(open.map((issuer) => issuer.close()));
}
