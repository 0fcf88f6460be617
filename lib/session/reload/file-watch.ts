import { statSync } from "node:fs";
import { watch } from "chokidar";

export interface FileWatchOptions {
  readonly folder: string;
  /** A path that is not looked at, nor what is below it. */
  readonly isIgnored: (path: string) => boolean;
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

/** Watches a folder. Saves of every kind are noticed, those that put a new file in the place of the old one as well. */
export function watchFiles({ folder, isIgnored, quietMs, onChange, onError }: FileWatchOptions): FileWatch {
  let paths = new Set<string>();
  let sinceMs = 0;
  let timer: NodeJS.Timeout | undefined;
  const looks = new Set<NodeJS.Timeout>();
  const tell = () => {
    const change = { paths, sinceMs };
    paths = new Set();
    lookAgain(change.paths);
    onChange(change);
  };
  const lookAgain = (told: ReadonlySet<string>) => {
    const states = [...told].map((path) => ({ path, state: stateOf(path) }));
    const look = setTimeout(() => {
      looks.delete(look);
      for (const { path, state } of states) if (stateOf(path) !== state) note(path);
    }, SECOND_LOOK_MS);
    looks.add(look);
  };
  const note = (path: string) => {
    const nowMs = performance.now();
    if (paths.size === 0) sinceMs = nowMs;
    paths.add(path);
    clearTimeout(timer);
    timer = setTimeout(tell, nowMs - sinceMs > quietMs * LONGEST_WAIT_QUIETS ? 0 : quietMs);
  };
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
      for (const one of [timer, ...looks]) clearTimeout(one);
      return watcher.close();
    },
  };
}

/** Tells one content of a file from the next, as far as its directory entry does. */
function stateOf(path: string): string {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat ? `${stat.ino} ${stat.size} ${stat.mtimeMs}` : "";
}
