import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { copyProject, type ProjectCopy } from "../../project-copy.ts";
import { edit, editByRename, type RunningLocal, startLocal } from "./running-local.ts";

// `gatehouse local` from source, while a person edits the sources of a copy of this project. Nothing here depends on how
// long a reload takes: each test waits for what has to come.

let project: ProjectCopy;
let running: RunningLocal;
let business: string;
let settings: string;

beforeAll(async () => {
  project = copyProject();
  business = join(project.directory, "lambda", "business.ts");
  settings = join(project.directory, "cdk.json");
  running = await startLocal(project.directory);
  // Until the watch has begun, a change may be missed.
  for (let time = 0; (await running.ask("/health")).includes('"up"'); time += 1) {
    edit(business, /status: "\w+"/, `status: "begun${time}"`);
    await sleep(200);
  }
});

beforeEach(() => {
  running.news();
});

afterAll(async () => {
  await running.started.stop();
  project.remove();
});

/** The status that `/health` answers with. */
const say = (word: string) => edit(business, /status: "\w+"/, `status: "${word}"`);

/** Changes the routes of the environment dev. */
function editRoutes(change: (routes: Record<string, unknown>[]) => void) {
  const text = JSON.parse(readFileSync(settings, "utf8")) as {
    context: { environments: { dev: { routes: Record<string, unknown>[] } } };
  };
  change(text.context.environments.dev.routes);
  writeFileSync(settings, JSON.stringify(text, null, 2));
}

describe("a saved source of a function", () => {
  test("is in the next answers, and what was told names the file and the function", async () => {
    say("saved");
    await running.answers("/health", /^200 .*"saved"/);
    const told = await running.told("reloaded");
    expect(told).toMatchObject({ changed: ["lambda/business.ts"], routes: { added: [], removed: [], changed: [] } });
    expect(told.functions).toEqual([expect.stringContaining("BusinessFunction")]);
  });

  test("may be one that the entry imports", async () => {
    edit(join(project.directory, "lambda", "caller.ts"), "readText(claims.sub) ??", "'imported' ??");
    await running.answers("/me", /"subject":"imported"/, await running.token());
  });

  test("may be replaced by another file of its name, again and again", async () => {
    for (const word of ["renamed", "again", "oncemore"]) {
      editByRename(business, /status: "\w+"/, `status: "${word}"`);
      await running.answers("/health", new RegExp(`"${word}"`));
    }
  });

  test("is served once where it is saved many times at once", async () => {
    for (let time = 0; time < 30; time += 1) say(`burst${time}`);
    await running.answers("/health", /"burst29"/);
    expect(running.news().length).toBeLessThan(10);
  });

  test("is served also where the next save follows while the first is being served", async () => {
    for (const [index, pauseMs] of [10, 20, 30, 40, 45].entries()) {
      say(`early${index}`);
      await sleep(pauseMs);
      say(`late${index}`);
      await running.answers("/health", new RegExp(`"late${index}"`));
    }
  });

  test("costs no request: those under way end with the old code while new ones meet the new", async () => {
    edit(business, '"GET /health": () =>', '"GET /health": () => globalThis.slow ??= ');
    edit(business, "export const handler = async (event: BusinessEvent): Promise<BusinessAnswer> => {", SLOW);
    say("old");
    await running.answers("/health", /"old"/);
    const underWay = running.ask("/health?wait");
    await expect.poll(() => existsSync(BEGUN), { interval: 5 }).toBe(true);
    say("new");
    await running.answers("/health", /"new"/);
    expect(await Promise.race([underWay, Promise.resolve("still under way")])).toBe("still under way");
    writeFileSync(RELEASE, "");
    expect(await underWay).toMatch(/^200 .*"old"/);
    edit(business, "() => globalThis.slow ??= ", "() =>");
    edit(business, SLOW, "export const handler = async (event: BusinessEvent): Promise<BusinessAnswer> => {");
    await running.told("reloaded");
  });
});

const SIGNS = mkdtempSync(join(tmpdir(), "gatehouse-held-"));
const [BEGUN, RELEASE] = [join(SIGNS, "begun"), join(SIGNS, "release")];

/** A handler that says where it began, and waits for its release where the query says so. */
const SLOW = `import { existsSync, writeFileSync } from "node:fs";
export const handler = async (event: BusinessEvent & { rawQueryString: string }): Promise<BusinessAnswer> => {
  if (event.rawQueryString.startsWith("wait")) writeFileSync(${JSON.stringify(BEGUN)}, "");
  while (event.rawQueryString.startsWith("wait") && !existsSync(${JSON.stringify(RELEASE)}))
    await new Promise((done) => setTimeout(done, 5));`;

