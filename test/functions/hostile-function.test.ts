import { afterAll, beforeAll, expect, test } from "vitest";
import { apiOf, type Served, serve, type TestFunction } from "../gateway/served.ts";

// Functions that do what no function should. Each answers as Lambda behind API Gateway does, only its environment ends,
// and the next request of the same function gets a new one.

interface Row {
  readonly title: string;
  readonly of: TestFunction;
  readonly status: number;
  readonly body?: string;
  /** `$context.integrationErrorMessage`, in part. */
  readonly error?: string;
  readonly log?: string;
}

const INTERNAL = '{"message":"Internal Server Error"}';
const UNAVAILABLE = '{"message":"Service Unavailable"}';

/** Misbehaves when it is asked to, and answers how often this environment was asked otherwise. */
const when = (bad: string) => `
  let asked = 0;
  exports.handler = async (event) => { asked += 1; if (event.rawQueryString === "well") return { asked }; ${bad} };`;
const returns = (expression: string) => when(`return ${expression};`);

const ROWS: Readonly<Record<string, Row>> = {
  hang: {
    title: "a promise that nobody settles: the function's timeout ends it (6.18, DOC)",
    of: { source: when("await new Promise(() => setInterval(() => {}, 1e6));"), timeoutMs: 300 },
    status: 500,
    body: INTERNAL,
    error: "Task timed out after 0.30 seconds",
    log: "Task timed out after 0.30 seconds",
  },
  "hang-integration": {
    title: "the integration's timeout is over first: 503 (6.20, OBS+)",
    of: { source: when("await new Promise(() => {});"), integrationTimeoutMs: 1_500 },
    status: 503,
    body: UNAVAILABLE,
  },
  loop: {
    title: "while (true)",
    of: { source: when("while (true) {}"), timeoutMs: 300 },
    status: 500,
    error: "Task timed out",
  },
  regex: {
    title: "a regular expression that backtracks for ever",
    of: { source: when(`/^(a+)+$/.test("a".repeat(40) + "!");`), timeoutMs: 300 },
    status: 500,
    error: "Task timed out",
  },
  throws: {
    title: "throws: its message in the log's variable (6.19, OBS+), its stack in the function's log",
    of: { source: when(`throw new TypeError("no such order");`) },
    status: 500,
    body: INTERNAL,
    error:
      "The Lambda function returned the following error: no such order. Check your Lambda function code and try again.",
    log: "TypeError: no such order",
  },
  "throws-null": { title: "throws null", of: { source: when("throw null;") }, status: 500, error: "null" },
  "throws-oddly": {
    title: "throws what cannot be read",
    of: { source: when(`throw { get message() { throw 1; }, get stack() { throw 2; } };`) },
    status: 500,
    error: "an error that cannot be read",
  },
  unhandled: {
    title: "a rejection that nobody handles, while the request runs",
    of: { source: when(`Promise.reject(new Error("left only")); await new Promise(() => {});`) },
    status: 500,
    error: "left only",
    log: "Error: left only",
  },
  uncaught: {
    title: "an error thrown from a timer",
    of: { source: when(`setTimeout(() => { throw new Error("from a timer"); }); await new Promise(() => {});`) },
    status: 500,
    error: "from a timer",
  },
  exit: {
    title: "process.exit(3), with lines of log before it",
    of: { source: when(`for (let n = 1; n <= 50; n++) console.log("line " + n); process.exit(3);`) },
    status: 500,
    error: "Runtime exited with error: exit status 3",
    log: "line 50",
  },
  "exit-0": {
    title: "process.exit(0)",
    of: { source: when("process.exit(0);") },
    status: 500,
    error: "Runtime exited without providing a reason",
  },
  heap: {
    title: "more heap than its MemorySize",
    of: { source: when("const all = []; while (true) all.push(new Array(1e4).fill(all.length));"), memoryMb: 32 },
    status: 500,
    error: "signal: killed",
    log: "more than the function's MemorySize of 32 MB",
  },
  buffers: {
    title: "600 MB of buffers, which a thread's limits do not count",
    of: { source: when("return { length: Buffer.alloc(600 * 1048576).length };"), memoryMb: 64 },
    status: 500,
    error: "signal: killed",
    log: "MB of buffers needed more than the function's MemorySize of 64 MB",
  },
  "buffers-later": {
    title: "buffers that grow while it waits",
    of: {
      source: when(
        "const all = []; setInterval(() => all.push(Buffer.alloc(8 * 1048576)), 10); await new Promise(() => {});",
      ),
      memoryMb: 64,
    },
    status: 500,
    error: "signal: killed",
  },
  shared: {
    title: "600 MB of shared buffers",
    of: {
      source: when("return { length: new Uint8Array(new SharedArrayBuffer(600 * 1048576)).fill(1).length };"),
      memoryMb: 64,
    },
    status: 500,
    error: "signal: killed",
    log: "needed more than the function's MemorySize of 64 MB",
  },
  kill: {
    title: "process.kill(process.pid)",
    of: { source: when(`process.kill(process.pid, "SIGKILL");`) },
    status: 500,
    error: "Runtime exited with error: signal: killed",
  },
  "kill-text": {
    title: "process.kill of its process id as a text",
    of: { source: when(`process.kill(String(process.pid), "SIGKILL");`) },
    status: 500,
    error: "Runtime exited with error: signal: killed",
  },
  "kill-group": {
    title: "process.kill of the whole process group",
    of: { source: when("process.kill(0); process.kill(-process.pid); await new Promise(() => {});") },
    status: 500,
    error: "Runtime exited",
  },
  abort: {
    title: "process.abort()",
    of: { source: when("process.abort();") },
    status: 500,
    error: "Runtime exited with error: signal: aborted",
  },
  "closed-descriptors": {
    title: "closes every file that is open: it can answer nobody any more",
    of: {
      source: when(`const fs = require("node:fs"); for (let fd = 3; fd < 64; fd++) try { fs.closeSync(fd); } catch {}`),
    },
    status: 500,
    error: "Runtime exited",
  },
  "junk-frames": {
    title: "writes something else than frames into the runtime's pipe",
    of: { source: when(`require("node:fs").writeSync(4, Buffer.alloc(64, 255)); await new Promise(() => {});`) },
    status: 500,
    error: "the function wrote into the runtime's own pipe",
  },
  "forged-frames": {
    title: "writes an answer of its own into the runtime's pipe: nobody asked for it",
    of: {
      source: when(`
        const text = JSON.stringify({ forged: true });
        for (const secret of [0, 1, -1, NaN, 2 ** 40]) {
          const frame = Buffer.alloc(22 + text.length);
          frame.writeUInt32LE(text.length, 0); frame[4] = 5; frame.writeDoubleLE(secret, 6); frame.write(text, 22);
          require("node:fs").writeSync(4, frame);
        }
        return "its own";`),
    },
    status: 200,
    body: "its own",
  },
  "forged-withdrawal": {
    title: "says that it gave back what nobody asked it for",
    of: {
      source: when(`
        const frame = Buffer.alloc(22); frame[4] = 10; frame.writeDoubleLE(1e9, 14);
        require("node:fs").writeSync(4, frame);
        return "answered";`),
    },
    status: 200,
    body: "answered",
  },
  "long-error": {
    title: "an error of 50 MB: its text is cut",
    of: { source: when(`throw new Error("x".repeat(50 * 1048576));`) },
    status: 500,
    error: "xxx … (cut)",
    log: "xxx … (cut)",
  },
  circular: {
    title: "a result that contains itself",
    of: { source: returns("(() => { const it = {}; it.it = it; return it; })()") },
    status: 500,
    error: "Unable to stringify response body",
    log: "circular structure",
  },
  bigint: {
    title: "a BigInt",
    of: { source: returns("{ id: 1n }") },
    status: 500,
    error: "Unable to stringify response body",
  },
  "to-json": {
    title: "a toJSON that throws",
    of: { source: returns(`{ toJSON() { throw new Error("no"); } }`) },
    status: 500,
    error: "Unable to stringify",
  },
  function: {
    title: "a function: null in JSON (6.15, INF)",
    of: { source: returns("() => 1") },
    status: 200,
    body: "null",
  },
  symbol: {
    title: "a Symbol: null in JSON (6.15, INF)",
    of: { source: returns("Symbol()") },
    status: 200,
    body: "null",
  },
  undefined: {
    title: "nothing: null in JSON (6.15, INF)",
    of: { source: returns("undefined") },
    status: 200,
    body: "null",
  },
  huge: {
    title: "20 MB: Lambda answers 6 MB (6.23)",
    of: { source: returns(`{ statusCode: 200, body: "x".repeat(20 * 1048576) }`) },
    status: 500,
    error: "exceeded maximum allowed payload size",
  },
  "header-crlf": {
    title: "a line break in a header",
    of: { source: returns(`{ statusCode: 200, headers: { "x-a": "1\\r\\nset-cookie: admin=1" }, body: "x" }`) },
    status: 500,
    body: INTERNAL,
  },
  "header-name-crlf": {
    title: "a line break in a header's name",
    of: { source: returns(`{ statusCode: 200, headers: { "x-a\\r\\nx-b": "1" }, body: "x" }`) },
    status: 500,
  },
  "cookie-crlf": {
    title: "a line break in a cookie",
    of: { source: returns(`{ statusCode: 200, cookies: ["a=1\\r\\nx-b: 1"], body: "x" }`) },
    status: 500,
  },
  "header-nul": {
    title: "a NUL in a header",
    of: { source: returns(`{ statusCode: 200, headers: { "x-a": "\\0" }, body: "x" }`) },
    status: 500,
  },
  "status-word": { title: "a status that is a word", of: { source: returns(`{ statusCode: "fine" }`) }, status: 500 },
  "status-99": { title: "status 99", of: { source: returns("{ statusCode: 99 }") }, status: 500 },
  "bad-base64": {
    title: "isBase64Encoded on what is none: decoded as far as it goes, never a crash (UNK)",
    of: { source: returns(`{ statusCode: 200, body: "%%%", isBase64Encoded: true }`) },
    status: 200,
    body: "",
  },
  thenable: {
    title: "a thenable that throws",
    of: { source: returns(`{ then() { throw new Error("then"); } }`) },
    status: 500,
    error: "then",
  },
};

