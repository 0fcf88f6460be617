#!/usr/bin/env node
// The first file of the command. A Node that is too old must be able to read it, to name the Node that is needed: no
// top-level await here, and only what Node 14 knows. In a checkout the command line is bundled from its sources at the first
// start; the package brings it in dist. Why there are two ways: docs/decisions/one-package.md.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const home = dirname(dirname(fileURLToPath(import.meta.url)));
const { engines } = JSON.parse(readFileSync(join(home, "package.json"), "utf8"));
const isCheckout = existsSync(join(home, "bin", "program.mjs"));

if (isOlder(process.versions.node, engines.node))
  stop({
    code: "node-too-old",
    what: "this Node cannot run gatehouse",
    got: `Node ${process.versions.node}`,
    expected: `Node ${engines.node}`,
    fix: "install a newer Node, such as https://nodejs.org or 'nvm install --lts' gives it",
  });
else if (isCheckout && !existsSync(join(home, "node_modules", "esbuild", "package.json")))
  stop({
    code: "packages-missing",
    what: "the packages of this checkout are not installed",
    got: `no esbuild in ${join(home, "node_modules")}`,
    expected: "the packages of package-lock.json",
    fix: `npm ci (in ${home})`,
  });
else if (!isCheckout && !existsSync(join(home, "dist", "cli", "gatehouse.mjs")))
  stop({
    code: "package-incomplete",
    what: "this package of gatehouse is incomplete",
    got: `no ${join(home, "dist", "cli", "gatehouse.mjs")}`,
    expected: "a package that 'npm pack' or 'npm publish' made: they build it first",
    fix: "npm install --save-dev gatehouse",
  });
else
  run().catch((error) => {
    console.error(error);
    process.exitCode = 1;
  });

async function run() {
  if (process.env.GATEHOUSE_DEBUG) process.setSourceMapsEnabled(true);
  const { program, ...bundles } = await (isCheckout ? fromSources() : fromPackage());
  await (await import(pathToFileURL(program).href)).run({ home, ...bundles });
}

async function fromSources() {
  const { functionsFolder, pageFolder, programFolder } = await import("./program.mjs");
  return {
    program: join(await programFolder(home), "gatehouse.mjs"),
    pageFolder: () => pageFolder(home),
    functionsFolder: () => functionsFolder(home),
  };
}

async function fromPackage() {
  const folder = join(home, "dist", "cli");
  return {
    program: join(folder, "gatehouse.mjs"),
    pageFolder: async () => join(folder, "page"),
    functionsFolder: async () => join(home, "dist", "cjs", "lambda"),
  };
}

/** @param range such as ">=20.19" */
function isOlder(version, range) {
  const [major, minor] = version.split(".").map(Number);
  const [leastMajor, leastMinor] = range.replace(">=", "").split(".").map(Number);
  return major < leastMajor || (major === leastMajor && minor < leastMinor);
}

/** The four parts, as every command prints them, and with --json as one document: what prints them there is not loaded yet. */
function stop({ code, what, got, expected, fix }) {
  process.exitCode = 1;
  if (process.argv.includes("--json")) console.log(JSON.stringify({ mistake: { code, what, got, expected, fix } }));
  else
    console.error(
      `mistake ${code}\n  what      ${what}\n  got       ${got}\n  expected  ${expected}\n  fix       ${fix}`,
    );
}
