import { existsSync, readFileSync, realpathSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { expect, test } from "vitest";
import { prepareSynthesis, type SynthesisOptions, synthesise } from "../../lib/session/synthesis.ts";
import { folderOf } from "../assembly/handwritten.ts";

// How an app is run, with apps that are no more than what is looked at. The real one is in test/local/reload.

const ESBUILD = createRequire(import.meta.url).resolve("esbuild");

/** Writes down what it is given; loads a package, which tells its process, and two files of its own. */
const APP = `
const { writeFileSync, readFileSync } = require("node:fs");
require("heavy");
const word = require("./lib/word.cjs");
const settings = readFileSync("settings.json", "utf8");
writeFileSync(process.env.CDK_OUTDIR + "/said.json", JSON.stringify({
  word, settings, context: JSON.parse(process.env.CDK_CONTEXT_JSON), options: process.env.NODE_OPTIONS ?? null,
}));`;

function projectWith(files: Readonly<Record<string, unknown>> = {}, app = "node app.cjs") {
  const projectDirectory = folderOf({
    "cdk.json": { app, context: { colour: "blue" } },
    "app.cjs": APP,
    "lib/word.cjs": 'module.exports = "first";',
    "settings.json": "{}",
    "node_modules/heavy/index.js": `require("node:fs").writeFileSync("heavy.pid", String(process.pid));`,
    "out/before.json": "{}",
    ...files,
  });
  const options: SynthesisOptions = {
    projectDirectory,
    context: { env: "dev" },
    outputDirectory: join(projectDirectory, "out"),
    environment: process.env,
  };
  const file = (name: string) => join(projectDirectory, name);
  return {
    options,
    file,
    said: () => JSON.parse(readFileSync(file("out/said.json"), "utf8")) as Record<string, unknown>,
    waitingPid: async () => {
      await expect.poll(() => existsSync(file("heavy.pid")), { timeout: 10_000 }).toBe(true);
      await expect.poll(() => readFileSync(file("heavy.pid"), "utf8"), { timeout: 10_000 }).not.toBe("");
      return Number(readFileSync(file("heavy.pid"), "utf8"));
    },
  };
}

const isAlive = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test("the report names the files of the project that the app loaded or read, and none of its packages", async () => {
  const { options, file, said } = projectWith();
  const { files, bundles } = await synthesise(options);
  const own = ["app.cjs", "lib/word.cjs", "settings.json"].map((name) => realpathSync(file(name)));
  expect([...files].toSorted((a, b) => a.localeCompare(b))).toEqual(own);
  expect(bundles).toEqual([]);
  expect(said()).toMatchObject({ word: "first", context: { colour: "blue", env: "dev" } });
});

test("an app that waits has loaded its packages, and loads its own code and gets the context when it runs", async () => {
  const { options, file, said, waitingPid } = projectWith();
  await synthesise(options);
  writeFileSync(file("heavy.pid"), "");
  const waiting = prepareSynthesis(options);
  const pid = await waitingPid();
  writeFileSync(file("lib/word.cjs"), 'module.exports = "second";');
  writeFileSync(file("cdk.json"), JSON.stringify({ app: "node app.cjs", context: { colour: "red" } }));
  expect((await waiting.run()).files).toHaveLength(3);
  expect(said()).toMatchObject({ word: "second", context: { colour: "red", env: "dev" } });
  expect(readFileSync(file("heavy.pid"), "utf8")).toBe(String(pid));
});

test("an app that waits and is not wanted any more ends, also where its command was changed or cdk.json broken", async () => {
  const { options, file, said, waitingPid } = projectWith();
  await synthesise(options);
  for (const end of ["discard", "run", "broken"] as const) {
    writeFileSync(file("heavy.pid"), "");
    const waiting = prepareSynthesis(options);
    const pid = await waitingPid();
    expect(isAlive(pid)).toBe(true);
    writeFileSync(file("cdk.json"), JSON.stringify({ app: "node ./app.cjs", context: { colour: "green" } }));
    if (end === "broken") writeFileSync(file("cdk.json"), "{");
    if (end === "discard") waiting.discard();
    else if (end === "run") await waiting.run();
    else await expect(waiting.run()).rejects.toMatchObject({ code: "cdk-json-broken" });
    await expect.poll(() => isAlive(pid), { timeout: 10_000 }).toBe(false);
    writeFileSync(file("cdk.json"), JSON.stringify({ app: "node app.cjs", context: {} }));
  }
  expect(said()).toMatchObject({ context: { colour: "green" } });
});

test("an app that is not one process of node is run as it is: nobody looks, nothing waits", async () => {
  const { options, said } = projectWith({}, "true && node app.cjs");
  expect(await synthesise(options)).toEqual({ files: [], bundles: [] });
  await prepareSynthesis(options).run();
  expect(said()).toMatchObject({ word: "first" });
});

test("processes that the app starts find NODE_OPTIONS as the person has set them", async () => {
  const { options, said } = projectWith();
  const { NODE_OPTIONS: _, ...environment } = process.env;
  await synthesise({ ...options, environment });
  expect(said()).toMatchObject({ options: null });
  await synthesise({ ...options, environment: { ...environment, NODE_OPTIONS: "--no-warnings" } });
  expect(said()).toMatchObject({ options: "--no-warnings" });
});

test("an app that fails is told by its error and its own places, from the project's folder on", async () => {
  const { options } = projectWith({ "lib/word.cjs": "\n  throw new TypeError('no word');" });
  await expect(synthesise(options)).rejects.toMatchObject({
    code: "synthesis-failed",
    say: { got: expect.stringMatching(/^TypeError: no word\n {4}at \S+ \(lib\/word\.cjs:2:9\)/) as string },
  });
});

test("a function that does not build is told by its line, as at a reload", async () => {
  const { options } = projectWith({
    "handler.ts": "export const one = 1;\n  const broken = ;\nconst other = );",
    "app.cjs": `require(${JSON.stringify(ESBUILD)}).buildSync({ entryPoints: ["handler.ts"], bundle: true, write: false, logLevel: "info" });`,
  });
  await expect(synthesise(options)).rejects.toMatchObject({
    code: "build-broken",
    say: {
      what: "handler.ts does not build",
      got: expect.stringMatching(/^handler\.ts:2:18: Unexpected ";"\nconst broken = ;/) as string,
      fix: "put right handler.ts:2",
    },
  });
});

test("an app that ends with a mistake as JSON, as it is asked to, is told by that mistake", async () => {
  const mistake = {
    code: "environment-wrong",
    what: "w",
    got: "issuer = zürich\naudience = []",
    expected: "e",
    fix: "f",
  };
  const { options } = projectWith({
    "app.cjs": `console.error(process.env.GATEHOUSE_MISTAKES === "json" ? '${JSON.stringify({ mistake }).replaceAll("\\", "\\\\")}' : "no"); process.exitCode = 1;`,
  });
  const { code, ...say } = mistake;
  await expect(synthesise(options)).rejects.toMatchObject({ code, say });
});
