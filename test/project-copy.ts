import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PROJECT = join(import.meta.dirname, "..");

/** What this project is made of, without its tests. */
const PARTS = ["bin", "lib", "lambda", "cdk.json", "package.json", "package-lock.json", "tsconfig.json"];

/** A copy of this project whose sources may be changed. It shares the packages. */
export interface ProjectCopy {
  readonly directory: string;
  remove(): void;
}

/** @param more of the project: `test`, for instance */
export function copyProject(...more: readonly string[]): ProjectCopy {
  const directory = mkdtempSync(join(tmpdir(), "gatehouse-project-"));
  for (const part of [...PARTS, ...more]) cpSync(join(PROJECT, part), join(directory, part), { recursive: true });
  symlinkSync(join(PROJECT, "node_modules"), join(directory, "node_modules"), "dir");
  return { directory, remove: () => rmSync(directory, { recursive: true, force: true }) };
}
