import { statSync } from "node:fs";
import { watch } from "chokidar";

export interface FileWatchOptions {
  readonly folder: string;
  /** A path that is not looked at, nor what is below it. */
  readonly isIgnored: (path: string) => boolean;
  /** The files that count now. They are looked at by themselves, too: the system does not tell of everything. */
  readonly files: () => readonly string[];
  /** When they were read, in milliseconds since 1970: what changed between that and the watch is a change, too. */
  readonly readAtMs: number;
  /** Changes that follow each other more quickly are one, in milliseconds. */
  readonly quietMs: number;
  readonly onChange: (change: FileChange) => void;
  /** The system does not let us watch. */
  readonly onError: (error: unknown) => void;
}

/** Files that were written, made or removed, and when the first of them was noticed, as `performance.now()` tells it. */
export interface FileChange {
  readonly paths: ReadonlySet<string>;
  readonly sinceMs: number;
}

export interface FileWatch {
  /** When every change from now on is noticed. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

/** A save that takes longer is reported in parts. */
const LONGEST_WAIT_QUIETS = 20;

/** chokidar keeps a file's next change to itself for 50 ms, and for ever where none follows. */
const SECOND_LOOK_MS = 60;

/**
 * What the system tells within milliseconds it does not tell of a folder that took another one's place, or was removed and made
 * again. So the files that count are looked at this often as well: a look at 300 of them takes about a millisecond.
 */
const LOOK_MS = 300;

/** Watches a folder. Saves of every kind are noticed, those that put a new file or folder in the place of the old one as well. */
export function watchFiles({
  folder,
  isIgnored,
  files,
  readAtMs,
  quietMs,
  onChange,
  onError,
}: FileWatchOptions): FileWatch {
  let paths = new Set<string>();
  let sinceMs = 0;
  let timer: NodeJS.Timeout | undefined;
  const looks = new Set<NodeJS.Timeout>();
  const look = () => statesOf(files().filter((path) => !isIgnored(path)));
  let seen = look();
  const tell = () => {
    const change = { paths, sinceMs };
    paths = new Set();
    // Before they are read: what is written from now on is another change.
    seen = look();
    lookAgain(change.paths);
    onChange(change);
  };
  const lookAgain = (told: ReadonlySet<string>) => {
    const states = [...told].map((path) => ({ path, state: stateOf(path) }));
    const second = setTimeout(() => {
      looks.delete(second);
      for (const { path, state } of states) if (stateOf(path) !== state) note(path);
    }, SECOND_LOOK_MS);
    looks.add(second);
  };
  const note = (path: string) => {
    const nowMs = performance.now();
    if (paths.size === 0) sinceMs = nowMs;
    paths.add(path);
    clearTimeout(timer);
    timer = setTimeout(tell, nowMs - sinceMs > quietMs * LONGEST_WAIT_QUIETS ? 0 : quietMs);
  };
  for (const path of seen.keys()) if (changedAtMs(path) > readAtMs) note(path);
  const lookAtAll = () => {
    const now = look();
    // A file that counts only since the last look did not change by that.
    for (const [path, state] of now) if ((seen.get(path) ?? state) !== state) note(path);
    seen = now;
  };
  const looking = setInterval(lookAtAll, LOOK_MS).unref();
  const watcher = watch(folder, {
    ignored: (path) => isIgnored(path),
    ignoreInitial: true,
    ignorePermissionErrors: true,
  });
  watcher.on("all", (_, path) => note(path));
  watcher.on("error", onError);
  return {
    ready: new Promise((resolve) => void watcher.once("ready", () => resolve())),
    close: () => {
      clearInterval(looking);
      for (const one of [timer, ...looks]) clearTimeout(one);
      return watcher.close();
    },
  };
}

const statesOf = (paths: readonly string[]) => new Map(paths.map((path) => [path, stateOf(path)]));

/**
 * Tells one content of a file, or one folder, from the next, as far as its directory entry does. A program may set the time of
 * a change back, and not the time at which the entry changed.
 */
function stateOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat ? `${stat.ino} ${stat.size} ${stat.isDirectory() ? "" : stat.ctimeNs}` : "";
}

/** When a directory entry last changed, in milliseconds since 1970; 0 where there is none. */
const changedAtMs = (path: string): number => statSync(path, { throwIfNoEntry: false })?.ctimeMs ?? 0;
