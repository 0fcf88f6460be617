import { describe, expect, test } from "vitest";
import { environmentSchema } from "../../lib/config/environment.ts";
import { readProjectContext } from "../../lib/config/project.ts";
import { readEnvironment } from "../../lib/config/read-environment.ts";
import { Mistake } from "../../lib/findings/mistake.ts";
import { PROJECT } from "../test-project.ts";

const GOOD = {
  issuer: "https://is.example.com/oauth2/token",
  audience: ["client"],
  routes: [{ method: "GET", path: "/me" }],
};

const read = (patch: object, overrides: Record<string, unknown> = {}) =>
  readEnvironment({ environments: { dev: { ...GOOD, ...patch } }, overrides });

function mistakeOf(run: () => unknown): Mistake {
  try {
    run();
  } catch (error) {
    if (error instanceof Mistake) return error;
  }
  throw new Error("that was no mistake");
}

/** Of a value that may be right. */
function told(patch: object): string {
  try {
    read(patch);
    return "";
  } catch (error) {
    return error instanceof Mistake ? error.say.expected : String(error);
  }
}

const wantedFor = (patch: object, overrides: Record<string, unknown> = {}) =>
  mistakeOf(() => read(patch, overrides)).say.expected;

const routes = (count: number) => Array.from({ length: count }, (_, index) => ({ method: "GET", path: `/r${index}` }));

describe("an environment", () => {
  test("has its defaults filled in: protected routes, the Authorization header, the native authorizer", () => {
    expect(read({})).toMatchObject({
      name: "dev",
      identitySource: "$request.header.Authorization",
      authorizer: "native",
      routes: [{ method: "GET", path: "/me", scopes: [], public: false }],
      throttle: { rateLimit: 100, burstLimit: 200 },
      logRetentionDays: 30,
    });
  });

  test.for<[object, string]>([
    [{ business: { variables: { AWS_REGION: "x" } } }, "a name that Lambda does not keep for itself"],
    [{ business: { variables: { "A-B": "x" } } }, "a letter, then letters, digits and _"],
    [{ business: { timeoutSeconds: 31 } }, "business.timeoutSeconds"],
    [{ business: { memoryMb: 64 } }, "business.memoryMb"],
    [{ stackName: "orders_dev" }, "a letter, then letters, digits and hyphens"],
  ])("refuses %j of its function and stack: %s", ([patch, expected]) => expect(wantedFor(patch)).toContain(expected));

  test("is one of several: dev, staging and prod differ in issuer, audience, throttle and retention", () => {
    const { environments } = readProjectContext(PROJECT);
    const all = ["dev", "staging", "prod"].map((name) => readEnvironment({ environments, name }));
    for (const field of ["issuer", "audience", "throttle", "logRetentionDays"] as const)
      expect(new Set(all.map((one) => JSON.stringify(one[field]))).size).toBe(3);
  });
});

/** What is said of environments in a file of their own. */
const inAFile = (environments: unknown, name?: string) =>
  mistakeOf(() => readEnvironment({ environments, source: "others.json", name })).say;

