import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** This checkout. Its `cdk.json` is the user's: only `test/stack/cdk-json.test.ts` reads it. */
export const CHECKOUT: string = join(import.meta.dirname, "..");

/** What this project is made of, without its tests and its `cdk.json`. */
const PARTS = ["bin", "lib", "lambda", "package.json", "package-lock.json", "tsconfig.json"];

/** A copy of this project whose sources may be changed. It shares the packages. */
export interface ProjectCopy {
  readonly directory: string;
  remove(): void;
}

/**
 * Copies this project, with the environments of `test/fixture/cdk.json`.
 * @param more of the project: `test`, for instance
 */
export function copyProject(...more: readonly string[]): ProjectCopy {
  const directory = mkdtempSync(join(tmpdir(), "gatehouse-project-"));
  for (const part of [...PARTS, ...more]) cpSync(join(CHECKOUT, part), join(directory, part), { recursive: true });
  cpSync(join(CHECKOUT, "test", "fixture", "cdk.json"), join(directory, "cdk.json"));
  symlinkSync(join(CHECKOUT, "node_modules"), join(directory, "node_modules"), "dir");
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
