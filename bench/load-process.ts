import { spawn } from "node:child_process";
import { join } from "node:path";
import type { LoadJob, LoadResult } from "./load.ts";

/** Runs load.ts in a process of its own; whatever it says on stderr is the reader's. */
export function load(projectDirectory: string, job: LoadJob): Promise<LoadResult> {
  const child = spawn(process.execPath, ["--import", "tsx", join(projectDirectory, "bench", "load.ts")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => void (text += chunk));
  child.stdin.end(JSON.stringify(job));
  return new Promise((resolve, reject) => {
    child.once("close", (code) =>
      code === 0 ? resolve(JSON.parse(text) as LoadResult) : reject(new Error(`the load ended with ${code}`)),
    );
  });
}