describe("a wrong value is refused by its key path, with what was seen and what is wanted", () => {
  test.each([
    [{ issuer: "http://is.example.com" }, "https URL"],
    [{ issuer: "https://is.example.com/oauth2/token/" }, "no trailing slash"],
    [{ issuer: "https://localhost:9443/oauth2/token" }, "a host that API Gateway can reach"],
    [{ issuer: "https://127.0.0.1:9443/oauth2/token" }, "a host that API Gateway can reach"],
    [{ issuer: "https://is.example.com/oauth2/token?x=1" }, "without query"],
    [{ issuer: "https://is.example.com/oauth2/token/.well-known/openid-configuration" }, "the issuer itself"],
    [{ alarms: { thresholds: { refusedPercent: 120 } } }, "environments.dev.alarms.thresholds.refusedPercent"],
    [{ alarms: { thresholds: { latencyP99: 3 } } }, "alarms.thresholds.latencyP99: no such field"],
    [{ issuerWatch: { thresholds: { slowMs: 1_500 } } }, "issuerWatch.thresholds.slowMs"],
    [{ issuerWatch: { everyMinutes: 90 } }, "environments.dev.issuerWatch.everyMinutes"],
    [{ audience: [] }, "at least one audience"],
    [{ audience: ["a", "a"] }, "listed twice"],
    [{ audience: Array.from({ length: 51 }, (_, index) => `client${index}`) }, "at most 50 audiences"],
    [{ routes: [] }, "at least one route"],
    [{ routes: [{ method: "GET", path: "me" }] }, "begins with /"],
    [{ routes: [{ method: "GET", path: "/me/" }] }, "no trailing slash"],
    [{ routes: [{ method: "GET", path: "/{all+}/me" }] }, "greedy variable at the end"],
    [{ routes: [{ method: "GET", path: "/a b" }] }, "segments such as"],
    [{ routes: [{ method: "FETCH", path: "/me" }] }, "GET"],
    [
      {
        routes: [
          { method: "GET", path: "/me" },
          { method: "GET", path: "/me" },
        ],
      },
      "listed twice",
    ],
    [{ routes: [{ method: "GET", path: "/me", public: true, scopes: ["a"] }] }, "asks for no scopes"],
    [
      { routes: [{ method: "GET", path: "/me", scopes: Array.from({ length: 11 }, (_, index) => `s${index}`) }] },
      "at most 10 scopes",
    ],
    [{ routes: [{ method: "GET", path: "/me", scopes: ["a b"] }] }, "a scope without spaces"],
    [{ routes: [{ method: "GET", path: "/me", scopes: ["s".repeat(65)] }] }, "at most 64 characters"],
    [
      {
        routes: [
          { method: "GET", path: "/a/{x}" },
          { method: "POST", path: "/a/{y}" },
        ],
      },
      "one name for a variable at one place",
    ],
    [{ routes: [{ method: "GET", path: "/a/{x}/b/{x}" }] }, "another name for each variable of a path"],
    [{ routes: [{ method: "GET", path: "/a/:x" }] }, "a variable in braces, {id}"],
    [{ cors: { allowOrigins: ["app.example.com"] } }, "an origin as browsers send it"],
    [{ cors: { allowOrigins: ["capacitor://localhost"] } }, "an origin as browsers send it"],
    [{ tags: { "aws:team": "x" } }, "a name that does not begin with aws:"],
    [{ tags: { Environment: "x" } }, "names that differ in more than case"],
    [{ tags: Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`t${index}`, "x"])) }, "at most 49 tags"],
    [{ authorizer: "lambda", reservedConcurrency: 1, provisionedConcurrency: 2 }, "at most reservedConcurrency, 1"],
    [{ provisionedConcurrency: 2 }, 'for "authorizer": "lambda" only'],
    [{ cors: { allowOrigins: ["*"], allowCredentials: true } }, "list the origins"],
    [{ logRetentionDays: 8 }, "one of 1, 3, 5, 7"],
    [{ account: "1234" }, "12 digits"],
    [{ region: "europe" }, "a region such as"],
    [{ identitySource: "$context.path" }, "$request.header.NAME"],
    [{ caBundle: "ca.pem" }, 'for "authorizer": "lambda" only'],
    [{ isuer: "x" }, "did you mean issuer?"],
  ])("%j: %s", (patch, wanted) => expect(wantedFor(patch)).toContain(wanted));

  test("300 routes are taken and 301 are not", () => {
    expect(read({ routes: routes(300) }).routes).toHaveLength(300);
    expect(wantedFor({ routes: routes(301) })).toContain("at most 300 routes");
  });

  test("all problems are told at once, each on a line of its own", () => {
    const { code, say } = mistakeOf(() => read({ issuer: "ftp://x", audience: [], logRetentionDays: 8 }));
    expect(code).toBe("environment-wrong");
    expect(say.got.split("\n")).toEqual([
      'environments.dev.issuer = "ftp://x"',
      "environments.dev.audience = []",
      "environments.dev.logRetentionDays = 8",
    ]);
  });

  test("a missing field is told as missing", () => {
    const { say } = mistakeOf(() =>
      readEnvironment({ environments: { dev: { audience: ["a"], routes: GOOD.routes } } }),
    );
    expect(say.got).toBe("environments.dev.issuer = (missing)");
  });

  test("an unknown name is told those that exist", () => {
    const { code, say } = mistakeOf(() => readEnvironment({ environments: { dev: GOOD, prod: GOOD }, name: "prd" }));
    expect([code, say.expected, say.fix]).toEqual([
      "environment-unknown",
      "one of dev, prod, which are in cdk.json",
      "-c env=prod",
    ]);
  });

  test("what the schema has no words of its own for is said in plain ones", () => {
    const wrong = {
      audience: "client",
      throttle: { rateLimit: 0, burstLimit: 1.5 },
      cors: { allowOrigins: [], maxAgeSeconds: 90_000 },
      tracing: "yes",
      authorizer: "none",
      resultCacheSeconds: -1,
      issuerWatch: { everyMinutes: 0 },
      tags: { team: 7, ["k".repeat(129)]: "x" },
    };
    expect(
      wantedFor(wrong)
        .split("\n")
        .map((line) => line.replace("environments.dev.", "")),
    ).toEqual([
      "audience: a list",
      "authorizer: one of native, lambda",
      "cors.allowOrigins: at least 1 entry",
      "cors.maxAgeSeconds: at most 86400",
      "throttle.rateLimit: more than 0",
      "throttle.burstLimit: a whole number",
      "tracing: true or false",
      "issuerWatch.everyMinutes: at least 1",
      "resultCacheSeconds: at least 0",
      "tags.team: a text",
      `tags.${"k".repeat(129)}: such a name is not taken: at most 128 characters`,
    ]);
    expect(wantedFor({ routes: [{ path: "/me" }], throttle: { rateLimit: 1 } })).toMatch(
      /routes\[0\]\.method: .*GET.*\n.*throttle\.burstLimit: a number, it is missing$/,
    );
  });

  test("no field of zod's own words is left: every field, each with values of other kinds", () => {
    for (const field of Object.keys(environmentSchema.shape))
      for (const value of [7.5, -1, "", "x", true, [], [7], ["x"], {}, { x: 7 }, { "": "" }, null])
        expect(told({ [field]: value }), field).not.toMatch(/Invalid|Too (small|big)|expected|received/);
  });

  test("an environment that is not an object is told as that", () => {
    const { say } = mistakeOf(() => readEnvironment({ environments: { dev: "hello" } }));
    expect([say.got, say.expected]).toEqual(['environments.dev = "hello"', "environments.dev: an object"]);
  });

  test("the file to correct is the one that the environments are in", () => {
    expect(inAFile({ dev: {} }).fix).toContain("correct them in others.json");
    expect(inAFile({ Dev: GOOD }, "Dev").fix).toBe("rename it in others.json");
    expect([inAFile({}).expected, inAFile({}).fix]).toEqual([
      "an environment in others.json",
      "add one to others.json",
    ]);
  });
});

