import { Match } from "aws-cdk-lib/assertions";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Session } from "../../lib/session/session.ts";
import { sessionOf } from "./session-of.ts";
import { synthesised } from "./synthesised.ts";

const MODES = ["native", "lambda"] as const;
type Mode = (typeof MODES)[number];

const TEMPLATES: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ["native", { authorizer: "native" }],
  ["lambda", { authorizer: "lambda" }],
  ["lambda, provisioned", { authorizer: "lambda", provisionedConcurrency: 2 }],
];

const inMode = (authorizer: Mode) => synthesised("dev", { authorizer });

type Resources = Readonly<
  Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>
>;

const resourcesOf = (mode: Mode) => inMode(mode).template.toJSON().Resources as Resources;

describe("switching the authorizer", () => {
  const native = resourcesOf("native");
  const lambda = resourcesOf("lambda");

  test("adds the mirror, its role, its log and API Gateway's permission to call it, and takes the native one away", () => {
    const added = Object.entries(lambda).filter(([id]) => !(id in native));
    expect(added.map(([, { Type: type }]) => type).toSorted()).toEqual([
      "AWS::ApiGatewayV2::Authorizer",
      "AWS::IAM::Role",
      "AWS::Lambda::Function",
      "AWS::Lambda::Permission",
      "AWS::Logs::LogGroup",
    ]);
    const removed = Object.entries(native).filter(([id]) => !(id in lambda));
    expect(removed.map(([, { Type: type }]) => type)).toEqual(["AWS::ApiGatewayV2::Authorizer"]);
  });

  test("changes of the rest the routes' authorizer only; 3.27 their scopes go to the function", () => {
    for (const [id, before] of Object.entries(native)) {
      const after = lambda[id];
      if (after === undefined) continue;
      const { AuthorizationType: _, AuthorizerId: __, AuthorizationScopes: ___, ...kept } = before.Properties ?? {};
      expect(after.Properties, id).toMatchObject(kept);
      if (before.Type !== "AWS::ApiGatewayV2::Route") expect(after, id).toEqual(before);
      else expect(after.Properties).not.toHaveProperty("AuthorizationScopes");
    }
    const { template, environment } = inMode("lambda");
    const mirror = Object.values(template.findResources("AWS::Lambda::Function")).find(({ Properties: properties }) =>
      JSON.stringify(properties).includes("ROUTE_SCOPES"),
    );
    expect(mirror?.Properties.Environment.Variables).toEqual({
      ISSUER: environment.issuer,
      AUDIENCE: environment.audience.join(","),
      ROUTE_SCOPES: JSON.stringify({
        "GET /me": [],
        "GET /orders": ["orders:read"],
        "POST /orders": ["orders:write"],
        "GET /orders/{id}": ["orders:read", "orders:write"],
      }),
    });
  });

  test("8.1, 8.3 asks with payload 2.0, takes simple responses and keeps none", () => {
    inMode("lambda").template.hasResourceProperties("AWS::ApiGatewayV2::Authorizer", {
      AuthorizerType: "REQUEST",
      AuthorizerPayloadFormatVersion: "2.0",
      EnableSimpleResponses: true,
      AuthorizerResultTtlInSeconds: 0,
      IdentitySource: ["$request.header.Authorization"],
    });
  });

  test("8.8 gives the mirror more than the two documents take, and less than API Gateway's ten seconds", () => {
    const { template } = inMode("lambda");
    const timeouts = Object.values(template.findResources("AWS::Lambda::Function")).map(
      ({ Properties: properties }) => properties.Timeout as number,
    );
    expect(new Set(timeouts)).toEqual(new Set([10, 5]));
  });

  test("lets this authorizer only call the mirror", () => {
    const permissions = JSON.stringify(
      Object.entries(inMode("lambda").template.findResources("AWS::Lambda::Permission")).filter(
        ([id]) => !(id in native),
      ),
    );
    expect(permissions).toContain("/authorizers/");
    expect(permissions).not.toContain("/*/*");
  });
});

