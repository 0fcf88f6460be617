import { lstatSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GuardedApi } from "../assembly/route-guards.ts";
import { Mistake } from "../findings/mistake.ts";

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
  /** The folder in which it was started. */
  readonly folder: string;
  /** The environment's name; null for a foreign assembly. */
  readonly environment: string | null;
  readonly startedAtMs: number;
  readonly issuers: readonly RunningIssuer[];
  /** What is served, and who guards it. */
  readonly apis?: readonly GuardedApi[];
}

/** The variables of a process. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where this user's notes are: the session's runtime folder where the system gives one, else the temporary folder. */
function runningDirectory({ XDG_RUNTIME_DIR: runtime }: Environment): string {
  return runtime ? join(runtime, "gatehouse") : join(tmpdir(), `gatehouse-${userId() ?? "user"}`);
}

const userId = () => process.getuid?.();

/**
 * The same, made where it is not there yet.
 * @throws Mistake `notes-folder-foreign`
 */
export function ownNotesDirectory(environment: Environment): string {
  const directory = runningDirectory(environment);
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  if (isOwn(directory)) return directory;
  throw new Mistake("notes-folder-foreign", {
    what: "the folder where running issuers are noted is open to other users",
    got: directory,
    expected: "a folder of this user, which nobody else may write to",
    fix: `remove ${directory}, or set XDG_RUNTIME_DIR to a folder of your own`,
  });
}

/**
 * Leaves a note that other commands find (`token`, `explain`, `mirror`). It holds no key, only the session word by which
 * the issuer knows a process of the same user.
 * @param environment that of the process; `XDG_RUNTIME_DIR` is read
 * @returns takes the note away again
 * @throws Mistake `notes-folder-foreign`
 */
export function announce(running: Running, environment: Environment): () => void {
  const directory = ownNotesDirectory(environment);
  const file = join(directory, `${running.pid}.json`);
  writeFileSync(file, JSON.stringify(running), { mode: 0o600 });
  return () => rmSync(file, { force: true });
}

/**
 * Those that run now. Notes of processes that are gone are taken away.
 * @param folder the asker's: what was started there comes first, then the newest
 */
export function findRunning(environment: Environment, folder: string): readonly Running[] {
  const directory = runningDirectory(environment);
  const found: Running[] = [];
  for (const name of isOwn(directory) ? namesIn(directory) : []) {
    const file = join(directory, name);
    const running = readNote(file);
    if (running && isAlive(running.pid)) found.push(running);
    else rmSync(file, { force: true });
  }
  const isElsewhere = (one: Running) => Number(one.folder !== folder);
  return found.toSorted((one, other) => isElsewhere(one) - isElsewhere(other) || other.startedAtMs - one.startedAtMs);
}

/** Anyone who else could write a note could name an issuer of theirs, and `explain` would believe its keys. */
function isOwn(directory: string): boolean {
  const stat = lstatSync(directory, { throwIfNoEntry: false });
  if (!stat?.isDirectory()) return false;
  const user = userId();
  return user === undefined || (stat.uid === user && (stat.mode & 0o022) === 0);
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
