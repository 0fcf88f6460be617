import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { runTool } from "../tool.ts";
import { App } from "./app.ts";
import { freePort, stopAt } from "./breakpoint.ts";
import { MOST_PACKED_KB, type Packed, pack, strangersIn } from "./packed.ts";

const HELP = `npm run test:package [-- --built]

Tests the package as a user gets it. It is built, packed and checked by publint and attw. Its tarball is installed in an
app outside this folder that 'cdk init' made; there 'gatehouse init', 'local', 'token' and 'explain' run, and programs
import 'gatehouse/rules'. The same in an empty folder. The first step that fails ends it, with exit code 1.

  --built   take dist as 'npm run build' left it
`;

const PROJECT = join(import.meta.dirname, "..", "..");
const BIN = join(PROJECT, "node_modules", ".bin");

interface Manifest {
  readonly version: string;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const own = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")) as Manifest;

async function test(folder: string, isBuilt: boolean): Promise<void> {
  if (!isBuilt) await step("build", () => tool("npm", "run", "--silent", "build"));
  const packed = await step("npm pack", () => pack(PROJECT, folder));
  checkContents(packed);
  const linted = Promise.all([
    step("publint", () => tool(join(BIN, "publint"), "--strict", "--pack", "false")),
    step("attw", () => tool(join(BIN, "attw"), "--quiet", packed.tarball)),
  ]);
  // Awaited below; a failure before that must not leave it unhandled.
  linted.catch(() => undefined);
  const runtime = join(folder, "run");
  mkdirSync(runtime, { mode: 0o700 });
  const shop = new App(join(folder, "shop"), runtime);
  await step("cdk init app --language typescript", () => cdkInit(shop));
  await step("npm install", () => shop.install("--save-dev", packed.tarball));
  await step("npx gatehouse --version", async () =>
    expect(await shop.run("npx", "gatehouse", "--version"), own.version),
  );
  await step("gatehouse init, twice", () => initTwice(shop));
  await step("npm install", () => shop.install());
  const empty = new App(join(folder, "empty"), runtime);
  // What it would install: the packages of the other app, and the lock file that comes with them.
  empty.write("package-lock.json", shop.read("package-lock.json"));
  symlinkSync(join(shop.directory, "node_modules"), join(empty.directory, "node_modules"), "dir");
  await step("gatehouse init in an empty folder, twice", () => initTwice(empty));
  await Promise.all([
    step("gatehouse local, token, explain, a breakpoint in the app of the CDK", () => useLocal(shop)),
    step("gatehouse local, token, explain, a breakpoint in the new app", () => useLocal(empty)),
    step("gatehouse/rules from ESM and CommonJS", () => importRules(shop)),
  ]);
  await linted;
}

function checkContents({ packedKb, unpackedKb, files }: Packed): void {
  print(`      ${packedKb} kB packed, ${unpackedKb} kB unpacked, ${files.length} files`);
  expect(strangersIn({ files }).join(" "), "");
  if (packedKb > MOST_PACKED_KB) throw new Error(`the package has ${packedKb} kB, more than ${MOST_PACKED_KB} kB`);
}

/** Packages with the versions that this project has: they are in npm's cache. */
const pinned = (names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [name, own.devDependencies[name] ?? own.dependencies[name]]));

/** As the CDK makes it, without its unit tests, with pinned versions. */
async function cdkInit(app: App): Promise<void> {
  await app.run(join(BIN, "cdk"), "init", "app", "--language", "typescript", "--generate-only");
  const { devDependencies, dependencies, ...manifest } = JSON.parse(app.read("package.json")) as Manifest;
  const tools = Object.keys(devDependencies).filter((name) => !/jest|swc/.test(name));
  const pinnedManifest = {
    ...manifest,
    devDependencies: pinned(tools),
    dependencies: pinned(Object.keys(dependencies)),
  };
  app.write("package.json", `${JSON.stringify(pinnedManifest, null, 2)}\n`);
  app.write("tsconfig.json", app.read("tsconfig.json").replace(/"jest",\s*/, ""));
  rmSync(join(app.directory, "test"), { recursive: true });
}

async function initTwice(app: App): Promise<void> {
  const { changes } = JSON.parse(await app.gatehouse("init", "--json")) as { readonly changes: readonly object[] };
  if (changes.length < 6) throw new Error(`init changed ${changes.length} files only`);
  const again = JSON.parse(await app.gatehouse("init", "--json")) as { readonly changes: readonly object[] };
  expect(JSON.stringify(again.changes), "[]");
}

async function useLocal(app: App): Promise<void> {
  const port = await freePort();
  await app.whileLocal(["--inspect", String(port)], async (apiUrl) => {
    expect(String((await fetch(`${apiUrl}/orders`)).status), "401");
    const token = (await app.gatehouse("token")).trim();
    const ask = () => fetch(`${apiUrl}/orders`, { headers: { authorization: `Bearer ${token}` } });
    expect(String((await ask()).status), "200");
    const source = "lambda/protected-api.ts";
    const line = app
      .read(source)
      .split("\n")
      .findIndex((one) => one.includes("authorizer?.jwt.claims"));
    expect(await stopAt(port, "authorizer?.jwt.claims", ask), `${source}:${line + 1}`);
    const explained = await app.gatehouse("explain", token, "--route", "GET /orders");
    if (!explained.startsWith("allowed")) throw new Error(explained);
  });
}

async function importRules(app: App): Promise<void> {
  const ask = `createVerifier({ issuer: "https://is.example.com", audience: ["a"], jwks: '{"keys":[]}' }).verify(undefined).then(({ status, rule }) => console.log(status, rule));`;
  app.write("esm.mjs", `import { createVerifier } from "gatehouse/rules";\n${ask}\n`);
  app.write("cjs.cjs", `const { createVerifier } = require("gatehouse/rules");\n${ask}\n`);
  for (const file of ["esm.mjs", "cjs.cjs"]) expect(await app.run(process.execPath, file), "401 identity-source");
}

async function tool(name: string, ...args: readonly string[]): Promise<void> {
  await promisify(execFile)(name, args, { cwd: PROJECT });
}

function expect(saw: string, wanted: string): void {
  if (saw.trim() !== wanted) throw new Error(`expected ${JSON.stringify(wanted)}, saw ${JSON.stringify(saw)}`);
}

async function step<T>(name: string, run: () => T | Promise<T>): Promise<T> {
  const startedMs = performance.now();
  try {
    const result = await run();
    print(`ok    ${name}, ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
    return result;
  } catch (error) {
    print(`FAIL  ${name}`);
    throw error;
  }
}

const print = (line: string) => void process.stdout.write(`${line}\n`);

await runTool(async (args) => {
  if (args.includes("--help")) {
    process.stdout.write(HELP);
    return 0;
  }
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-package-"));
  try {
    await test(folder, args.includes("--built"));
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
