import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { expect, test } from "vitest";
import { programFolder } from "../../bin/program.mjs";

// What `bin/gatehouse.mjs` loads, from a project that is as small as can be.

function project(): string {
  const directory = mkdtempSync(join(tmpdir(), "gatehouse-program-test-"));
  for (const [path, text] of Object.entries({
    "package-lock.json": "{}",
    "bin/gatehouse.ts": 'export const word: string = (await import("../lib/word.ts")).word;',
    "lib/word.ts": 'export const word: string = "first";',
    "lib/functions/runtime/function-runtime.ts": "export {};",
    "lib/session/synthesis-hook.ts": "export {};",
  })) {
    mkdirSync(dirname(join(directory, path)), { recursive: true });
    writeFileSync(join(directory, path), text);
  }
  return directory;
}

const wordOf = async (folder: string) =>
  ((await import(/* @vite-ignore */ pathToFileURL(join(folder, "gatehouse.mjs")).href)) as { word: string }).word;

test("a start without a changed source takes the bundle that is there", async () => {
  const directory = project();
  const folder = await programFolder(directory);
  expect(await wordOf(folder)).toBe("first");
  writeFileSync(join(folder, "mark"), "");
  expect(await programFolder(directory)).toBe(folder);
  expect(readdirSync(folder)).toContain("mark");
});

test("a changed source of the same length and time is noticed, and so is a new one and other packages", async () => {
  const directory = project();
  const source = join(directory, "lib", "word.ts");
  const before = await programFolder(directory);
  writeFileSync(source, readFileSync(source, "utf8").replace("first", "other"));
  utimesSync(source, 0, 0);
  const changed = await programFolder(directory);
  expect(await wordOf(changed)).toBe("other");
  writeFileSync(join(directory, "lib", "another.ts"), "");
  const added = await programFolder(directory);
  writeFileSync(join(directory, "package-lock.json"), '{"packages":{}}');
  expect(new Set([before, changed, added, await programFolder(directory)]).size).toBe(4);
});

test("oidc-provider's classes of one name in two files keep it: it files records under the names of its classes", async () => {
  const directory = project();
  const models = join(directory, "node_modules", "oidc-provider", "lib", "models");
  mkdirSync(models, { recursive: true });
  for (const file of ["one", "other"]) writeFileSync(join(models, `${file}.js`), "export class Client { is = 'a'; }");
  writeFileSync(
    join(directory, "lib", "word.ts"),
    `import * as one from "../node_modules/oidc-provider/lib/models/one.js";
     import * as other from "../node_modules/oidc-provider/lib/models/other.js";
     export const word = [new one.Client(), new other.Client()].map((each) => each.constructor.name).join();`,
  );
  expect(await wordOf(await programFolder(directory))).toBe("Client,Client");
});

test("bundles that are a week old are taken away, younger ones stay for those that run", async () => {
  const directory = project();
  const old = await programFolder(directory);
  writeFileSync(join(directory, "lib", "word.ts"), "export const word = 2;");
  const young = await programFolder(directory);
  const eightDaysAgo = Date.now() / 1_000 - 8 * 24 * 3_600;
  utimesSync(old, eightDaysAgo, eightDaysAgo);
  writeFileSync(join(directory, "lib", "word.ts"), "export const word = 3;");
  const newest = await programFolder(directory);
  expect(readdirSync(dirname(newest)).map((name) => join(dirname(newest), name))).toEqual(
    expect.arrayContaining([young, newest]),
  );
  expect(readdirSync(dirname(newest))).toHaveLength(2);
});

test("where node_modules cannot be written to, a start makes a bundle of its own elsewhere", async () => {
  const directory = project();
  writeFileSync(join(directory, "node_modules"), "");
  const folder = await programFolder(directory);
  expect(folder.startsWith(directory)).toBe(false);
  expect(await wordOf(folder)).toBe("first");
  rmSync(dirname(folder), { recursive: true });
});
