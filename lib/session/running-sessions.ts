import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GuardedApi } from "../assembly/route-guards.ts";
import { isOwnFolder } from "../config/own-folder.ts";
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
  /** Its console, and the key by which the console knows a process of the same user. @default - it has none */
  readonly console?: { readonly origin: string; readonly key: string };
  /** What is served, and who guards it. */
  readonly apis?: readonly (GuardedApi & { readonly url?: string })[];
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
 * @throws Mistake `notes-folder-foreign`, `notes-unwritable`
 */
export function ownNotesDirectory(environment: Environment): string {
  const directory = runningDirectory(environment);
  orUnwritable(directory, () => mkdirSync(directory, { recursive: true, mode: 0o700 }));
  // Anyone else who could write a note could name an issuer of theirs, and `explain` would believe its keys.
  if (isOwnFolder(directory)) return directory;
  throw new Mistake("notes-folder-foreign", {
    what: "the folder where running issuers are noted is open to other users",
    got: directory,
    expected: "a folder of this user, which nobody else may write to",
    fix: `remove ${directory}, or set XDG_RUNTIME_DIR to a folder of your own`,
  });
}

/** Runs what writes a note. @throws Mistake `notes-unwritable` */
export function orUnwritable(path: string, write: () => void): void {
  try {
    write();
  } catch (cause) {
    throw new Mistake(
      "notes-unwritable",
      {
        what: "the note by which other commands find this run cannot be written",
        got: `${path}: ${cause instanceof Error ? cause.message : String(cause)}`,
        expected: "a folder with free space where this user may write",
        fix: "set XDG_RUNTIME_DIR to such a folder",
      },
      { cause },
    );
  }
}

/**
 * Leaves a note that other commands find (`token`, `explain`, `mirror`). It holds no signing key, only the words by which
 * the issuer and the console know a process of the same user.
 * @param environment that of the process; `XDG_RUNTIME_DIR` is read
 * @returns takes the note away again
 * @throws Mistake `notes-folder-foreign`, `notes-unwritable`
 */
export function announce(running: Running, environment: Environment): () => void {
  const directory = ownNotesDirectory(environment);
  const file = join(directory, `${running.pid}.json`);
  const note: Note = { ...running, processStart: processStartOf(running.pid) };
  orUnwritable(file, () => writeFileSync(file, JSON.stringify(note), { mode: 0o600 }));
  return () => rmSync(file, { force: true });
}

/**
 * Those that run now. Notes of processes that are gone are taken away.
 * @param folder the asker's: what was started there comes first, then the newest
 */
export function findRunning(environment: Environment, folder: string): readonly Running[] {
  const directory = runningDirectory(environment);
  const found: Running[] = [];
  for (const name of isOwnFolder(directory) ? namesIn(directory) : []) {
    const file = join(directory, name);
    const note = readNote(file);
    if (note === undefined || !isAlive(note)) {
      rmSync(file, { force: true });
      continue;
    }
    const { processStart: _, ...running } = note;
    found.push(running);
  }
  const isElsewhere = (one: Running) => Number(one.folder !== folder);
  return found.toSorted((one, other) => isElsewhere(one) - isElsewhere(other) || other.startedAtMs - one.startedAtMs);
}

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory).filter((name) => name.endsWith(".json"));
  } catch {
    return [];
  }
}

/** A process id may be given to another process after a crash: the time at which the process began tells them apart. */
type Note = Running & { readonly processStart: string | undefined };

/** A note as it was written; undefined for a file that is cut off, or of another version. */
function readNote(file: string): Note | undefined {
  try {
    const note = JSON.parse(readFileSync(file, "utf8")) as Note;
    const isWhole =
      Number.isInteger(note.pid) &&
      [note.apiUrl, note.folder].every((one) => typeof one === "string") &&
      typeof note.startedAtMs === "number" &&
      Array.isArray(note.issuers) &&
      note.issuers.every(({ issuer, issuerUrl, origin, session, audience, scopes }) =>
        [issuer, issuerUrl, origin, session, ...audience, ...scopes].every((one) => typeof one === "string"),
      );
    return isWhole ? note : undefined;
  } catch {
    return undefined;
  }
}

function isAlive({ pid, processStart }: Note): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  return processStartOf(pid) === processStart;
}

/** When a process began, in the system's own unit (proc_pid_stat(5), field 22); undefined where the system has no /proc. */
function processStartOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The second field, the program's name, may hold anything.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}
