// Runs inside the process of a CDK app, before the app, for a local synthesis. It changes nothing of what the app makes:
// it loads the app's packages ahead of time where it has to wait, and notes what the app read, so that a change of any
// of it is known to concern the app. Told by an environment variable, which it takes away again.
import { createHash } from "node:crypto";
import fs from "node:fs";
import { createRequire, syncBuiltinESMExports } from "node:module";
import { join, resolve, sep } from "node:path";

// Before it is replaced below.
const { readFileSync, readSync, writeFileSync } = fs;
const { report, waits, nodeOptions } = JSON.parse(process.env.GATEHOUSE_SYNTHESIS ?? "{}");
delete process.env.GATEHOUSE_SYNTHESIS;
// The processes that the app starts find it as a person set it.
if (nodeOptions === undefined) delete process.env.NODE_OPTIONS;
else process.env.NODE_OPTIONS = nodeOptions;
const project = process.cwd();
const require = createRequire(join(project, "package.json"));
const packages = `${sep}node_modules${sep}`;
const files = new Set();
const bundles = [];

if (report !== undefined) {
  if (waits) {
    loadPackages();
    process.env.CDK_CONTEXT_JSON = JSON.parse(nextLine()).context;
  }
  noteReads();
  noteBundles();
  process.once("exit", writeReport);
}

/** Those that the last synthesis loaded, in the same order. What one says when it is loaded, it says to nobody. */
function loadPackages() {
  for (const file of JSON.parse(readFileSync(report, "utf8")).packages)
    try {
      require(file);
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
  fs.readFileSync = (path, ...rest) => {
    if (typeof path === "string") files.add(resolve(path));
    else if (path instanceof URL && path.protocol === "file:") files.add(path.pathname);
    return readFileSync(path, ...rest);
  };
  syncBuiltinESMExports();
}

/** What the app has esbuild bundle in its own process, with which options, and what came out. */
function noteBundles() {
  let path;
  try {
    path = require.resolve("esbuild");
  } catch {
    return;
  }
  const esbuild = require(path);
  const buildSync = (options) => {
    const result = esbuild.buildSync(options);
    if (typeof options?.outfile === "string" && options.plugins === undefined)
      bundles.push({ options, sha256: createHash("sha256").update(readFileSync(options.outfile)).digest("hex") });
    return result;
  };
  require.cache[path].exports = { ...esbuild, buildSync };
}

/** One that failed leaves the report of the one before it. */
function writeReport(exitCode) {
  if (exitCode !== 0) return;
  const loaded = Object.keys(require.cache);
  const own = [...loaded, ...files].filter((file) => file.startsWith(project + sep) && !file.includes(packages));
  const text = { packages: loaded.filter((file) => file.includes(packages)), files: [...new Set(own)], bundles };
  writeFileSync(report, JSON.stringify(text));
}
