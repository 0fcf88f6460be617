import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { Mistake } from "../../lib/findings/mistake.ts";
import { asker } from "../../lib/http/exchange.ts";
import type { EmbeddedIssuer } from "../../lib/issuer/embedded-issuer.ts";
import { bodyOf, challengeOf } from "../../lib/rules/challenge.ts";
import type { RuleName } from "../../lib/rules/rules.ts";
import { type ListedRoute, requestsOf } from "../../lib/smoke/route-request.ts";
import { runSmoke, type SmokeEnvironment, type SmokeOptions, type SmokeReport } from "../../lib/smoke/smoke.ts";
import { checkTemplate, type ListedRoutes } from "../../lib/smoke/template-check.ts";
import { granter } from "../../lib/wso2/grants.ts";
import {
  type ApiAnswer,
  type Behaviour,
  CLIENT,
  type DeployedApi,
  documentsWithOwnTokenEndpoint,
  ENVIRONMENT,
  LET_THROUGH,
  NOT_FOUND,
  OTHER,
  startDeployedApi,
  startIssuer,
  UNAUTHORIZED,
} from "./deployed-api.ts";

let issuer: EmbeddedIssuer;
const open: DeployedApi[] = [];

beforeAll(async () => {
  issuer = await startIssuer();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((api) => api.close()));
});
afterAll(() => issuer.close());

interface Asked extends Partial<SmokeOptions> {
  readonly behave?: Behaviour;
  readonly env?: SmokeEnvironment;
}

async function ask({ behave, env = ENVIRONMENT, ...more }: Asked = {}) {
  const api = await startDeployedApi(issuer, { environment: env, ...(behave ? { behave } : {}) });
  open.push(api);
  const world = {
    ask: asker({ deadlineMs: 5_000 }),
    fetchDocument: documentsWithOwnTokenEndpoint(issuer),
    nowMs: Date.now,
    sleep: async () => undefined,
  };
  const report = await runSmoke({
    url: api.url,
    environment: env,
    listed: LISTED,
    outputs: undefined,
    waitMs: 0,
    grantToken: granter(env.issuer, CLIENT, world),
    grantOther: granter(env.issuer, OTHER, world),
    expiredToken: await issuer.mint({ flaw: "expired" }),
    waitExpiry: false,
    requireToken: false,
    onProgress: () => undefined,
    world,
    ...more,
  });
  return { report, api };
}

const rows = ({ results }: SmokeReport) =>
  results.map(({ code, route, level }) => `${level} ${code}${route === null ? "" : ` ${route}`}`);
const failures = ({ results }: SmokeReport) => [
  ...new Set(results.filter(({ level }) => level === "fail").map(({ code }) => code)),
];

const whenRefusedBy =
  (...rules: readonly RuleName[]): Behaviour =>
  ({ decision }) =>
    decision && !decision.allowed && rules.includes(decision.rule) ? LET_THROUGH : undefined;

const mistake = async (asked: Asked) => {
  try {
    await ask(asked);
  } catch (error) {
    if (error instanceof Mistake) return error;
    throw error;
  }
  throw new Error("no mistake was thrown");
};

/** Nothing that an environment could say otherwise. */
const LISTED: ListedRoutes = { from: "the template in cdk.out", ofTemplate: true, environment: undefined };
const NO_TOKENS = { grantToken: undefined, grantOther: undefined, expiredToken: undefined };

