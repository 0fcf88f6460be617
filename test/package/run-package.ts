import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "./app.ts";
import { MOST_PACKED_KB, type Packed, pack, strangersIn } from "./packed.ts";

// `npm run test:package`: the package as a user gets it. It is built, packed and checked by publint and attw; then its tarball
// is installed in an app outside this folder, and what a user does first is done there. A step that fails ends it.

const PROJECT = join(import.meta.dirname, "..", "..");
const BIN = join(PROJECT, "node_modules", ".bin");
const { version } = JSON.parse(readFileSync(join(PROJECT, "package.json"), "utf8")) as { readonly version: string };
const folder = mkdtempSync(join(tmpdir(), "gatehouse-package-"));

async function main(): Promise<void> {
  const packed = await step("build and pack", () => pack(PROJECT, folder));
  checkContents(packed);
  await step("publint", () => tool("publint", "--strict", "--pack", "false"));
  await step("attw", () => tool("attw", "--quiet", packed.tarball));
  const app = new App(join(folder, "app"));
  app.write("package.json", "{}");
  await step("npm install of the tarball", () => app.install(packed.tarball));
  await step("npx gatehouse --version", () => expect(app.run("npx", "gatehouse", "--version").trim(), version));
  await step("gatehouse/rules from ESM and CommonJS", () => importRules(app));
}

function checkContents({ packedKb, unpackedKb, files }: Packed): void {
  print(`      ${packedKb} kB packed, ${unpackedKb} kB unpacked, ${files.length} files`);
  expect(strangersIn({ files }).join(" "), "");
  if (packedKb > MOST_PACKED_KB) throw new Error(`the package has ${packedKb} kB, more than ${MOST_PACKED_KB} kB`);
}

const tool = (name: string, ...args: readonly string[]) =>
  void execFileSync(join(BIN, name), args, { cwd: PROJECT, stdio: ["ignore", "ignore", "inherit"] });

function importRules(app: App): void {
  const ask = `createVerifier({ issuer: "https://is.example.com", audience: ["a"], jwks: '{"keys":[]}' }).verify(undefined).then(({ status, rule }) => console.log(status, rule));`;
  app.write("esm.mjs", `import { createVerifier } from "gatehouse/rules";\n${ask}\n`);
  app.write("cjs.cjs", `const { createVerifier } = require("gatehouse/rules");\n${ask}\n`);
  for (const file of ["esm.mjs", "cjs.cjs"]) expect(app.run(process.execPath, file).trim(), "401 identity-source");
}

function expect(saw: string, wanted: string): void {
  if (saw !== wanted) throw new Error(`expected ${JSON.stringify(wanted)}, saw ${JSON.stringify(saw)}`);
}

async function step<T>(name: string, run: () => T | Promise<T>): Promise<T> {
  const startedMs = performance.now();
  const result = await run();
  print(`ok    ${name}, ${((performance.now() - startedMs) / 1_000).toFixed(1)} s`);
  return result;
}

const print = (line: string) => void process.stdout.write(`${line}\n`);

try {
  await main();
} finally {
  rmSync(folder, { recursive: true, force: true });
}
