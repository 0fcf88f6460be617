// Runs inside the process of a CDK app, before the app, for a local synthesis. It changes nothing of what the app makes:
// it loads the app's packages ahead of time where it has to wait, and notes what the app read, so that a change of any
// of it is known to concern the app. Told by an environment variable, which it takes away again.
import { createHash } from "node:crypto";
import fs, { type PathOrFileDescriptor } from "node:fs";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { join, resolve, sep } from "node:path";
import type { BuildOptions } from "esbuild";

// Before it is replaced below.
const { readFileSync, readSync, writeFileSync } = fs;
const { report: reportFile, waits, nodeOptions } = JSON.parse(process.env.GATEHOUSE_SYNTHESIS ?? "{}") as Told;
delete process.env.GATEHOUSE_SYNTHESIS;
// The processes that the app starts find it as a person set it.
if (nodeOptions === undefined) delete process.env.NODE_OPTIONS;
else process.env.NODE_OPTIONS = nodeOptions;

/** What synthesis.ts tells by the environment variable. */
interface Told {
  /** The file to write; undefined in a process that only inherited the hook. */
  readonly report?: string;
  readonly waits?: boolean;
  readonly nodeOptions?: string;
}

interface Bundle {
  readonly options: BuildOptions;
  readonly sha256: string;
}

const project = process.cwd();
const require = createRequire(join(project, "package.json"));
const packages = `${sep}node_modules${sep}`;
const files = new Set<string>();
const bundles: Bundle[] = [];

if (reportFile !== undefined) {
  if (waits) {
    loadPackages(reportFile);
    process.env.CDK_CONTEXT_JSON = (JSON.parse(nextLine()) as { readonly context: string }).context;
  }
  noteReads();
  noteBundles();
  process.once("exit", (exitCode) => writeReport(reportFile, exitCode));
}

/** Those that the last synthesis loaded, in the same order. What one says when it is loaded, it says to nobody. */
function loadPackages(file: string) {
  const { packages: loaded } = JSON.parse(readFileSync(file, "utf8")) as { readonly packages: readonly string[] };
  for (const one of loaded)
    try {
      require(one);
    } catch {
      // The app will meet it again, and say so.
    }
}

/** Waits; a parent that is gone ends this process as well. */
function nextLine() {
  const chunk = Buffer.alloc(65_536);
  let text = "";
  while (!text.endsWith("\n")) {
    const length = readSync(0, chunk);
    if (length === 0) process.exit(0);
    text += chunk.toString("utf8", 0, length);
  }
  return text;
}

function noteReads() {
  const read = readFileSync as (path: PathOrFileDescriptor, ...rest: readonly unknown[]) => string | Buffer;
  fs.readFileSync = ((path: PathOrFileDescriptor, ...rest: readonly unknown[]) => {
    if (typeof path === "string") files.add(resolve(path));
    else if (path instanceof URL && path.protocol === "file:") files.add(path.pathname);
    return read(path, ...rest);
  }) as typeof readFileSync;
  syncBuiltinESMExports();
}

/** What the app has esbuild bundle in its own process, with which options, and what came out. */
function noteBundles() {
  let path: string;
  try {
    path = require.resolve("esbuild");
  } catch {
    return;
  }
  const esbuild = require(path) as typeof import("esbuild");
  const buildSync = (options: BuildOptions) => {
    const result = esbuild.buildSync(options);
    if (typeof options?.outfile === "string" && options.plugins === undefined)
      bundles.push({ options, sha256: createHash("sha256").update(readFileSync(options.outfile)).digest("hex") });
    return result;
  };
  const loaded = require.cache[path];
  if (loaded) loaded.exports = { ...esbuild, buildSync };
}

/** One that failed leaves the report of the one before it. */
function writeReport(report: string, exitCode: number) {
  if (exitCode !== 0) return;
  const loaded = Object.keys(require.cache);
  const own = [...loaded, ...files].filter((file) => file.startsWith(project + sep) && !file.includes(packages));
  const text = { packages: loaded.filter((file) => file.includes(packages)), files: [...new Set(own)], bundles };
  writeFileSync(report, JSON.stringify(text));
}
