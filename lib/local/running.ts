import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** An embedded issuer that runs on this machine, as another process finds it. */
export interface RunningIssuer {
  /** What the template names. */
  readonly issuer: string;
  /** Where it really answers. */
  readonly issuerUrl: string;
  readonly origin: string;
  /** Lets a process of the same user ask for a token. */
  readonly session: string;
  readonly audience: readonly string[];
  readonly scopes: readonly string[];
}

/** One `gatehouse local` that runs on this machine. */
export interface Running {
  readonly pid: number;
  readonly apiUrl: string;
  /** The environment's name; null for a foreign assembly. */
  readonly environment: string | null;
  readonly startedAtMs: number;
  readonly issuers: readonly RunningIssuer[];
}

/** The folder of this user's notes: in the system's temporary folder, readable by the user alone. */
const runningDirectory = (): string => join(tmpdir(), `gatehouse-${process.getuid?.() ?? "user"}`);

/**
 * Leaves a note that other commands find (`token`, `explain`, `mirror`). It holds no key, only the session word by which
 * the issuer knows a process of the same user.
 * @returns takes the note away again
 */
export function announce(running: Running, directory = runningDirectory()): () => void {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  chmodSync(directory, 0o700);
  const file = join(directory, `${running.pid}.json`);
  writeFileSync(file, JSON.stringify(running), { mode: 0o600 });
  return () => rmSync(file, { force: true });
}

/** Those that run now, the newest first. Notes of processes that are gone are taken away. */
export function findRunning(directory = runningDirectory()): readonly Running[] {
  const found: Running[] = [];
  for (const name of namesIn(directory)) {
    const file = join(directory, name);
    const running = readNote(file);
    if (running && isAlive(running.pid)) found.push(running);
    else rmSync(file, { force: true });
  }
  return found.toSorted((one, other) => other.startedAtMs - one.startedAtMs);
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith(".json"));
  } catch {
    return [];
  }
}

function readNote(file: string): Running | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Running;
  } catch {
    return undefined;
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
