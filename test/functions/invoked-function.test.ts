import type { ServerResponse } from "node:http";
import { afterEach, describe, expect, test } from "vitest";
import { functionHostOf } from "../../lib/functions/function-host.ts";
import { runnerOf } from "../../lib/functions/function-runner.ts";
import { functionOf } from "../gateway/served.ts";
import { type InvokeApi, startInvokeApi } from "./invoke-api.ts";

// Answers of the runtime interface emulator as its issues 20, 21 and 86 show them, and those of Lambda itself.

let api: InvokeApi | undefined;
afterEach(async () => {
  await api?.close();
  api = undefined;
});

const log: string[] = [];

interface Limits {
  readonly timeoutMs?: number;
  readonly reservedConcurrency?: number;
}

const runner = (invokeUrl: string, limits: Limits = {}) =>
  runnerOf(
    { ...functionOf("prices", limits), code: { invokeUrl } },
    functionHostOf({ nowMs: Date.now, onLog: (name, line) => void log.push(`${name}: ${line}`) }),
  );

async function invoked(answer: (response: ServerResponse) => void, integrationMs = 5_000, limits: Limits = {}) {
  api = await startInvokeApi((_, response) => answer(response));
  log.length = 0;
  return runner(`${api.url}/x`, limits).invoke({
    event: "{}",
    requestId: "r",
    timeoutMs: integrationMs,
  });
}

describe("a function that another program runs", () => {
  test("gets the event as it is, and its answer is the function's", async () => {
    api = await startInvokeApi((event, response) => void response.end(JSON.stringify({ seen: event })));
    const event = JSON.stringify({ rawPath: "/zürich" });
    const ending = await runner(api.url).invoke({ event, requestId: "r", timeoutMs: 5_000 });
    expect(ending).toMatchObject({ kind: "result", text: JSON.stringify({ seen: { rawPath: "/zürich" } }) });
  });

  test.each([
    [
      "says so in a header",
      { "x-amz-function-error": "Unhandled" },
      '{"errorMessage":"boom","errorType":"E","x":1}',
      "boom",
    ],
    [
      "says so in its text only",
      {},
      '{"errorType":"Error","errorMessage":"failure","trace":["Error: failure"]}',
      "failure",
    ],
    ["ran out of time", {}, "Task timed out after 1.00 seconds", "Task timed out after 1.00 seconds"],
    ["exited", {}, "", "Runtime exited without an answer"],
  ])("a function that %s has failed", async (_, headers, text, message) => {
    const ending = await invoked((response) => response.writeHead(200, headers).end(text));
    expect(ending).toMatchObject({ kind: "error", message: expect.stringContaining(message) as string });
  });

  test("an answer that only has a member errorMessage among its own is an answer", async () => {
    const text = JSON.stringify({ statusCode: 200, errorMessage: "none" });
    expect(await invoked((response) => void response.end(text))).toMatchObject({ kind: "result", text });
  });

  test("a server that does not know the function has its status and text in the error", async () => {
    expect(await invoked((response) => response.writeHead(404).end("Function not found"))).toMatchObject({
      kind: "error",
      message: "the Invoke API answered 404: Function not found",
    });
  });

  test("429 is Lambda's throttling", async () => {
    expect(await invoked((response) => response.writeHead(429).end("{}"))).toMatchObject({ kind: "throttled" });
  });

  test("a program that is not there is named with its address, in the log too", async () => {
    const gone = await startInvokeApi(() => undefined);
    await gone.close();
    log.length = 0;
    const ending = await runner(gone.url).invoke({ event: "{}", requestId: "r", timeoutMs: 5_000 });
    expect(ending).toMatchObject({ kind: "error", message: expect.stringContaining("ECONNREFUSED") as string });
    expect(log).toEqual([expect.stringContaining(`prices: the program that runs the function cannot be asked`)]);
    expect(log[0]).toContain(gone.url);
  });

  test.each([
    ["its own time", { timeoutMs: 60 }, 5_000, { kind: "error", message: "Task timed out after 0.06 seconds" }],
    ["the integration's time", { timeoutMs: 5_000 }, 60, { kind: "timeout" }],
  ])("one that never answers ends with %s", async (_, limits, integrationMs, expected) => {
    expect(await invoked(() => undefined, integrationMs, limits)).toMatchObject(expected);
  });

  test("one that begins an answer and never ends it runs out of time, too", async () => {
    const ending = await invoked((response) => void response.writeHead(200).write('{"statusCode":'), 60);
    expect(ending).toMatchObject({ kind: "timeout" });
  });

  test("an answer of more than Lambda's 6 MB fails", async () => {
    const ending = await invoked((response) => void response.end(Buffer.alloc(6_291_457, "1")));
    expect(ending).toMatchObject({
      kind: "error",
      message: expect.stringContaining("more than 6291456 bytes") as string,
    });
  });

  test("an event of more than Lambda's 6 MB does not reach it", async () => {
    api = await startInvokeApi((_, response) => void response.end("{}"));
    const event = JSON.stringify("1".repeat(6_291_456));
    const ending = await runner(api.url).invoke({ event, requestId: "r", timeoutMs: 5_000 });
    expect(ending).toMatchObject({
      kind: "error",
      message: expect.stringContaining("Request must be smaller") as string,
    });
    expect(api.paths).toEqual([]);
  });

  test("its reserved concurrency is kept", async () => {
    api = await startInvokeApi((_, response) => void setImmediate(() => response.end("{}")));
    const one = runner(`${api.url}/x`, { reservedConcurrency: 1 });
    const request = { event: "{}", requestId: "r", timeoutMs: 5_000 };
    const endings = await Promise.all([one.invoke(request), one.invoke(request)]);
    expect(endings.map(({ kind }) => kind)).toEqual(["result", "throttled"]);
  });
});