describe("an API that is right", () => {
  test("passes every check: no token, forged tokens, real ones and their scopes, an expired one", async () => {
    const { report } = await ask();
    expect(rows(report)).toEqual([
      "pass keys",
      "pass public GET /health",
      "pass no-token GET /me",
      "pass no-token GET /orders/{id}",
      "pass no-token POST /orders",
      "pass no-token DELETE /orders",
      "pass garbage GET /me",
      "pass opaque GET /me",
      "pass foreign-key GET /me",
      "pass unknown-kid GET /me",
      "pass wrong-audience GET /me",
      "pass alg-none GET /me",
      "pass hs256-public-key GET /me",
      "pass issuer-token",
      "pass token GET /me",
      "pass scope GET /orders/{id}",
      "pass no-scope POST /orders",
      "skipped scope DELETE /orders",
      "pass unscoped-token GET /me",
      "pass no-scope GET /orders/{id}",
      "pass no-scope POST /orders",
      "pass no-scope DELETE /orders",
      "pass tampered GET /me",
      "pass other-application GET /me",
      "pass expired GET /me",
    ]);
    expect(report.passed).toBe(true);
  });

  test("behind a Lambda authorizer passes as well: 401 without a token, 403 for a bad one, no challenge (8.4 to 8.6)", async () => {
    const { report } = await ask({ env: { ...ENVIRONMENT, authorizer: "lambda" } });
    expect(failures(report)).toEqual([]);
    expect(report.results.find(({ code }) => code === "foreign-key")?.got).toBe("403");
    expect(report.results.find(({ code }) => code === "no-token")?.got).toBe("401");
  });

  test("takes the token where the identity source says, here in the query", async () => {
    const { report } = await ask({ env: { ...ENVIRONMENT, identitySource: "$request.querystring.access_token" } });
    expect(failures(report)).toEqual([]);
    expect(report.results.find(({ code }) => code === "token")?.level).toBe("pass");
  });

  test("says that a real token got in, which --require-token is content with", async () => {
    const { report } = await ask({ requireToken: true });
    expect([report.passed, report.realToken]).toEqual([true, "let-in"]);
  });

  test("without credentials fails where a real token is required, for another issuer's API would pass as well", async () => {
    const { report } = await ask({ ...NO_TOKENS, requireToken: true });
    expect([report.passed, report.realToken]).toEqual([false, "none"]);
    expect(report.results.filter(({ level }) => level === "fail")).toMatchObject([
      { code: "real-token", got: "no real token was tried", fix: expect.stringContaining("WSO2_CLIENT_SECRET") },
    ]);
  });

  test("that only ever refuses a token for its scopes does not count as one that let it in", async () => {
    const token = await issuer.mint({ scopes: [] });
    const env = { ...ENVIRONMENT, routes: ENVIRONMENT.routes.filter(({ scopes }) => scopes.length > 0) };
    const { report } = await ask({
      env,
      requireToken: true,
      grantToken: async () => ({ kind: "granted", token, expiresInSeconds: 60 }),
    });
    expect([report.realToken, failures(report)]).toEqual(["refused", ["real-token"]]);
  });

  test("all of whose routes are public needs no token", async () => {
    const env = { ...ENVIRONMENT, routes: ENVIRONMENT.routes.filter((route) => route.public) };
    const { report } = await ask({ ...NO_TOKENS, env, requireToken: true });
    expect([report.passed, report.realToken]).toEqual([true, "none"]);
  });

  test("without credentials is asked all the same, and the report says what was not", async () => {
    const { report } = await ask(NO_TOKENS);
    expect([report.passed, report.realToken]).toEqual([true, "none"]);
    expect(rows(report).filter((row) => row.startsWith("skipped"))).toEqual([
      "skipped issuer-token",
      "skipped other-application",
      "skipped expired",
    ]);
  });

  test("a request that is let through never changes anything", async () => {
    const { api } = await ask();
    const through = api.asked.filter(({ decision }) => decision === undefined || decision.allowed);
    expect(through.length).toBeGreaterThan(3);
    for (const { method } of through) expect(method).toBe("GET");
  });

  test("whose only route is a POST is never called with a token that it takes", async () => {
    const env = { ...ENVIRONMENT, routes: ENVIRONMENT.routes.filter(({ key }) => key.startsWith("DELETE ")) };
    const { report, api } = await ask({ env });
    expect(failures(report)).toEqual([]);
    expect(api.asked.every(({ decision }) => decision?.allowed === false)).toBe(true);
  });

  test("no row holds a token or a secret", async () => {
    const { report, api } = await ask();
    const said = JSON.stringify(report);
    for (const { credential } of api.asked)
      for (const part of credential?.replace("Bearer ", "").split(".") ?? [])
        if (part.length > 10) expect(said).not.toContain(part);
    expect(said).not.toContain(CLIENT.clientSecret);
  });
});

const listedRoute = (key: string, more: Partial<ListedRoute> = {}): ListedRoute => ({
  key,
  scopes: [],
  public: false,
  ...more,
});

describe("each route is asked by a request that it takes, and no other", () => {
  test.each([
    ["a greedy variable beside another one", ["GET /{proxy+}", "GET /{id}"], "GET /gatehouse-smoke/gatehouse-smoke"],
    ["ANY beside its GET", ["ANY /me", "GET /me"], "HEAD /me"],
    ["a variable", ["POST /orders/{id}/lines/{line}"], "POST /orders/gatehouse-smoke/lines/gatehouse-smoke"],
    ["$default beside a greedy variable", ["$default", "GET /{proxy+}"], "HEAD /gatehouse-smoke"],
  ])("%s", (_, keys, request) => {
    const [first] = requestsOf(keys.map((key) => listedRoute(key))).routes;
    expect(`${first?.method} ${first?.path}`).toBe(request);
  });

  test("a route that others hide altogether is said to be so, not asked as another one", () => {
    const all = [
      listedRoute("ANY /me"),
      ...["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"].map((one) => listedRoute(`${one} /me`)),
    ];
    const { routes, hidden } = requestsOf(all);
    expect([routes.length, hidden.map(({ key }) => key)]).toEqual([7, ["ANY /me"]]);
  });
});

