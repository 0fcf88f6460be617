import { afterEach, describe, expect, test } from "vitest";
import type { HttpApiModel, RequestAuthorizerModel, RouteModel } from "../../lib/assembly/model.ts";
import { apiOf, functionOf, type Served, serve } from "./served.ts";

// Every answer of the gateway's own says why it is that, and what to change.

let served: Served | undefined;
afterEach(async () => {
  await served?.gateway.close();
  served = undefined;
});

let nowMs = 1_800_000_000_000;

const PUBLIC = apiOf({ open: { source: "exports.handler = async () => 'in';" } });
const [OPEN] = PUBLIC.routes;
const integration = OPEN?.integration ?? { kind: "unserved", reason: "" };

const guardedBy = (key: string, authorizer: RequestAuthorizerModel): RouteModel => ({
  key,
  logicalId: key,
  authorization: { kind: "request", authorizer },
  integration,
});

const authorizer = (source: string, more: Partial<RequestAuthorizerModel> = {}): RequestAuthorizerModel => ({
  id: "guardguard",
  name: "Guard",
  function: functionOf("guard", { source }),
  payloadFormat: "2.0",
  simpleResponses: true,
  identitySource: ["$request.header.Authorization"],
  cacheSeconds: 0,
  permission: { by: "assumption" },
  mirror: undefined,
  ...more,
});

const POLICY = `exports.handler = async (event) => ({ principalId: "u", policyDocument: { Version: "2012-10-17",
  Statement: [{ Action: "execute-api:Invoke", Effect: "Allow", Resource: event.routeArn ?? event.methodArn }] },
  context: { role: "admin", claims: JSON.stringify({ a: 1 }) } });`;

async function ask(api: HttpApiModel, path: string, init: RequestInit = {}) {
  served ??= await serve(api, { nowMs: () => nowMs });
  const { status } = await served.ask(path, init);
  const { cause, authorizerError } = served.records.at(-1) ?? {};
  return { status, cause, authorizerError };
}

const withToken = { headers: { authorization: "t1" } };

const guarded = (one: RequestAuthorizerModel): HttpApiModel => ({
  ...PUBLIC,
  routes: [guardedBy("GET /first", one), guardedBy("GET /second", one)],
});

describe("a Lambda authorizer", () => {
  test("that was not called names the identity source that is missing", async () => {
    const sources = ["$request.header.Authorization", "$request.querystring.key"];
    const api = guarded(authorizer("", { identitySource: sources }));
    expect(await ask(api, "/first", withToken)).toMatchObject({
      status: 401,
      cause: {
        code: "no-identity-source",
        what: expect.stringContaining("has no $request.querystring.key, which") as unknown,
        fix: "send the query parameter key",
        fact: "8.4",
      },
    });
  });

  test("whose kept policy was made for another route: its age, its route and the ARN that it does not cover", async () => {
    const api = guarded(authorizer(POLICY, { simpleResponses: false, cacheSeconds: 300 }));
    expect((await ask(api, "/first", withToken)).status).toBe(200);
    nowMs += 12_300;
    const arn = "arn:aws:execute-api:eu-central-1:123456789012:testtestte/$default/GET";
    expect(await ask(api, "/second", withToken)).toMatchObject({
      status: 403,
      cause: {
        code: "kept-policy",
        what: `the policy that the Lambda authorizer Guard answered 12.3 s ago on GET /first is kept for 300 s, and does not cover ${arn}/second: it allows ${arn}/first`,
        fix: expect.stringContaining("$context.routeKey") as unknown,
        fact: "8.9",
      },
    });
  });

  test("an answer that is used again keeps the age of its first use", async () => {
    const source = "exports.handler = async () => ({ isAuthorized: false });";
    const api = guarded(authorizer(source, { cacheSeconds: 300 }));
    expect((await ask(api, "/first", withToken)).cause?.what).toBe(
      "the Lambda authorizer Guard answered isAuthorized: false",
    );
    for (const age of ["5.0", "10.0"]) {
      nowMs += 5_000;
      expect((await ask(api, "/second", withToken)).cause?.what).toContain(`${age} s ago on GET /first`);
    }
  });

  test("whose policy allows another ARN names both", async () => {
    const source = POLICY.replace("event.routeArn ?? event.methodArn", '"arn:aws:execute-api:*:*:other/*"');
    const { status, cause } = await ask(guarded(authorizer(source, { simpleResponses: false })), "/first", withToken);
    expect([status, cause?.code]).toEqual([403, "lambda-authorizer-denies"]);
    expect(cause?.what).toContain("it allows arn:aws:execute-api:*:*:other/*");
  });

  test.each([
    ["exports.handler = async () => ({ isAuthorized: 'yes, the secret' });", "but a string"],
    ["exports.handler = async () => ({});", "has no isAuthorized that is true or false"],
    ["exports.handler = async () => null;", "it is null"],
  ])("that answers in another form says which, in the log with AWS's text: %s", async (source, how) => {
    const { status, cause, authorizerError } = await ask(guarded(authorizer(source)), "/first", withToken);
    expect([status, cause?.code, cause?.confidence]).toEqual([500, "authorizer-answer", "OBS1"]);
    expect(cause?.what).toContain(how);
    expect(cause?.what).not.toContain("secret");
    expect(authorizerError).toContain("Invalid json in authorizer response");
  });

  test("that throws", async () => {
    const source = "exports.handler = async () => { throw new Error('no database'); };";
    const { status, cause } = await ask(guarded(authorizer(source)), "/first", withToken);
    expect([status, cause?.code, cause?.what]).toEqual([
      500,
      "authorizer-failed",
      "the Lambda authorizer Guard failed: no database",
    ]);
  });

  test("that API Gateway may not call", async () => {
    const permission = { by: "policy", statements: [], misses: [] } as const;
    const { status, cause } = await ask(guarded(authorizer(POLICY, { permission })), "/first", withToken);
    expect([status, cause?.code]).toEqual([500, "authorizer-permission"]);
  });

  test("of payload 1.0 whose kept context holds JSON as text is served, and the line says what AWS did once", async () => {
    const api = guarded(authorizer(POLICY, { simpleResponses: false, payloadFormat: "1.0", cacheSeconds: 300 }));
    expect((await ask(api, "/first", withToken)).cause).toBeUndefined();
    const again = await ask(api, "/first", withToken);
    expect(again).toMatchObject({ status: 200, cause: { code: "kept-context", level: "warn", confidence: "OBS1" } });
    expect(again.cause?.what).toContain("(claims)");
  });
});

