import { cpSync, mkdirSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { folderOf, MANIFEST, type PlainIssuer, startPlainIssuer, templateOf } from "../../assembly/handwritten.ts";
import { type RunningLocal, startLocal } from "./running-local.ts";

// `gatehouse local --assembly DIR` while something else writes DIR, as `cdk synth` in another terminal does.

let plain: PlainIssuer;
let folder: string;
let running: RunningLocal;

beforeAll(async () => {
  plain = await startPlainIssuer();
});

afterAll(() => plain.close());

beforeEach(async () => {
  folder = join(folderOf({ "beside.txt": "" }), "cdk.out");
  writeAssembly(folder, "first");
  running = await startLocal(folder, "--assembly", folder, "--real-issuer");
  await watching(running);
});

afterEach(() => running.started.stop());

const codeThatSays = (word: string) => `exports.handler = async () => ({ statusCode: 200, body: "${word}" });\n`;

/** An assembly whose only function answers a word. */
function writeAssembly(
  place: string,
  word: string,
  change: (template: ReturnType<typeof templateOf>) => void = () => undefined,
) {
  const template = templateOf({ issuer: plain.issuer, code: { S3Key: `asset.${word}` } });
  change(template);
  mkdirSync(join(place, `asset.${word}`), { recursive: true });
  writeFileSync(join(place, `asset.${word}`, "index.js"), codeThatSays(word));
  writeFileSync(join(place, "Orders.template.json"), JSON.stringify(template));
  writeFileSync(join(place, "manifest.json"), JSON.stringify(MANIFEST));
}

/** Saves what is there until it is noticed: from then on every change is. */
async function watching(local: RunningLocal): Promise<void> {
  while (local.news().length === 0) {
    writeFileSync(join(folder, "manifest.json"), JSON.stringify(MANIFEST));
    await sleep(150);
  }
}

const token = () => `Bearer ${plain.token()}`;

test("a template that was synthesised again is served: routes that came and went, other scopes, other code", async () => {
  expect(await running.ask("/orders", token())).toBe("200 first");
  writeAssembly(folder, "second", ({ Resources }) => {
    Object.assign(Resources, {
      Added: { ...Resources.Open, Properties: { ...Resources.Open.Properties, RouteKey: "GET /added" } },
    });
    Object.assign(Resources.List.Properties, { AuthorizationScopes: ["orders:read"] });
    Reflect.deleteProperty(Resources, "Open");
  });
  await running.answers("/added", /^200 second$/);
  expect(await running.ask("/open")).toBe('404 {"message":"Not Found"}');
  expect(await running.ask("/orders", token())).toBe('403 {"message":"Forbidden"}');
  expect(await running.ask("/orders", `Bearer ${plain.token({ scope: "orders:read" })}`)).toBe("200 second");
  const told = await running.told("reloaded");
  expect(told.routes).toEqual({ added: ["GET /added"], removed: ["GET /open"], changed: ["GET /orders"] });
  expect(told.functions).toHaveLength(1);
});

test("a folder that was removed and made again is followed, and so is the next one", async () => {
  for (const word of ["second", "third"]) {
    writeAssembly(`${folder}.new`, word);
    rmSync(folder, { recursive: true });
    renameSync(`${folder}.new`, folder);
    await running.answers("/open", new RegExp(`^200 ${word}$`));
  }
  writeFileSync(join(folder, "asset.third", "index.js"), codeThatSays("edited"));
  await running.answers("/open", /^200 edited$/);
});

test("code that is edited in its place gets new environments; a file that changes nothing does not", async () => {
  writeFileSync(join(folder, "asset.first", "index.js"), codeThatSays("edited"));
  await running.answers("/open", /^200 edited$/);
  await running.told("reloaded");
  writeFileSync(join(folder, "asset.first", "index.js"), codeThatSays("edited"));
  expect(await running.told("unchanged")).toMatchObject({ changed: ["asset.first/index.js"] });
});

test.each([
  ["its code", (whole: string) => cpSync(join(whole, "Orders.template.json"), join(folder, "Orders.template.json"))],
  ["the rest of its template", () => writeFileSync(join(folder, "Orders.template.json"), '{"Resources": {')],
])(
  "an assembly that is written without %s is not served: what was served goes on until all is there",
  async (_, begin) => {
    const answers = new Set<string>();
    const asked = { isOver: false };
    const asking = (async () => {
      while (!asked.isOver) {
        answers.add(await running.ask("/open"));
        await sleep(5);
      }
    })();
    const whole = folderOf({});
    writeAssembly(whole, "second");
    begin(whole);
    // Longer than a quiet moment, shorter than a second look.
    await sleep(200);
    cpSync(whole, folder, { recursive: true });
    await running.answers("/open", /^200 second$/);
    asked.isOver = true;
    await asking;
    expect([...answers]).toEqual(["200 first", "200 second"]);
    expect(running.news().map(({ event }) => event)).not.toContain("reload-failed");
  },
);

test("a broken template keeps what was served, is told in four parts, and is served when it is whole", async () => {
  writeFileSync(join(folder, "Orders.template.json"), "{");
  const told = await running.told("reload-failed");
  expect(told).toMatchObject({ code: "assembly-broken", changed: ["Orders.template.json"], place: null });
  expect(told.fix).toContain("cdk synth");
  expect(await running.ask("/open")).toBe("200 first");
  writeAssembly(folder, "second");
  await running.answers("/open", /^200 second$/);
});

test("--no-watch serves what was there at the start", async () => {
  const still = await startLocal(folder, "--assembly", folder, "--real-issuer", "--no-watch");
  writeAssembly(folder, "second");
  await running.answers("/open", /^200 second$/);
  expect(await still.ask("/open")).toBe("200 first");
  expect(still.news()).toEqual([]);
  await still.started.stop();
});

test("every way to put another assembly in the place of this one is noticed, time after time", async () => {
  const beside = `${folder}.new`;
  const ways: readonly ((word: string) => void)[] = [
    (word) => {
      writeAssembly(beside, word);
      renameSync(folder, `${folder}.${word}`);
      renameSync(beside, folder);
    },
    (word) => {
      rmSync(folder, { recursive: true });
      writeAssembly(folder, word);
    },
    (word) => {
      const file = join(folder, "Orders.template.json");
      const { atime, mtime } = statSync(file);
      writeAssembly(folder, word);
      utimesSync(file, atime, mtime);
    },
  ];
  for (const round of [1, 2])
    for (const [index, way] of ways.entries()) {
      const word = `word${round}${index}`;
      way(word);
      await running.answers("/orders", new RegExp(`^200 ${word}$`), token());
    }
});
