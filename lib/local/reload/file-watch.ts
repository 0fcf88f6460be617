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

/** A save that goes on for so long is told in parts. */
const LONGEST_WAIT_QUIETS = 20;

/** Watches a folder. Saves of every kind are noticed, those that put a new file in the place of the old one as well. */
export function watchFiles({ folder, isIgnored, quietMs, onChange, onError }: FileWatchOptions): FileWatch {
  let paths = new Set<string>();
  let sinceMs = 0;
  let timer: NodeJS.Timeout | undefined;
  const tell = () => {
    const change = { paths, sinceMs };
    paths = new Set();
    onChange(change);
  };
  const watcher = watch(folder, {
    ignored: (path) => isIgnored(path),
    ignoreInitial: true,
    ignorePermissionErrors: true,
  });
  watcher.on("all", (_, path) => {
    const nowMs = performance.now();
    if (paths.size === 0) sinceMs = nowMs;
    paths.add(path);
    clearTimeout(timer);
    timer = setTimeout(tell, nowMs - sinceMs > quietMs * LONGEST_WAIT_QUIETS ? 0 : quietMs);
  });
  watcher.on("error", onError);
  return {
    ready: new Promise((resolve) => void watcher.once("ready", () => resolve())),
    close: () => {
      clearTimeout(timer);
      return watcher.close();
    },
  };
}
