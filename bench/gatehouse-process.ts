import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { requestToken } from "../lib/session/running-issuer.ts";
import { findRunning } from "../lib/session/running-sessions.ts";

/** A `gatehouse local` in a process of its own, as a person starts it. */
export interface GatehouseProcess {
  readonly pid: number;
  readonly apiUrl: string;
  /** Milliseconds from the start of the process to the line that says it is ready. */
  readonly readyMs: number;
  /** What it wrote so far. */
  readonly said: { readonly out: string; readonly err: string };
  /** A token of its embedded issuer; a good one, unless a flaw is asked for. */
  token(asked?: Readonly<Record<string, unknown>>): Promise<string>;
  stop(): Promise<void>;
}

/** Starts it on any free port and waits until it is ready. */
export async function startGatehouse(projectDirectory: string, options: readonly string[]): Promise<GatehouseProcess> {
  const notes = mkdtempSync(join(tmpdir(), "gatehouse-bench-"));
  const environment = { ...process.env, XDG_RUNTIME_DIR: notes };
  const startedAt = performance.now();
  const child = spawn(
    process.execPath,
    [join(projectDirectory, "bin", "gatehouse.mjs"), "local", "--port", "0", "--json", ...options],
    { cwd: projectDirectory, env: environment, stdio: ["ignore", "pipe", "pipe"] },
  );
  const said = { out: "", err: "" };
  const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.stderr.setEncoding("utf8").on("data", (text: string) => void (said.err += text));
  const line = await new Promise<string>((resolve, reject) => {
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      said.out += text;
      if (said.out.includes("\n")) resolve(said.out.slice(0, said.out.indexOf("\n")));
    });
    child.once("exit", (code) => reject(new Error(`gatehouse ended with ${code}: ${said.err}`)));
  });
  const readyMs = performance.now() - startedAt;
  const { apiUrl } = JSON.parse(line) as { apiUrl: string };
  return {
    pid: child.pid ?? 0,
    apiUrl,
    readyMs,
    said,
    token: async (asked = {}) => {
      const [issuer] = findRunning(environment, process.cwd())[0]?.issuers ?? [];
      if (!issuer) throw new Error("it noted no embedded issuer");
      return requestToken(issuer, asked);
    },
    stop: async () => {
      child.kill("SIGINT");
      await exited;
      rmSync(notes, { recursive: true, force: true });
    },
  };
}
