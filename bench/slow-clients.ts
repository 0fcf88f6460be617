import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { startGatehouse } from "./gatehouse-process.ts";
import { writeAssembly } from "./gateway-api.ts";
import { readOptions } from "./options.ts";
import { machine } from "./readme.ts";
import { aligned } from "./report.ts";
import { ISSUER } from "./tokens.ts";

// `npm run soak:slow`: good requests while 500 clients never finish theirs.
// Ends with 1 where a good request was not answered with 200, or where one in a hundred took 50 ms or more and longer than
// without the slow clients: a machine that is busy with other things does not hold 50 ms by itself.

const values = readOptions(
  `npm run soak:slow
  --sockets 500   how many
  --seconds 60    how long`,
  { sockets: { type: "string", default: "500" }, seconds: { type: "string", default: "60" } },
);
const MOST_MS = 50;
const ALONE_SECONDS = 10;
const PAUSE_MS = 20;

interface Asked {
  readonly took: readonly number[];
  readonly wrong: number;
}

/** One good request after the other, each with a token. */
async function askFor(seconds: number, url: string, token: string): Promise<Asked> {
  const took: number[] = [];
  let wrong = 0;
  for (const until = performance.now() + seconds * 1_000; performance.now() < until; await sleep(PAUSE_MS)) {
    const startedAt = performance.now();
    const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } }).catch(() => undefined);
    await response?.text();
    took.push(performance.now() - startedAt);
    if (response?.status !== 200) wrong += 1;
  }
  return { took: took.toSorted((one, other) => one - other), wrong };
}

const at = ({ took }: Asked, share: number) =>
  took[Math.min(took.length - 1, Math.floor(took.length * share))] ?? Number.NaN;

async function main(): Promise<number> {
  const assembly = mkdtempSync(join(tmpdir(), "gatehouse-soak-slow-"));
  writeAssembly(assembly, ISSUER, 1);
  const running = await startGatehouse(process.cwd(), ["--assembly", assembly, "--no-watch"]);
  const slow = () =>
    spawn(
      process.execPath,
      ["--import", "tsx", join("bench", "slow-sockets.ts"), new URL(running.apiUrl).port, values.sockets],
      { stdio: ["ignore", "inherit", "inherit"] },
    );
  try {
    const [token, url] = [await running.token(), `${running.apiUrl}/me`];
    const alone = await askFor(ALONE_SECONDS, url, token);
    const clients = slow();
    await sleep(2_000);
    const beside = await askFor(Number(values.seconds), url, token);
    const hadEnded = clients.exitCode !== null;
    clients.kill();
    const row = (name: string, asked: Asked) => [
      name,
      String(asked.took.length),
      String(asked.wrong),
      ...[0.5, 0.99, 1].map((share) => at(asked, share).toFixed(1)),
    ];
    const lines = aligned([
      ["good requests", "asked", "not 200", "p50 ms", "p99 ms", "longest ms"],
      row("by itself", alone),
      row(`beside ${values.sockets} slow clients, ${values.seconds} s`, beside),
    ]);
    process.stdout.write(`${[machine(), "", ...lines].join("\n")}\n`);
    const mostMs = Math.max(MOST_MS, at(alone, 0.99));
    return hadEnded || alone.wrong + beside.wrong > 0 || at(beside, 0.99) >= mostMs ? 1 : 0;
  } finally {
    await running.stop();
    rmSync(assembly, { recursive: true, force: true });
  }
}

process.exitCode = await main();