describe("before a route", () => {
  test.each([
    ["GET", "/opne", "no-route", "nearest is ANY /open"],
    ["GET", "/", "no-route", "no route takes it"],
  ])("%s %s is %s: %s", async (method, path, code, words) => {
    const { status, cause } = await ask(PUBLIC, path, { method });
    expect([status, cause?.code]).toEqual([404, code]);
    expect(cause?.what).toContain(words);
  });

  test("a path without its stage", async () => {
    const stages = PUBLIC.stages.map((stage) => ({ ...stage, name: "v1" }));
    const { status, cause } = await ask({ ...PUBLIC, stages }, "/open");
    expect([status, cause?.what]).toEqual([404, "no stage takes this path; there is /v1"]);
  });

  test("a route of the stage is looked for without the stage's name", async () => {
    const stages = PUBLIC.stages.map((stage) => ({ ...stage, name: "v1" }));
    expect((await ask({ ...PUBLIC, stages }, "/v1/opne")).cause?.what).toContain('"opne" is not "open"');
  });

  test("a preflight of an API without CORS", async () => {
    const headers = { origin: "https://app.example.com", "access-control-request-method": "GET" };
    const { status, cause } = await ask({ ...PUBLIC, routes: [] }, "/open", { method: "OPTIONS", headers });
    expect([status, cause?.code]).toEqual([404, "no-preflight"]);
  });
});

describe("on a route", () => {
  test("a throttle says whose it is and what it takes", async () => {
    const throttle = { rate: 1, burst: 1 };
    const stage = PUBLIC.stages[0] ?? { name: "$default", variables: {}, accessLogFormat: undefined };
    const ofStage = { ...PUBLIC, stages: [{ ...stage, throttle, routeThrottles: {} }] };
    await ask(ofStage, "/open");
    expect((await ask(ofStage, "/open")).cause?.what).toBe("the stage $default takes 1 requests a second, 1 at once");
    await served?.gateway.close();
    served = undefined;
    const ofRoute = {
      ...PUBLIC,
      stages: [{ ...stage, throttle: undefined, routeThrottles: { "ANY /open": throttle } }],
    };
    await ask(ofRoute, "/open");
    expect((await ask(ofRoute, "/open")).cause?.what).toBe("the route ANY /open takes 1 requests a second, 1 at once");
  });

  test("a body that is too large", async () => {
    const { status, cause } = await ask(PUBLIC, "/open", { method: "POST", body: "x".repeat(10_485_761) });
    expect([status, cause?.code, cause?.confidence]).toEqual([413, "body-too-large", "UNK"]);
  });

  test("a function that fails, and one that answers in a bad form", async () => {
    const api = apiOf({
      fails: { source: "exports.handler = async () => { throw new Error('broken'); };" },
      odd: { source: "exports.handler = async () => ({ statusCode: 'many' });" },
    });
    expect((await ask(api, "/fails")).cause).toMatchObject({
      code: "function-failed",
      what: expect.stringContaining("broken") as unknown,
    });
    expect((await ask(api, "/odd")).cause).toMatchObject({ code: "integration-failed", fact: "6.18" });
  });

  test("what the function itself answers has no cause of ours, whatever its status", async () => {
    const api = apiOf({
      says: { source: "exports.handler = async () => ({ statusCode: 404, body: 'no such order' });" },
    });
    expect(await ask(api, "/says")).toMatchObject({ status: 404, cause: undefined });
  });
});