test("with alarms, switching the authorizer changes besides only what counts refusals and shows them", () => {
  const [before = {}, after = {}] = MODES.map(
    (authorizer) => synthesised("dev", { authorizer, alarms: {} }).template.toJSON().Resources as Resources,
  );
  const common = Object.entries(before).filter(([id]) => id in after);
  const changed = common.filter(([id, one]) => JSON.stringify(one) !== JSON.stringify(after[id]));
  const types = new Set(changed.map(([, { Type: type }]) => type));
  const counting = new Set(["AWS::CloudWatch::Alarm", "AWS::CloudWatch::Dashboard", "AWS::Logs::MetricFilter"]);
  expect([...types].filter((type) => !counting.has(type))).toEqual(["AWS::ApiGatewayV2::Route"]);
});

test("concurrency that is provisioned is an alias's, which API Gateway calls, and a version that follows the code", () => {
  const { template, report } = synthesised("dev", { authorizer: "lambda", provisionedConcurrency: 2 });
  template.hasResourceProperties("AWS::Lambda::Alias", {
    Name: "live",
    FunctionVersion: { "Fn::GetAtt": [Match.stringLikeRegexp("CurrentVersion"), "Version"] },
    ProvisionedConcurrencyConfig: { ProvisionedConcurrentExecutions: 2 },
  });
  const [alias = ""] = Object.keys(template.findResources("AWS::Lambda::Alias"));
  const [authorizer] = Object.values(template.findResources("AWS::ApiGatewayV2::Authorizer"));
  expect(JSON.stringify(authorizer?.Properties.AuthorizerUri)).toContain(`{"Ref":"${alias}"}`);
  template.hasResourceProperties("AWS::Lambda::Permission", { FunctionName: { Ref: alias } });
  expect(report.pluginReports.flatMap(({ violations }) => violations)).toEqual([]);
  template.resourceCountIs("AWS::Lambda::Alias", 1);
  inMode("lambda").template.resourceCountIs("AWS::Lambda::Alias", 0);
});

describe.each(TEMPLATES)("the %s template on a laptop", (mode, context) => {
  let session: Session;
  const logs: string[] = [];

  beforeAll(async () => {
    session = await sessionOf("dev", context, { onLog: (_, line) => void logs.push(line) });
  });
  afterAll(() => session.close());

  const ask = async (path: string, token?: string) => {
    const response = await fetch(`${session.gateways[0]?.url}${path}`, {
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
    return {
      status: response.status,
      challenge: response.headers.get("www-authenticate"),
      body: await response.text(),
    };
  };
  const mint = async (request: object) => (await session.issuers[0]?.mint(request)) ?? "";

  test("the caller is read from either authorizer", async () => {
    const { issuer } = synthesised("dev", context).environment;
    expect(session.issuers.map((one) => one.issuer)).toEqual([issuer]);
    const { status, body } = await ask("/me", await mint({ scopes: ["orders:read"] }));
    expect(status).toBe(200);
    expect(JSON.parse(body)).toMatchObject({
      caller: { kind: "application", client: "ordersWebDev00000001", scopes: ["orders:read"] },
    });
  });

  test("8.4, 8.5, 8.6 a refused token is 401 with a challenge from the native one, 403 without from the mirror", async () => {
    const isNative = mode === "native";
    const expired = await ask("/me", await mint({ flaw: "expired" }));
    expect(expired.status).toBe(isNative ? 401 : 403);
    expect(expired.challenge === null).toBe(!isNative);
    const none = await ask("/me");
    expect([none.status, none.challenge]).toEqual([401, isNative ? "Bearer" : null]);
    expect((await ask("/health")).status).toBe(200);
  });

  test("a scope that is missing is 403 from both", async () => {
    expect((await ask("/orders", await mint({ scopes: ["orders:write"] }))).status).toBe(403);
    expect((await ask("/orders", await mint({ scopes: ["orders:read"] }))).status).toBe(200);
  });

  test("no line of a function's log holds a token", () => expect(logs.join("\n")).not.toMatch(/eyJ[\w-]+\.[\w-]+\./));
});