describe("overrides from the command line's context", () => {
  test("arrive as texts and become lists, numbers, booleans and members", () => {
    const overrides = {
      issuer: "https://other.example.com/oauth2/token",
      audience: "one,two",
      logRetentionDays: "90",
      retainLogs: "true",
      "throttle.rateLimit": "5",
      routes: '[{"method":"GET","path":"/x"}]',
      env: "dev",
      "@aws-cdk/core:flag": true,
    };
    expect(read({ throttle: { rateLimit: 1, burstLimit: 2 } }, overrides)).toMatchObject({
      issuer: "https://other.example.com/oauth2/token",
      audience: ["one", "two"],
      logRetentionDays: 90,
      retainLogs: true,
      throttle: { rateLimit: 5, burstLimit: 2 },
      routes: [{ path: "/x" }],
    });
  });

  test("reach into the default of a field that the environment leaves out", () => {
    expect(read({}, { "throttle.rateLimit": "5" }).throttle).toEqual({ rateLimit: 5, burstLimit: 200 });
    expect(wantedFor({}, { "domain.name": "api.example.com" })).toContain("domain.certificateArn");
  });

  test.each([
    ["audiance", "audience"],
    ["Issuer", "issuer"],
    ["route", "routes"],
    ["log-retention-days", "logRetentionDays"],
    ["trottle.rateLimit", "throttle.rateLimit"],
    ["enviroments", "environments"],
    ["environment", "env"],
  ])("are not dropped in silence where a name was mistyped: %s", (typed, meant) => {
    const { code, say } = mistakeOf(() => read({}, { [typed]: "x" }));
    expect([code, say.fix]).toEqual(["context-unknown", `-c ${meant}=…`]);
  });

  test("stand among context that is of others: feature flags, lookups, names that are far from any field", () => {
    const others = {
      "@aws-cdk/core:region": true,
      "aws:cdk:version-reporting": true,
      "availability-zones:account=123456789012:region=eu-central-1": ["eu-central-1a"],
      "hosted-zone:account=1": {},
      "vpc-provider:account=1": {},
      stage: "x",
      domainName: "x",
      team: "x",
      costCentre: "x",
      tenant: "x",
    };
    expect(read({}, others)).toEqual(read({}));
  });

  test("are checked like the rest", () =>
    expect(wantedFor({}, { issuer: "http://x.example.com" })).toContain("https URL"));
});