const listed = (more: Partial<ListedRoutes>): ListedRoutes => ({ ...LISTED, ...more });

describe("the template's routes are held against those of the environment", () => {
  const own = new Map(ENVIRONMENT.routes.map((one) => [one.key, one.public]));
  const debug = { key: "GET /debug", scopes: [], public: true };

  test("the same: pass", () => {
    expect(checkTemplate(ENVIRONMENT.routes, listed({ environment: own }))).toMatchObject([{ level: "pass" }]);
  });

  test("an open route that a stack adds is seen", () => {
    expect(checkTemplate([...ENVIRONMENT.routes, debug], listed({ environment: own }))).toMatchObject([
      { code: "template", level: "warn", got: expect.stringContaining("GET /debug") },
    ]);
  });

  test("one that the environment lists as protected fails", () => {
    const opened = ENVIRONMENT.routes.map((one) => ({ ...one, public: true }));
    expect(checkTemplate(opened, listed({ environment: own }))).toMatchObject([
      { level: "fail", got: expect.stringContaining("GET /me") },
    ]);
  });

  test("without a template nobody can tell, and the finding says so", () => {
    expect(checkTemplate(ENVIRONMENT.routes, listed({ environment: own, ofTemplate: false }))).toMatchObject([
      { level: "skipped", fix: expect.stringContaining("--assembly") },
    ]);
  });
});

describe("an API that is wrong fails the check that is about it", () => {
  test("one that accepts everything fails every refusal", async () => {
    const { report } = await ask({ behave: () => LET_THROUGH });
    expect(report.passed).toBe(false);
    expect(failures(report)).toEqual([
      "no-token",
      "garbage",
      "opaque",
      "foreign-key",
      "unknown-kid",
      "wrong-audience",
      "alg-none",
      "hs256-public-key",
      "no-scope",
      "tampered",
      "other-application",
      "expired",
    ]);
  });

  test.for<[string, Behaviour, string[]]>([
    [
      "no authorizer on one route",
      ({ path }) => (path === "/orders/gatehouse-smoke" ? LET_THROUGH : undefined),
      ["no-token", "no-scope"],
    ],
    ["signatures are not checked", whenRefusedBy("signature"), ["foreign-key", "wrong-audience", "tampered"]],
    ["any key will do", whenRefusedBy("key"), ["unknown-kid"]],
    ["alg none and HS256 are taken", whenRefusedBy("algorithm"), ["alg-none", "hs256-public-key"]],
    ["the audience is not compared", whenRefusedBy("audience"), ["other-application"]],
    ["expiry is not looked at", whenRefusedBy("expiry"), ["expired"]],
    ["scopes are not asked for", whenRefusedBy("scope"), ["no-scope"]],
    ["a public route is closed", ({ path }) => (path === "/health" ? UNAUTHORIZED : undefined), ["public"]],
    [
      "good tokens are refused",
      ({ decision }) => (decision?.allowed ? UNAUTHORIZED : undefined),
      ["token", "scope", "unscoped-token"],
    ],
    ["a route was dropped", ({ method }) => (method === "DELETE" ? NOT_FOUND : undefined), ["no-token", "no-scope"]],
  ])("%s", async ([, behave, expected]) => {
    const { report } = await ask({ behave });
    expect(failures(report)).toEqual(expected);
    for (const { level, fix } of report.results) expect(fix !== null).toBe(level === "fail");
  });

  test("an engine that writes API Gateway's message with a space is not taken for the function", async () => {
    const { report } = await ask({
      behave: ({ decision }) =>
        decision && !decision.allowed
          ? { status: decision.status, body: bodyOf(decision).replace('":"', '": "'), challenge: challengeOf(decision) }
          : undefined,
    });
    expect(failures(report)).toEqual([]);
  });

  test("a function that refuses by itself is not an authorizer: the body is not API Gateway's (2.1.5)", async () => {
    const own: ApiAnswer = { status: 401, body: '{"title":"log in first"}', challenge: "Bearer" };
    const { report } = await ask({
      behave: ({ decision }) => (decision && !decision.allowed ? own : undefined),
      ...NO_TOKENS,
    });
    expect(failures(report)).toContain("no-token");
    expect(report.results.find(({ code }) => code === "no-token")?.fix).toContain("the function answered");
  });

  test("a native API under an environment that says lambda, and the other way round", async () => {
    const native = await ask({
      ...NO_TOKENS,
      env: { ...ENVIRONMENT, authorizer: "lambda" },
      behave: ({ decision }) => (decision && !decision.allowed ? UNAUTHORIZED : undefined),
    });
    expect(failures(native.report)).toContain("no-token");
    expect(native.report.results.find(({ level }) => level === "fail")?.fix).toContain('"authorizer": "lambda"');
    const mirrored = await ask({
      ...NO_TOKENS,
      behave: ({ decision, credential }) =>
        decision === undefined || decision.allowed
          ? undefined
          : credential === undefined
            ? { status: 401, body: UNAUTHORIZED.body }
            : { status: 403, body: '{"message":"Forbidden"}' },
    });
    expect(failures(mirrored.report)).toEqual(expect.arrayContaining(["no-token", "foreign-key"]));
  });

  test("an answer of a Lambda authorizer that is kept for every route lets a token in without its scope (8.9)", async () => {
    const allowed = new Set<string>();
    const { report } = await ask({
      env: { ...ENVIRONMENT, authorizer: "lambda" },
      behave: ({ credential = "", decision }) => {
        if (decision?.allowed) allowed.add(credential);
        return allowed.has(credential) ? LET_THROUGH : undefined;
      },
    });
    expect(failures(report)).toEqual(["no-scope"]);
  });
});

