import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Mistake } from "../findings/mistake.ts";
import type { InitPlan } from "./plan.ts";

/** Writes a plan. A file that has come into being meanwhile is not overwritten. @throws Mistake `init-unwritable` */
export function writePlan(directory: string, { changes }: InitPlan): void {
  for (const { path, before, after } of changes) {
    const file = join(directory, path);
    try {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, after, { flag: before === undefined ? "wx" : "w" });
    } catch (cause) {
      throw new Mistake(
        "init-unwritable",
        {
          what: `${path} cannot be written`,
          got: cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error",
          expected: "a folder that may be written to",
          fix: "correct the permissions and run init again: it goes on where it stopped",
        },
        { cause },
      );
    }
  }
}