describe("a broken source of a function", () => {
  test("keeps the last good build and says where it broke, in four parts, once", async () => {
    say("good");
    await running.answers("/health", /"good"/);
    running.news();
    edit(business, "const ORDERS = [", "const ORDERS = [[");
    const told = await running.told("reload-failed");
    expect(told.code).toBe("build-broken");
    expect(told.place).toMatchObject({ file: "lambda/business.ts", line: expect.any(Number) as number });
    expect(told.got).toContain(`lambda/business.ts:${told.place?.line}:${told.place?.column}: `);
    expect(told.fix).toContain(`lambda/business.ts:${told.place?.line}`);
    expect(await running.ask("/health")).toMatch(/^200 .*"good"/);
    writeFileSync(business, readFileSync(business, "utf8"));
    await sleep(300);
    edit(business, "const ORDERS = [[", "const ORDERS = [");
    say("mended");
    await running.answers("/health", /"mended"/);
    expect(running.news().map(({ event }) => event)).not.toContain("reload-failed");
  });

  test("that was deleted keeps the last good build, and is served when it is back", async () => {
    const text = readFileSync(join(project.directory, "lambda", "caller.ts"), "utf8");
    rmSync(join(project.directory, "lambda", "caller.ts"));
    const told = await running.told("reload-failed");
    expect(told.got).toContain("caller");
    expect(await running.ask("/health")).toMatch(/^200/);
    writeFileSync(join(project.directory, "lambda", "caller.ts"), text.replace("'imported'", "'back'"));
    await running.answers("/me", /"subject":"back"/, await running.token());
  });

  test("that imports what is not there yet is served when that is made, in a folder of its own too", async () => {
    edit(business, /^/, 'import { greeting } from "./parts/greeting.ts";\n');
    edit(business, /status: "\w+"/, "status: greeting");
    expect((await running.told("reload-failed")).got).toContain("./parts/greeting.ts");
    mkdirSync(join(project.directory, "lambda", "parts"));
    await sleep(100);
    writeFileSync(join(project.directory, "lambda", "parts", "greeting.ts"), 'export const greeting = "hello";');
    await running.answers("/health", /"hello"/);
    edit(business, 'import { greeting } from "./parts/greeting.ts";\n', "");
    edit(business, "status: greeting", 'status: "up"');
    await running.answers("/health", /"up"/);
  });
});

describe("a changed stack", () => {
  test("adds and removes routes and changes scopes; the keys, and a token that was given before, stay good", async () => {
    const before = await running.token();
    const keys = await (await fetch(`${new URL(running.issuerUrl ?? "").origin}/oauth2/jwks`)).text();
    expect(await running.ask("/me", before)).toMatch(/^200/);
    editRoutes((routes) => {
      routes.push({ method: "GET", path: "/new" });
      Object.assign(routes.find(({ path }) => path === "/me") ?? {}, { scopes: ["profile:read"] });
    });
    const told = await running.told("reloaded");
    expect(told).toMatchObject({
      changed: ["cdk.json"],
      routes: { added: ["GET /new"], removed: [], changed: ["GET /me"] },
    });
    expect(await running.ask("/new")).toBe('401 {"message":"Unauthorized"}');
    expect(await running.ask("/new", before)).toContain("This function does not answer GET /new");
    expect(await running.ask("/me", before)).toBe('403 {"message":"Forbidden"}');
    expect(await running.ask("/me", await running.token())).toMatch(/^200/);
    expect(await (await fetch(`${new URL(running.issuerUrl ?? "").origin}/oauth2/jwks`)).text()).toBe(keys);
    editRoutes((routes) => {
      routes.pop();
      Object.assign(routes.find(({ path }) => path === "/me") ?? {}, { scopes: [] });
    });
    await running.answers("/new", /^404 .*Not Found/, before);
    expect(await running.ask("/me", before)).toMatch(/^200/);
  });

  test("that does not synthesise keeps what was served and says where it broke; a function's source waits with it", async () => {
    const stack = join(project.directory, "lib", "stack", "gatehouse-stack.ts");
    edit(stack, "export class GatehouseStack", "export clas GatehouseStack");
    const broken = await running.told("reload-failed");
    expect(broken).toMatchObject({ code: "synthesis-failed", place: { file: "lib/stack/gatehouse-stack.ts" } });
    expect(broken.got).toMatch(/^Error: .*\nlib\/stack\/gatehouse-stack\.ts:\d+:\d+: ERROR: .*clas.*$/);
    expect(await running.ask("/health")).toMatch(/^200/);
    edit(stack, "export clas GatehouseStack", "export class GatehouseStack");
    edit(stack, "super(scope, id, props);", 'super(scope, id, props); if (id) throw new Error("not today");');
    const thrown = await running.told("reload-failed");
    expect(thrown.got).toMatch(
      /^Error: not today\n {4}at new GatehouseStack \(lib\/stack\/gatehouse-stack\.ts:\d+:\d+\)/,
    );
    say("meanwhile");
    edit(stack, ' if (id) throw new Error("not today");', "");
    await running.answers("/health", /"meanwhile"/);
  });

  test("with an environment that is wrong is told in the words of the environment", async () => {
    editRoutes((routes) => Object.assign(routes[0] ?? {}, { method: "FETCH" }));
    const told = await running.told("reload-failed");
    expect(told).toMatchObject({ code: "environment-wrong", got: 'environments.dev.routes[0].method = "FETCH"' });
    expect(told.fix).toContain("cdk.json");
    editRoutes((routes) => Object.assign(routes[0] ?? {}, { method: "GET" }));
    await running.told("unchanged");
  });

  test("with a cdk.json that is no JSON, or not there, keeps what was served until it is whole again", async () => {
    const whole = readFileSync(settings, "utf8");
    writeFileSync(settings, "{");
    expect((await running.told("reload-failed")).code).toBe("cdk-json-broken");
    rmSync(settings);
    expect((await running.told("reload-failed")).code).toBe("cdk-json-missing");
    expect(await running.ask("/health")).toMatch(/^200/);
    writeFileSync(settings, whole);
    await running.told("unchanged");
    say("whole");
    await running.answers("/health", /"whole"/);
  });
});

test("a file that concerns nothing is passed over in silence", async () => {
  writeFileSync(join(project.directory, "notes.md"), "1");
  writeFileSync(join(project.directory, "lib", "cli", "main.ts"), "");
  say("spoken");
  await running.answers("/health", /"spoken"/);
  expect(running.news().flatMap(({ changed }) => changed)).not.toContain("notes.md");
});
