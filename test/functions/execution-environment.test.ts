import { mkdirSync, mkdtempSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { ExecutionEnvironment } from "../../lib/functions/execution-environment.ts";
import { type AwsProfile, awsProfileOf } from "../../lib/functions/function-environment.ts";
import { FunctionPool } from "../../lib/functions/function-pool.ts";
import { functionOf, type TestFunction } from "../gateway/served.ts";

const NOW_MS = 1_800_000_000_000;
const toClose: { close(): void }[] = [];
afterEach(() => {
  for (const one of toClose.splice(0)) one.close();
});

interface Tried {
  readonly lines: string[];
  invoke(event?: unknown, timeoutMs?: number): ReturnType<ExecutionEnvironment["invoke"]>;
}

function host(awsProfile?: AwsProfile) {
  const lines: string[] = [];
  return {
    lines,
    nowMs: () => NOW_MS,
    onLog: (_: string, line: string) => void lines.push(line),
    issuerRedirects: new Map<string, string>(),
    awsProfile,
  };
}

function environment(one: TestFunction, awsProfile?: AwsProfile): Tried {
  const around = host(awsProfile);
  const made = new ExecutionEnvironment(functionOf("tried", one), around);
  toClose.push(made);
  return {
    lines: around.lines,
    invoke: (event = {}, timeoutMs = 10_000) =>
      made.invoke({ event: JSON.stringify(event), requestId: "request-1", timeoutMs }),
  };
}

function pool(one: TestFunction) {
  const around = host();
  const made = new FunctionPool(functionOf("tried", one), around);
  toClose.push(made);
  return {
    lines: around.lines,
    invoke: (event: unknown = {}, timeoutMs = 10_000) =>
      made.invoke({ event: JSON.stringify(event), requestId: "request-1", timeoutMs }),
  };
}

async function resultOf(tried: Pick<Tried, "invoke">, event?: unknown): Promise<unknown> {
  const invocation = await tried.invoke(event);
  if (invocation.kind !== "result") throw new Error(JSON.stringify(invocation));
  return JSON.parse(invocation.text);
}

function folderOf(files: Readonly<Record<string, string>>): string {
  const directory = mkdtempSync(join(tmpdir(), "gatehouse-function-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(join(directory, name, ".."), { recursive: true });
    writeFileSync(join(directory, name), text);
  }
  return directory;
}

test("the context object has every member of Lambda's, and no other", async () => {
  const source = `exports.handler = async (_, context) => ({
    names: Object.keys(context).sort(), ...context, remaining: context.getRemainingTimeInMillis() > 0 });`;
  expect(await resultOf(environment({ source, memoryMb: 256 }))).toEqual({
    names: [
      "awsRequestId",
      "clientContext",
      "functionName",
      "functionVersion",
      "getRemainingTimeInMillis",
      "identity",
      "invokedFunctionArn",
      "logGroupName",
      "logStreamName",
      "memoryLimitInMB",
    ],
    awsRequestId: "request-1",
    functionName: "tried",
    functionVersion: "$LATEST",
    invokedFunctionArn: "arn:aws:lambda:eu-central-1:123456789012:function:tried",
    logGroupName: "/aws/lambda/tried",
    logStreamName: expect.stringMatching(/^2027\/01\/15\/\[\$LATEST\][0-9a-f]{32}$/) as string,
    memoryLimitInMB: "256",
    remaining: true,
  });
});

test("getRemainingTimeInMillis counts down from the function's timeout", async () => {
  const made = new ExecutionEnvironment(
    functionOf("tried", {
      timeoutMs: 5_000,
      source: `exports.handler = async (_, context) => {
        const first = context.getRemainingTimeInMillis();
        await new Promise((done) => setTimeout(done, 60));
        return [first, context.getRemainingTimeInMillis()]; };`,
    }),
    { ...host(), nowMs: Date.now },
  );
  toClose.push(made);
  const [first = 0, second = 0] = (await resultOf({
    invoke: () => made.invoke({ event: "{}", requestId: "1", timeoutMs: 30_000 }),
  })) as number[];
  expect(first).toBeLessThanOrEqual(5_000);
  expect(first).toBeGreaterThan(4_000);
  expect(first - second).toBeGreaterThanOrEqual(55);
});

test("the environment is the template's and Lambda's own, and nothing of the developer's shell", async () => {
  process.env.AWS_SECRET_ACCESS_KEY = "not-for-functions";
  const source = "exports.handler = async () => ({ ...process.env });";
  const seen = (await resultOf(environment({ source, environment: { TABLE: "orders" } }))) as Record<string, string>;
  delete process.env.AWS_SECRET_ACCESS_KEY;
  expect(Object.keys(seen).toSorted()).toEqual([
    "AWS_DEFAULT_REGION",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_EXECUTION_ENV",
    "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
    "AWS_LAMBDA_FUNCTION_NAME",
    "AWS_LAMBDA_FUNCTION_VERSION",
    "AWS_LAMBDA_INITIALIZATION_TYPE",
    "AWS_LAMBDA_LOG_GROUP_NAME",
    "AWS_LAMBDA_LOG_STREAM_NAME",
    "AWS_REGION",
    "HOME",
    "LAMBDA_RUNTIME_DIR",
    "LAMBDA_TASK_ROOT",
    "LANG",
    "NODE_PATH",
    "PATH",
    "TABLE",
    "TZ",
    "_HANDLER",
  ]);
  expect(seen).toMatchObject({
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_REGION: "eu-central-1",
    HOME: "/tmp",
    TABLE: "orders",
    TZ: ":UTC",
    _HANDLER: "index.handler",
  });
});

test("with a profile: its name and where its files are, and none of the keys that stand in the shell", async () => {
  const shell = {
    HOME: "/home/dev",
    AWS_CONFIG_FILE: "/home/dev/aws.ini",
    AWS_ACCESS_KEY_ID: "AKIANOTFORFUNCTIONS0",
    AWS_SECRET_ACCESS_KEY: "not-for-functions",
    AWS_SESSION_TOKEN: "not-for-functions",
    AWS_PROFILE: "other",
    AWS_REGION: "us-east-1",
  };
  const source = "exports.handler = async () => ({ ...process.env });";
  const seen = await resultOf(environment({ source }, awsProfileOf("sandbox", shell)));
  expect(seen).toMatchObject({
    AWS_PROFILE: "sandbox",
    HOME: "/home/dev",
    AWS_CONFIG_FILE: "/home/dev/aws.ini",
    // Of the template's stack, as deployed.
    AWS_REGION: "eu-central-1",
  });
  for (const secret of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_EC2_METADATA_DISABLED"])
    expect(seen).not.toHaveProperty(secret);
});

test("init runs once; environments and prototypes are not shared", async () => {
  const source = `let asked = 0; ({}).__proto__.polluted = "yes"; process.env.LEAK = "yes";
    exports.handler = async () => ({ asked: ++asked });`;
  const first = environment({ source });
  expect([await resultOf(first), await resultOf(first), await resultOf(first)]).toEqual([
    { asked: 1 },
    { asked: 2 },
    { asked: 3 },
  ]);
  expect({}).not.toHaveProperty("polluted");
  expect(process.env.LEAK).toBeUndefined();
  const other = environment({
    source: "exports.handler = async () => [({}).polluted ?? null, process.env.LEAK ?? null];",
  });
  expect(await resultOf(other)).toEqual([null, null]);
});

test("an init that throws, or never ends, fails the request and says why", async () => {
  expect(await environment({ source: `throw new Error("no configuration");` }).invoke()).toMatchObject({
    kind: "error",
    message: "no configuration",
  });
  expect(await environment({ source: "while (true) {}" }).invoke({}, 300)).toMatchObject({ kind: "timeout" });
  expect(await environment({ source: "exports.handler = 1;" }).invoke()).toMatchObject({
    message: "index.handler is undefined or not exported",
  });
});

test("nodejs24.x has no callbacks: such a handler fails its init, in Lambda's words (aws-lambda-ric 4)", async () => {
  const source = "exports.handler = (event, context, callback) => callback(null, 1);";
  const failed = await environment({ source }).invoke();
  expect(failed).toMatchObject({ kind: "error" });
  expect("message" in failed && failed.message).toContain(
    "has removed support for callback-based function handlers starting with Node.js 24",
  );
});

test("nodejs24.x takes a value as well as a promise", async () => {
  expect(await resultOf(environment({ source: "exports.handler = () => ({ plain: true });" }))).toEqual({
    plain: true,
  });
});

const OLD = { runtime: "nodejs22.x" };

test.each([
  ["callback(null, value)", "(e, c, callback) => callback(null, 1)", 1],
  ["context.succeed", "(e, context) => context.succeed(2)", 2],
  ["context.done", "(e, context) => context.done(null, 3)", 3],
  ["a promise", "async () => 4", 4],
  ["neither: null once nothing is left to do", "() => { setTimeout(() => {}, 20); }", null],
  ["a plain value is ignored", "() => 5", null],
  ["the first answer counts", "(e, context, callback) => { context.succeed(6); callback(null, 7); }", 6],
] as const)("nodejs22.x (aws-lambda-ric 3): %s", async (_, handler, expected) => {
  const tried = environment({ ...OLD, source: `exports.handler = ${handler};` });
  expect([await resultOf(tried), await resultOf(tried)]).toEqual([expected, expected]);
});

test.each([
  ["callback(error)", `(e, c, callback) => callback(new Error("called back"))`, "called back"],
  ["context.fail", `(e, context) => context.fail(new Error("failed"))`, "failed"],
  ["a throw", `(e, c, callback) => { throw new Error("thrown"); }`, "thrown"],
] as const)("nodejs22.x: %s fails the request", async (_, handler, message) => {
  expect(await environment({ ...OLD, source: `exports.handler = ${handler};` }).invoke()).toMatchObject({ message });
});

const waiting = (waits: boolean) => `let done = false;
  exports.handler = (event, context, callback) => {
    context.callbackWaitsForEmptyEventLoop = ${waits};
    setTimeout(() => { done = true; }, 80);
    callback(null, { get done() { return done; } });
  };`;

test("nodejs22.x: a callback waits for the empty event loop, unless callbackWaitsForEmptyEventLoop is false", async () => {
  expect(await resultOf(environment({ ...OLD, source: waiting(true) }))).toEqual({ done: true });
  expect(await resultOf(environment({ ...OLD, source: waiting(false) }))).toEqual({ done: false });
});

test("a late rejection ends the environment, and the next request gets a new one", async () => {
  const tried = pool({
    source: `let asked = 0;
      exports.handler = async () => { setTimeout(() => Promise.reject(new Error("late")), 20); return { asked: ++asked }; };`,
  });
  expect(await resultOf(tried)).toEqual({ asked: 1 });
  await expect.poll(() => resultOf(tried)).toEqual({ asked: 1 });
});

test("100 MB of log: all of it is read, line by line, and a line is cut at 10,000 characters", async () => {
  const source = `exports.handler = async () => {
    for (let n = 0; n < 100; n++) console.log(n + " " + "x".repeat(1048576));
    return "done"; };`;
  const before = process.memoryUsage().rss;
  const tried = environment({ source, timeoutMs: 30_000 });
  const invocation = await tried.invoke({}, 30_000);
  expect(invocation.kind).toBe("result");
  expect(tried.lines).toHaveLength(100);
  expect(tried.lines.every((line, index) => line.startsWith(`${index} x`) && line.length === 10_000)).toBe(true);
  expect(process.memoryUsage().rss - before).toBeLessThan(300 * 1_048_576);
});

test("what a logger writes to the file descriptors is the function's log, not the gateway's stdout", async () => {
  const source = `const fs = require("node:fs");
    exports.handler = async () => {
      fs.writeSync(1, "by text\\n"); fs.writeSync(2, Buffer.from("xby bytes\\n"), 1);
      await new Promise((done) => fs.write(1, "with callback\\n", done));
      process.stderr.write("by stream\\n"); };`;
  const tried = environment({ source });
  await tried.invoke();
  expect(tried.lines).toEqual(["by text", "by bytes", "with callback", "by stream"]);
});

test("a function that leaks is given a new environment before it fails", async () => {
  const tried = pool({
    memoryMb: 48,
    source: `const kept = []; let asked = 0;
      exports.handler = async () => { for (let n = 0; n < 40; n++) kept.push(new Array(1e4).fill(n)); return ++asked; };`,
  });
  const answers: unknown[] = [];
  for (let count = 0; count < 40; count++) answers.push(await resultOf(tried));
  const starts = answers.filter((asked) => asked === 1).length;
  expect(starts).toBeGreaterThan(1);
  expect(starts).toBeLessThan(20);
});

test("ten slow requests at once get environments of their own; quick ones in a row share one", async () => {
  const slow = pool({
    source: `const id = Math.random();
      exports.handler = async () => { await new Promise((done) => setTimeout(done, 300)); return id; };`,
  });
  const ids = await Promise.all(Array.from({ length: 10 }, () => resultOf(slow)));
  expect(new Set(ids).size).toBeGreaterThan(4);
  const quick = pool({ source: "const id = Math.random(); exports.handler = async () => id;" });
  const same = [];
  for (let count = 0; count < 20; count++) same.push(await resultOf(quick));
  expect(new Set(same).size).toBe(1);
});

test("reserved concurrency: what is beyond it is throttled; zero throttles all", async () => {
  const slow = "exports.handler = async () => { await new Promise((done) => setTimeout(done, 200)); return 1; };";
  const two = pool({ source: slow, reservedConcurrency: 2 });
  const kinds = await Promise.all(Array.from({ length: 5 }, async () => (await two.invoke()).kind));
  expect(kinds.toSorted()).toEqual(["result", "result", "throttled", "throttled", "throttled"]);
  expect(await pool({ source: slow, reservedConcurrency: 0 }).invoke()).toMatchObject({ kind: "throttled" });
});

test("a request that waits longer than its integration may is answered, not left", async () => {
  const hanging = pool({ source: "exports.handler = () => new Promise(() => {});", reservedConcurrency: 20 });
  const kinds = await Promise.all(Array.from({ length: 20 }, async () => (await hanging.invoke({}, 600)).kind));
  expect(new Set(kinds)).toEqual(new Set(["timeout"]));
});

describe("a function that answers at once: its next requests are sent ahead to the environment that runs", () => {
  // `n` is logged when it begins; the environment is told from others by a number of its own.
  const source = `const own = Math.random(); let atOnce = 0;
    exports.handler = async ({ n, sleepMs = 0, exit = false }) => {
      console.log("began " + n);
      if (exit) process.exit(1);
      if (++atOnce > 1) throw new Error("two at once");
      if (sleepMs > 0) await new Promise((done) => setTimeout(done, sleepMs));
      else await null;
      atOnce -= 1;
      return { n, own };
    };`;
  const warmed = async () => {
    const made = pool({ source });
    for (let n = 0; n < 60; n++) await made.invoke({ n: "warm" });
    return made;
  };
  const numbers = Array.from({ length: 24 }, (_, n) => n);
  const beganOnce = (lines: readonly string[]) =>
    expect(lines.filter((line) => /^began \d/.test(line)).toSorted()).toEqual(
      numbers.map((n) => `began ${n}`).toSorted(),
    );

  test("each begins when the one before is done, and all are answered", async () => {
    const made = await warmed();
    const answers = await Promise.all(numbers.map((n) => resultOf({ invoke: () => made.invoke({ n }) })));
    expect(answers).toEqual(numbers.map((n) => expect.objectContaining({ n })));
    beganOnce(made.lines);
  });

  test("one that suddenly takes long holds nobody up: what was sent after it is taken back and served by another", async () => {
    const made = await warmed();
    let slowIsDone = false;
    const answers = numbers.map(async (n) => {
      const answer = await resultOf({ invoke: () => made.invoke({ n, ...(n === 2 ? { sleepMs: 3_000 } : {}) }) });
      if (n === 2) slowIsDone = true;
      else expect(slowIsDone).toBe(false);
      return answer;
    });
    const own = (await Promise.all(answers)).map((answer) => (answer as { own: number }).own);
    expect(new Set(own).size).toBeGreaterThan(1);
    // What was taken back too late would begin before these, which each environment has to begin after all that it was sent.
    await Promise.all([own.length, own.length + 1].map(() => made.invoke({ n: "last", sleepMs: 50 })));
    beganOnce(made.lines);
  });

  test("one that ends the environment takes no other with it, and none is run twice", async () => {
    const made = await warmed();
    const kinds = await Promise.all(numbers.map(async (n) => (await made.invoke({ n, exit: n === 3 })).kind));
    expect(kinds).toEqual(numbers.map((n) => (n === 3 ? "error" : "result")));
    beganOnce(made.lines);
  });
});

test("a closed pool still serves a request that was routed before, and then ends", async () => {
  const around = host();
  const made = new FunctionPool(functionOf("tried", { source: "exports.handler = async (event) => event.n;" }), around);
  const ask = (n: number) => made.invoke({ event: JSON.stringify({ n }), requestId: "1", timeoutMs: 5_000 });
  const before = [ask(1), ask(2)];
  made.close();
  const after = [ask(3), ask(4)];
  expect(await Promise.all([...before, ...after])).toMatchObject(
    [1, 2, 3, 4].map((n) => ({ kind: "result", text: String(n) })),
  );
});

test("code from a folder: CommonJS, ES modules, and package.json's word for .js", async () => {
  const cases = [
    { "index.js": "exports.handler = async () => __filename.length > 0;" },
    { "index.mjs": "export const handler = async () => import.meta.url.length > 0;" },
    { "index.cjs": "module.exports.handler = async () => true;" },
    { "package.json": `{"type":"module"}`, "index.js": "export const handler = async () => true;" },
  ];
  for (const files of cases) expect(await resultOf(environment({ code: { directory: folderOf(files) } }))).toBe(true);
  const nested = { "src/api/orders.js": "exports.list = async () => process.cwd();" };
  const directory = folderOf(nested);
  expect(await resultOf(environment({ code: { directory }, handler: "src/api/orders.list" }))).toBe(directory);
});

test("a handler outside of its folder is not loaded, neither by .. nor by a link", async () => {
  const outside = folderOf({ "secret.js": "exports.handler = async () => 'loaded';" });
  const directory = folderOf({ "index.js": "" });
  symlinkSync(join(outside, "secret.js"), join(directory, "linked.js"));
  for (const handler of ["linked.handler", `../${outside.split("/").at(-1)}/secret.handler`]) {
    const refused = await environment({ code: { directory }, handler }).invoke();
    expect(refused).toMatchObject({ kind: "error" });
    expect("message" in refused && refused.message).toContain("Cannot find module");
  }
});

test("requests are asked back while the first one blocks its process: each is answered or given back, and none is lost", async () => {
  const source = `exports.handler = async ({ ms }) => {
    console.log("begins");
    const until = Date.now() + ms;
    while (Date.now() < until);
  };`;
  const around = host();
  const made = new ExecutionEnvironment(functionOf("tried", { source }), around);
  toClose.push(made);
  const ask = (ms: number) => made.invoke({ event: JSON.stringify({ ms }), requestId: "1", timeoutMs: 5_000 });
  await ask(0);
  const asked = [ask(200), ask(0), ask(0)];
  await expect.poll(() => around.lines.length, { interval: 5 }).toBe(2);
  made.withdraw();
  // The second one is the first without an answer when the process reads that.
  expect((await Promise.all(asked)).map(({ kind }) => kind)).toEqual(["result", "result", "not-begun"]);
});

test("a function finds no variable of the gateway's process, neither in /proc nor in a report", async () => {
  const source = `exports.handler = async () => {
    let environ = "";
    try { environ = require("node:fs").readFileSync("/proc/self/environ", "utf8"); } catch {}
    return environ + JSON.stringify(process.report.getReport().environmentVariables);
  };`;
  process.env.GATEHOUSE_TEST_SECRET = "wJalrXUtnFEMI";
  try {
    const text = String(await resultOf(environment({ source })));
    expect(text).toContain("AWS_LAMBDA_FUNCTION_NAME");
    expect(text).not.toContain("wJalrXUtnFEMI");
  } finally {
    delete process.env.GATEHOUSE_TEST_SECRET;
  }
});

test("a function runs in its own folder, may change it, and has the template's NODE_OPTIONS and time zone", async () => {
  const directory = mkdtempSync(join(tmpdir(), "gatehouse-cwd-"));
  writeFileSync(
    join(directory, "index.js"),
    `exports.handler = async () => {
      const first = process.cwd(); process.chdir("/");
      return [first, process.cwd(), process.title, new Date(0).getTimezoneOffset()]; };`,
  );
  const variables = { NODE_OPTIONS: "--title=orders", TZ: "Asia/Tokyo" };
  expect(await resultOf(environment({ code: { directory }, environment: variables }))).toEqual([
    realpathSync(directory),
    "/",
    "orders",
    -540,
  ]);
});

test("NODE_OPTIONS that Node refuses fail the function's own requests, and the log has Node's word for it", async () => {
  const made = environment({
    source: "exports.handler = async () => 1;",
    environment: { NODE_OPTIONS: "--no-such-option" },
  });
  expect(await made.invoke()).toMatchObject({ kind: "error", message: "Runtime exited with error: exit status 9" });
  expect(made.lines.join("\n")).toContain("--no-such-option is not allowed in NODE_OPTIONS");
});

test("a process that the function started ends with its environment", async () => {
  const made = new ExecutionEnvironment(
    functionOf("tried", {
      source: `exports.handler = async () => require("node:child_process").spawn("sleep", ["600"]).pid;`,
    }),
    host(),
  );
  const outcome = await made.invoke({ event: "{}", requestId: "1", timeoutMs: 10_000 });
  const pid = Number(outcome.kind === "result" ? outcome.text : 0);
  expect(isAlive(pid)).toBe(true);
  made.close();
  await expect.poll(() => isAlive(pid), { timeout: 5_000 }).toBe(false);
});

/** A process that nobody has waited for yet is gone, too. */
function isAlive(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