describe("what passes by itself", () => {
  test("a cold start's 503 is asked again, and counts for nothing", async () => {
    let left = 2;
    const { report } = await ask({
      behave: ({ path }) =>
        path === "/health" && left-- > 0 ? { status: 503, body: '{"message":"Service Unavailable"}' } : undefined,
    });
    expect(report.results.find(({ code }) => code === "public")).toMatchObject({
      level: "pass",
      got: "200",
      tries: 3,
    });
  });

  test("a good token that is refused once and then taken is to be looked at: the issuer may be slow (4.13)", async () => {
    let left = 1;
    const challenge = 'Bearer scope="" error="invalid_token" error_description="JWKS communication error"';
    const { report } = await ask({
      behave: ({ decision }) => (decision?.allowed && left-- > 0 ? { ...UNAUTHORIZED, challenge } : undefined),
    });
    expect(report.passed).toBe(true);
    expect(report.results.find(({ level }) => level === "warn")).toMatchObject({
      code: "token",
      got: "200, but first 401 invalid_token: JWKS communication error",
    });
  });

  test("a bad token that is let through is not asked again", async () => {
    const { report } = await ask({ behave: () => LET_THROUGH, ...NO_TOKENS });
    for (const { level, tries } of report.results) if (level === "fail") expect(tries).toBe(1);
  });
});

describe("the issuer's token", () => {
  test("that the rules refuse is told with the rule and its fix, and no route is asked after the first", async () => {
    const env = { ...ENVIRONMENT, audience: ["somebodyElse000000001"] };
    const { report } = await ask({ env });
    expect(report.results.filter(({ code }) => code === "issuer-token" || code === "token")).toMatchObject([
      { level: "fail", got: expect.stringContaining("the rule audience refuses it") },
      { level: "fail", route: "GET /me", got: "401 invalid_token: the token does not have a valid audience" },
    ]);
    expect(failures(report)).not.toContain("no-scope");
  });

  test("that the token endpoint refuses is told in its words, without the secret", async () => {
    const world = { ask: asker({ deadlineMs: 5_000 }), fetchDocument: documentsWithOwnTokenEndpoint(issuer) };
    const grantToken = granter(ENVIRONMENT.issuer, { ...CLIENT, clientSecret: "wrong-secret-0000" }, world);
    const { report } = await ask({ grantToken });
    expect(report.results.find(({ code }) => code === "issuer-token")).toMatchObject({
      level: "fail",
      got: "the token endpoint answered 401 invalid_client: Client credentials are invalid.",
    });
    expect(JSON.stringify(report)).not.toContain("wrong-secret-0000");
  });

  test("of another application that fits after all proves nothing, and says so", async () => {
    const { report } = await ask({
      grantOther: async () => ({ kind: "granted", token: await issuer.mint(), expiresInSeconds: 60 }),
    });
    expect(report.results.find(({ code }) => code === "other-application")).toMatchObject({
      level: "fail",
      got: "the other application's token fits",
    });
  });

  test("is waited for until it has expired, where that is asked", async () => {
    const waited: number[] = [];
    let now = Date.now();
    const api = await startDeployedApi(issuer, {
      behave: ({ decision }) => (decision?.allowed && waited.length > 0 ? UNAUTHORIZED_EXPIRED : undefined),
    });
    open.push(api);
    const token = await issuer.mint({ ttlSeconds: 100 });
    const report = await runSmoke({
      url: api.url,
      environment: { ...ENVIRONMENT, resultCacheSeconds: 30 },
      listed: LISTED,
      outputs: undefined,
      waitMs: 0,
      grantToken: async () => ({ kind: "granted", token, expiresInSeconds: 100 }),
      grantOther: undefined,
      expiredToken: undefined,
      waitExpiry: true,
      requireToken: false,
      onProgress: () => undefined,
      world: {
        ask: asker({ deadlineMs: 5_000 }),
        fetchDocument: documentsWithOwnTokenEndpoint(issuer),
        nowMs: () => now,
        sleep: async (milliseconds) => {
          waited.push(milliseconds);
          now += milliseconds;
        },
      },
    });
    expect(report.results.at(-1)).toMatchObject({ code: "expired", level: "pass" });
    expect(waited.at(-1)).toBeGreaterThan(130_000);
    expect(waited.at(-1)).toBeLessThan(133_000);
  });

  test("that is said to have expired and has not is a failure", async () => {
    const { report } = await ask({ expiredToken: await issuer.mint() });
    expect(report.results.at(-1)).toMatchObject({ code: "expired", level: "fail" });
  });
});