let served: Served;
beforeAll(async () => {
  served = await serve(apiOf(Object.fromEntries(Object.entries(ROWS).map(([name, { of }]) => [name, of]))));
});
afterAll(() => served.gateway.close());

const linesOf = (name: string) => served.log.filter((line) => line.startsWith(`${name}: `)).join("\n");

test.each(Object.entries(ROWS).map(([name, row]) => ({ name, ...row })))(
  "1.4 $title",
  async ({ name, status, body, error, log }) => {
    const answer = await served.ask(`/${name}`);
    expect(answer.status).toBe(status);
    if (body !== undefined) expect(answer.text).toBe(body);
    if (error !== undefined) expect(served.lastError()).toContain(error);
    if (log !== undefined) expect(linesOf(name)).toContain(log);
    expect(await served.ask(`/${name}?well`)).toMatchObject({ status: 200 });
  },
);

test("1.4 an error of 50 MB leaves a short line in the log and a short text in the access log's variable", () => {
  const lengths = [
    linesOf("long-error").length,
    served.records.find(({ path }) => path === "/long-error")?.integrationError?.length ?? 0,
  ];
  for (const length of lengths) expect(length).toBeLessThan(21_000);
});

test("1.4 the lines before an exit are all there, in order", () => {
  const numbers = linesOf("exit")
    .split("\n")
    .map((line) => line.replace("exit: ", ""));
  expect(numbers).toEqual(Array.from({ length: 50 }, (_, index) => `line ${index + 1}`));
});
