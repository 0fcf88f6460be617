import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { makeOwnFolder } from "./own-folder.ts";

/** More runs of one environment are not to be expected. */
const MOST_RUNS = 100;

/** A folder that one run writes to. */
export interface OutputFolder {
  readonly path: string;
  /** Lets another run have it. */
  readonly release: () => void;
}

/**
 * Takes a folder for the output of this run: a run that serves from it must not have another one write to it. Where a run
 * that goes on has it, it is `path-2`, and so forth. A file beside it, `path.lock`, holds the process id of the run.
 * @throws Mistake `folder-foreign`
 */
export function claimOutputFolder(path: string): OutputFolder {
  makeOwnFolder(dirname(path));
  for (let run = 1; run <= MOST_RUNS; run += 1) {
    const own = run === 1 ? path : `${path}-${run}`;
    const lock = `${own}.lock`;
    if (!isTaken(lock) && isLocked(lock)) {
      makeOwnFolder(own);
      return { path: own, release: () => rmSync(lock, { force: true }) };
    }
  }
  throw new Error(`${MOST_RUNS} runs write to ${path}`);
}

/** One that nobody has any more is removed. */
function isTaken(lock: string): boolean {
  try {
    const pid = Number(readFileSync(lock, "utf8"));
    // 0 would be the group of this process.
    if (pid > 0 && process.kill(pid, 0)) return true;
    rmSync(lock, { force: true });
    return false;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    // A process of another user is there as well.
    if (code === "EPERM") return true;
    rmSync(lock, { force: true });
    return false;
  }
}

function isLocked(lock: string): boolean {
  try {
    writeFileSync(lock, String(process.pid), { flag: "wx", mode: 0o600 });
    return true;
  } catch {
    return false;
  }
}