const UNAUTHORIZED_EXPIRED: ApiAnswer = {
  ...UNAUTHORIZED,
  challenge: 'Bearer scope="" error="invalid_token" error_description="Token is expired"',
};

describe("keys that cannot be fetched from here", () => {
  test("leave the forgeries an invented kid and the rules silent; the API is asked all the same", async () => {
    const { report } = await ask({
      world: {
        ask: asker({ deadlineMs: 5_000 }),
        fetchDocument: async () => Promise.reject(new Error("no way")),
        nowMs: Date.now,
        sleep: async () => undefined,
      },
    });
    expect(report.results.find(({ code }) => code === "keys")?.level).toBe("skipped");
    expect(report.results.find(({ code }) => code === "issuer-token")?.level).toBe("skipped");
    expect(failures(report)).toEqual([]);
  });
});

describe("outputs of another environment", () => {
  test("are found out: the stack trusts another issuer", async () => {
    const outputs = {
      stack: "Gatehouse-test",
      url: "",
      endpoint: undefined,
      issuer: "https://old.example.com/oauth2/token",
      audience: CLIENT.clientId,
    };
    const { report } = await ask({ outputs });
    expect(failures(report)).toEqual(["outputs"]);
  });
});

describe("a URL behind which there is no such API", () => {
  test.for<[string, ApiAnswer]>([
    ["url-no-route", NOT_FOUND],
    ["url-wrong", { status: 404, body: "<html>nothing here</html>" }],
    ["url-wrong", { status: 403, body: '{"message":"Missing Authentication Token"}' }],
    ["url-redirects", { status: 301, body: "" }],
  ])("%s", async ([code, answer]) => {
    const { say, ...error } = await mistake({ behave: () => answer });
    expect(error.code).toBe(code);
    expect(Object.values(say).every((part) => part.length > 0)).toBe(true);
  });

  test.for<[string, string]>([
    ["url-unknown-host", "https://no-such-host.invalid"],
    ["url-no-answer", "https://127.0.0.1:9"],
  ])("%s: %s", async ([code, url]) => {
    expect((await mistake({ url })).code).toBe(code);
  });

  test("is waited for: a new API answers 404 for a while", async () => {
    let left = 3;
    const slept: number[] = [];
    const steps: string[] = [];
    const { report } = await ask({
      waitMs: 60_000,
      behave: () => (left-- > 0 ? NOT_FOUND : undefined),
      onProgress: (step) => steps.push(step),
      world: {
        ask: asker({ deadlineMs: 5_000 }),
        fetchDocument: documentsWithOwnTokenEndpoint(issuer),
        nowMs: Date.now,
        sleep: async (milliseconds) => void slept.push(milliseconds),
      },
    });
    expect(report.passed).toBe(true);
    expect(slept).toEqual([1_000, 2_000, 4_000]);
    expect(steps).toContainEqual(expect.stringMatching(/^404 .*waiting for it, \d+ s left$/));
  });
});
