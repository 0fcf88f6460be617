import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

const made = new Map<string, string>();

/**
 * Finds what a process of its own runs: `function-runtime.mjs` for `lib/functions/runtime/function-runtime.ts`. The bundled
 * command line has it beside itself (bin/program.mjs). Where the sources run as they are, in tests and benches, esbuild
 * makes it once a process.
 * @param source from the project's folder on
 */
export function programFile(source: string): string {
  const name = `${basename(source, ".ts")}.mjs`;
  const bundled = join(import.meta.dirname, name);
  const known = made.get(source) ?? (existsSync(bundled) ? bundled : bundle(source, name));
  made.set(source, known);
  return known;
}

function bundle(source: string, name: string): string {
  const { buildSync } = createRequire(import.meta.url)("esbuild") as typeof import("esbuild");
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-runtime-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const outfile = join(folder, name);
  buildSync({
    absWorkingDir: join(import.meta.dirname, "..", ".."),
    entryPoints: [source],
    outfile,
    bundle: true,
    platform: "node",
    target: "node20",
    format: "esm",
    logLevel: "warning",
  });
  return outfile;
}
