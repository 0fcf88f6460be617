import { mkdtempSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import type { HttpApiModel } from "../../lib/assembly/model.ts";
import type { Gateway } from "../../lib/gateway/gateway.ts";
import { apiOf, serve } from "./served.ts";

// One state of an API takes the place of another while requests are under way.

let gateway: Gateway | undefined;

afterEach(() => gateway?.close());

/** Answers a word and how often this environment was asked. */
const counting = (word: string) => `let asked = 0; exports.handler = async () => "${word} " + (asked += 1);`;
/** Says that it began, and answers a word when a file is there. */
const HELD = (word: string, file: string) => `const { existsSync } = require("node:fs");
  exports.handler = async () => {
    console.log("began ${word}");
    while (!existsSync(${JSON.stringify(file)})) await new Promise((done) => setTimeout(done, 5));
    return "${word}"; };`;

let log: readonly string[] = [];

async function started(api: HttpApiModel): Promise<Gateway> {
  const served = await serve(api);
  gateway = served.gateway;
  log = served.log;
  return served.gateway;
}

const ask = async (path: string) => (await fetch(`${gateway?.url}${path}`)).text();

test("a function that did not change keeps its environment; one that did gets another", async () => {
  const running = await started(apiOf({ same: { source: counting("same") }, other: { source: counting("before") } }));
  expect([await ask("/same"), await ask("/other")]).toEqual(["same 1", "before 1"]);
  await running.reload(apiOf({ same: { source: counting("same") }, other: { source: counting("after") } }));
  expect([await ask("/same"), await ask("/other")]).toEqual(["same 2", "after 1"]);
  await running.reload(
    apiOf({ same: { source: counting("same"), revision: "2" }, other: { source: counting("after") } }),
  );
  expect([await ask("/same"), await ask("/other")]).toEqual(["same 1", "after 2"]);
});

test("requests under way end where they began, and the reload is drained when the last of them is answered", async () => {
  const release = join(mkdtempSync(join(tmpdir(), "gatehouse-held-")), "release");
  const running = await started(apiOf({ slow: { source: HELD("before", release) } }));
  const underWay = Promise.all([ask("/slow"), ask("/slow"), ask("/slow")]);
  await expect.poll(() => log.filter((line) => line.includes("began before"))).toHaveLength(3);
  let isDrained = false;
  const after = apiOf({ slow: { source: 'exports.handler = async () => "after";' } });
  const drained = running.reload(after).then(() => (isDrained = true));
  expect(await ask("/slow")).toBe("after");
  expect(isDrained).toBe(false);
  writeFileSync(release, "");
  expect(await underWay).toEqual(["before", "before", "before"]);
  await drained;
});

const throttled = (burst: number): HttpApiModel => {
  const api = apiOf({ any: { source: counting("any") } });
  return { ...api, stages: api.stages.map((stage) => ({ ...stage, throttle: { rate: 0, burst } })) };
};

const statuses = async () => [(await fetch(`${gateway?.url}/any`)).status, (await fetch(`${gateway?.url}/any`)).status];

test("a stage that did not change goes on counting the requests that it lets through", async () => {
  const running = await started(throttled(1));
  expect(await statuses()).toEqual([200, 429]);
  await running.reload(throttled(1));
  expect(await statuses()).toEqual([429, 429]);
  await running.reload(throttled(2));
  expect(await statuses()).toEqual([200, 200]);
});

const VERSIONS = 6;

test("environments that were replaced end, also those that nobody needs when the last requests wait", async () => {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-heartbeat-"));
  /** Takes 8 ms, and leaves a sign of life in a file of its own as long as it lives. */
  const living = (version: number) => `
    const { appendFileSync } = require("node:fs");
    setInterval(() => appendFileSync("${folder}/" + "${version}-" + require("node:worker_threads").threadId, "."), 10);
    exports.handler = async () => { await new Promise((done) => setTimeout(done, 8)); return "ok"; };`;
  const running = await started(apiOf({ living: { source: living(0) } }));
  const answers = new Set<string>();
  for (let version = 1; version <= VERSIONS; version += 1) {
    const asked = Array.from({ length: 14 }, () => ask("/living"));
    await sleep(10 + version * 5);
    const drained = running.reload(apiOf({ living: { source: living(version) } }));
    for (const answer of await Promise.all(asked)) answers.add(answer);
    await drained;
  }
  expect([...answers]).toEqual(["ok"]);
  const lifeOfOthers = () =>
    readdirSync(folder)
      .filter((name) => !name.startsWith(`${VERSIONS}-`))
      .reduce((bytes, name) => bytes + statSync(join(folder, name)).size, 0);
  await expect
    .poll(
      async () => {
        const before = lifeOfOthers();
        await sleep(300);
        return lifeOfOthers() - before;
      },
      { timeout: 10_000 },
    )
    .toBe(0);
}, 60_000);

test("a reload is drained after those before it: a function that stayed the same still serves their requests", async () => {
  const release = join(mkdtempSync(join(tmpdir(), "gatehouse-held-")), "release");
  const same = apiOf({ slow: { source: HELD("before", release) } });
  const running = await started(same);
  const underWay = ask("/slow");
  await expect.poll(() => log.filter((line) => line.includes("began before"))).toHaveLength(1);
  const order: string[] = [];
  const first = running.reload(same).then(() => order.push("first"));
  // No request began on the second state: by itself it would be drained at once, and its code's folder removed.
  const second = running.reload(apiOf({ slow: { source: counting("after") } })).then(() => order.push("second"));
  expect(await ask("/slow")).toBe("after 1");
  expect(order).toEqual([]);
  writeFileSync(release, "");
  expect(await underWay).toBe("before");
  await Promise.all([first, second]);
  expect(order).toEqual(["first", "second"]);
});
