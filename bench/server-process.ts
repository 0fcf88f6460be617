import { execFileSync, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A server under test, in a process of its own. */
export interface ServerProcess {
  readonly port: number;
  /** Milliseconds from the start of the process to the first answer to its probe. */
  readonly coldStartMs: number;
  /** What it and its children hold in memory now, in MiB. */
  memoryMib(): number;
  /** The processor's time that it has used so far, all threads together; NaN where the system does not tell (Linux does). */
  processorMs(): number;
  stop(): Promise<void>;
}

export interface ServerStart {
  /** Where it runs, and where its output goes: a line a request costs both servers the same. */
  readonly directory: string;
  /** What Node is given. */
  readonly command: (port: number) => readonly string[];
  /** What is asked until the answer is a 200, or any at all. */
  readonly probe: {
    readonly path: string;
    readonly headers?: Readonly<Record<string, string>>;
    readonly takesAnyAnswer?: boolean;
  };
}

const PATIENCE_MS = 60_000;

/** Starts it on a free port and waits for its first 200. */
export async function startServer({ directory, command, probe }: ServerStart): Promise<ServerProcess> {
  const port = await freePort();
  const logFile = join(directory, `server-${port}.log`);
  const log = openSync(logFile, "w");
  const startedAt = performance.now();
  const child = spawn(process.execPath, command(port), { cwd: directory, stdio: ["ignore", log, log] });
  closeSync(log);
  let hasEnded = false;
  const exited = new Promise<void>((resolve) =>
    child.once("exit", () => {
      hasEnded = true;
      resolve();
    }),
  );
  const stop = async () => {
    child.kill("SIGINT");
    const timer = setTimeout(() => child.kill("SIGKILL"), 5_000);
    await exited;
    clearTimeout(timer);
  };
  const url = `http://127.0.0.1:${port}${probe.path}`;
  for (;;) {
    const status = await fetch(url, { headers: { ...probe.headers } }).then(
      (response) => response.text().then(() => response.status),
      () => undefined,
    );
    if (status === 200 || (probe.takesAnyAnswer && status !== undefined)) break;
    if (hasEnded || performance.now() - startedAt > PATIENCE_MS) {
      await stop();
      throw new Error(
        `no 200 (${status ?? "no answer"}) from ${command(port).join(" ")}\n${readFileSync(logFile, "utf8")}`,
      );
    }
    await sleep(5);
  }
  const coldStartMs = performance.now() - startedAt;
  return {
    port,
    coldStartMs,
    memoryMib: () => memoryMib(child.pid ?? 0),
    processorMs: () => processorMs(child.pid ?? 0),
    stop,
  };
}

export function freePort(): Promise<number> {
  const server = createServer();
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** Of /proc/PID/stat, whose ticks are of 10 ms; the name before them may hold spaces. */
function processorMs(pid: number): number {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return Number.NaN;
  }
}

/** Resident memory of a process and of all that it started. */
function memoryMib(pid: number): number {
  const rows = execFileSync("ps", ["-e", "-o", "pid=,ppid=,rss="], { encoding: "utf8" })
    .trim()
    .split("\n")
    .map((line) => line.trim().split(/\s+/).map(Number) as [number, number, number]);
  const family = new Set([pid]);
  for (let before = 0; before !== family.size; ) {
    before = family.size;
    for (const [child, parent] of rows) if (family.has(parent)) family.add(child);
  }
  return rows.reduce((sum, [one, , kib]) => (family.has(one) ? sum + kib : sum), 0) / 1_024;
}
