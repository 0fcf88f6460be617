import { afterEach, expect, test } from "vitest";
import type { FindKey } from "../../lib/rules/key-answer.ts";
import { apiOf, type Served, serve, type TestFunction } from "./served.ts";

let served: Served | undefined;

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

afterEach(() => served?.gateway.close());

async function recordOf(one: TestFunction, path = "/tried", init?: RequestInit) {
  served = await serve(apiOf({ tried: one }));
  await served.ask(path, init);
  const [record] = served.records;
  if (!record) throw new Error("there is no record");
  return record;
}

test("a record holds the function's event, its log lines, its answer and how long the steps took", async () => {
  const source = `exports.handler = async (event) => {
    console.log("before"); await null; console.log("after"); return { statusCode: 201, headers: { "x-a": "1" }, body: "made" };
  };`;
  const record = await recordOf({ source }, "/tried?a=1&b=2", { method: "POST", body: "{}", headers: { "x-b": "2" } });
  expect(record).toMatchObject({
    method: "POST",
    path: "/tried",
    rawQuery: "a=1&b=2",
    stage: "$default",
    routeKey: "ANY /tried",
    status: 201,
    responseBody: "made",
    client: { sourceIp: "127.0.0.1" },
  });
  expect(record.functionCall?.functionName).toBe("tried");
  expect(JSON.parse(record.functionCall?.event ?? "")).toMatchObject({
    version: "2.0",
    rawQueryString: "a=1&b=2",
    headers: { "x-b": "2" },
  });
  expect(record.functionCall?.invocation).toMatchObject({ kind: "result", logLines: ["before", "after"] });
  expect(record.requestBody?.toString()).toBe("{}");
  expect(record.responseHeaders).toContain("x-a");
  const { totalMs, integrationMs = 0, handlerMs = 0 } = record.timings;
  expect(handlerMs).toBeLessThanOrEqual(integrationMs);
  expect(integrationMs).toBeLessThanOrEqual(totalMs);
});

test("the lines of a failure belong to the request that failed, and not to the next one", async () => {
  served = await serve(
    apiOf({
      tried: { source: `exports.handler = async (e) => { if (e.rawQueryString) throw new Error("no"); return 1; };` },
    }),
  );
  await served.ask("/tried?fail");
  await served.ask("/tried");
  const [failed, good] = served.records.map(({ functionCall }) => functionCall?.invocation);
  expect(failed).toMatchObject({ kind: "error", message: "no" });
  expect(failed?.logLines).toEqual(["Error: no", expect.stringMatching(/^ +at exports\.handler /)]);
  expect(good?.logLines).toEqual([]);
});

test("a path that no route takes has a record without a route, a decision or a call", async () => {
  const record = await recordOf({}, "/elsewhere");
  expect([record.status, record.routeKey, record.decision, record.functionCall, record.keys]).toEqual([
    404,
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

test("a decision's record says how old the keys were and whether the request waited for them", async () => {
  const held = { fetchedAtMs: 1_000, kids: ["k"] };
  const state: { held: typeof held | undefined } = { held: undefined };
  const findKey: FindKey = () => {
    state.held ??= held;
    return { kind: "unknown", kids: ["k"] };
  };
  const route = {
    key: "GET /guarded",
    logicalId: "Guarded",
    authorization: {
      kind: "jwt",
      scopes: [],
      authorizer: {
        id: "Jwt",
        name: "jwt",
        issuer: "https://is.example.com",
        audience: ["a"],
        identitySource: ["$request.header.Authorization"],
      },
    },
    integration: { kind: "unserved", reason: "not here" },
  } as const;
  served = await serve(apiOf({}, [route]), { findKey, heldKeysOf: () => state.held, nowMs: () => 5_000 });
  const token = `${part({ alg: "RS256", kid: "k2" })}.${part({ iss: "x" })}.c2ln`;
  const init = { headers: { authorization: `Bearer ${token}` } };
  for (let round = 0; round < 2; round += 1) await served.ask("/guarded", init);
  expect(served.records.map(({ keys }) => keys)).toEqual(
    [true, false].map((isFetchedNow) => ({ issuer: "https://is.example.com", held, isFetchedNow, nowMs: 5_000 })),
  );
  expect(JSON.stringify(served.records.map(({ decision, localReason }) => [decision, localReason]))).not.toContain(
    token,
  );
});
