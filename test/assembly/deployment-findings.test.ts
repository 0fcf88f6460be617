import { describe, expect, test } from "vitest";
import type { Assembly } from "../../lib/assembly/model.ts";
import { readAssembly } from "../../lib/assembly/read-assembly.ts";
import { DEPLOYMENT_RULES, type DeploymentCode } from "../../lib/aws/deployment-rules.ts";
import { readFacts } from "../../lib/aws/facts.ts";
import { folderOf, mayCall, serve, templateOf } from "./handwritten.ts";

// Each row of the table of what AWS refuses, found in a template; and the template without it, in which it is not found.

type Json = Readonly<Record<string, unknown>>;

const ISSUER = "https://is.example.com/oauth2/token";
const HOME = `${import.meta.dirname}/../..`;

const resources = (more: Json = {}, template: Json = {}) => ({
  ...template,
  Resources: { ...templateOf({ issuer: ISSUER }).Resources, ...more },
});

const read = (template: unknown, parameters?: Readonly<Record<string, string>>): Assembly =>
  readAssembly(folderOf({ "Orders.template.json": template }), { parameters });

/** `code name: got` */
const found = (template: unknown) => read(template).findings.map(({ code, name, got }) => `${code} ${name}: ${got}`);

const codes = (template: unknown) => read(template).findings.map(({ code }) => code);

const route = (key: string, more: Json = {}) => ({
  Type: "AWS::ApiGatewayV2::Route",
  Properties: { ApiId: { Ref: "Api" }, RouteKey: key, Target: { "Fn::Sub": "integrations/${Integration}" }, ...more },
});

const routes = (...keys: readonly string[]) =>
  Object.fromEntries(keys.map((key, index) => [`Extra${index}`, route(key)] as const));

const GUARDED = { AuthorizationType: "JWT", AuthorizerId: { Ref: "Authorizer" } };

const api = (properties: Json) => ({
  Api: { Type: "AWS::ApiGatewayV2::Api", Properties: { Name: "orders", ProtocolType: "HTTP", ...properties } },
});

const authorizer = (properties: Json) => ({
  Type: "AWS::ApiGatewayV2::Authorizer",
  Properties: { ApiId: { Ref: "Api" }, ...properties },
});

const jwt = (name: string, configuration: Json) =>
  authorizer({
    AuthorizerType: "JWT",
    Name: name,
    IdentitySource: ["$request.header.Authorization"],
    JwtConfiguration: configuration,
  });

const CORS = { AllowOrigins: ["https://app.example.com"], AllowMethods: ["GET"], AllowHeaders: ["authorization"] };

test("nothing is found in a template with nothing wrong", () => expect(found(resources())).toEqual([]));

test("each row cites a fact that there is, and says no more than that fact's confidence", () => {
  const order = ["DOC", "OBS+", "OBS1", "INF", "UNK"];
  const facts = new Map(readFacts(HOME).flatMap((section) => section.facts.map((fact) => [fact.fact, fact] as const)));
  for (const [code, { fact, confidence }] of Object.entries(DEPLOYMENT_RULES)) {
    const cited = facts.get(fact);
    expect(cited, code).toBeDefined();
    expect(order.indexOf(confidence), code).toBeGreaterThanOrEqual(order.indexOf(cited?.confidence ?? ""));
  }
});

describe("routes beside each other", () => {
  test.for<[readonly string[], readonly string[]]>([
    [["GET /a/{x}", "POST /a/{y}"], ["variable-conflict POST /a/{y}: POST /a/{y} beside GET /a/{x}: {y} and {x}"]],
    [
      ["GET /a/{x}/b", "GET /a/{y}/c"],
      ["variable-conflict GET /a/{y}/c: GET /a/{y}/c beside GET /a/{x}/b: {y} and {x}"],
    ],
    [["GET /a/{x}/b/{y}", "GET /a/{x}/c/{z}", "GET /a/{x}", "GET /b/{y}", "GET /a/{proxy+}", "ANY /{proxy+}"], []],
    [["GET /a/{x}/b/{x}"], ["variable-twice GET /a/{x}/b/{x}: GET /a/{x}/b/{x}: {x}"]],
    [["GET /orders/:id"], ["colon-path GET /orders/:id: GET /orders/:id: :id"]],
    [["GET /same", "GET /same"], ["route-twice GET /same: GET /same"]],
    [["GET /same", "POST /same", "ANY /same"], []],
    [["GET /slash/"], ["route-key GET /slash/: its route key ends in a slash, which API Gateway refuses"]],
  ])("%j", ([keys, expected]) => expect(found(resources(routes(...keys)))).toEqual(expected));

  test("what AWS would not make answers 500 and is listed so; the others answer", async () => {
    const template = resources(routes("GET /a/{x}", "GET /a/{y}/b", "GET /c/{x}/{x}", "GET /:id"));
    const served = await serve(folderOf({ "Orders.template.json": template }), { realIssuer: false });
    try {
      const status = async (path: string) => (await served.ask(path)).status;
      expect([await status("/a/1"), await status("/a/1/b"), await status("/c/1/2"), await status("/:id")]).toEqual([
        200, 500, 500, 200,
      ]);
      expect(served.records[1]?.localReason).toContain("conflicting variable on the same hierarchical level");
    } finally {
      await served.close();
    }
  });
});

const scheme = (configuration: Json) => ({
  type: "oauth2",
  "x-amazon-apigateway-authorizer": {
    type: "jwt",
    identitySource: "$request.header.Authorization",
    jwtConfiguration: configuration,
  },
});

describe("a document", () => {
  const integration = {
    type: "aws_proxy",
    httpMethod: "POST",
    payloadFormatVersion: "2.0",
    uri: { "Fn::GetAtt": ["Orders", "Arn"] },
  };
  const operation = (security: unknown) => ({ get: { security, "x-amazon-apigateway-integration": integration } });
  const documented = (paths: Json, schemes: Json, properties: Json = { FailOnWarnings: true }) => {
    const { Orders, Stage } = templateOf({ issuer: ISSUER }).Resources;
    const Body = {
      openapi: "3.0.1",
      info: { title: "orders", version: "1" },
      paths,
      components: { securitySchemes: schemes },
    };
    return {
      Resources: {
        Orders,
        Stage,
        MayCall: mayCall("Orders"),
        Api: { Type: "AWS::ApiGatewayV2::Api", Properties: { Body, ...properties } },
      },
    };
  };
  const LOGIN = { Login: scheme({ issuer: ISSUER, audience: ["a"] }) };
  const PATHS = { "/x": operation([{ Login: [] }]) };

  test("beside a name, a protocol or CORS is redundant", () => {
    expect(found(documented(PATHS, LOGIN))).toEqual([]);
    const beside = { FailOnWarnings: true, Name: "n", ProtocolType: "HTTP", CorsConfiguration: CORS };
    expect(found(documented(PATHS, LOGIN, beside))).toEqual([
      "body-redundant Orders/Api: Name, ProtocolType, CorsConfiguration",
    ]);
  });

  test("4.14 a scheme without an issuer says so, and gives no advice about parameters", () => {
    const [finding] = read(documented(PATHS, { Login: scheme({ audience: ["a"] }) })).findings;
    expect(finding).toMatchObject({ code: "issuer-missing", name: "Orders/Api: Login" });
    expect(finding?.fix).toContain("openIdConnectUrl is not read");
    expect(finding?.fix).not.toContain("--parameters");
  });

  test("9.11 an import that leaves authorizers out in silence is warned of", () => {
    expect(codes(documented(PATHS, LOGIN, {}))).toEqual(["import-lenient"]);
    expect(codes(documented({ "/x": operation(undefined) }, {}, {}))).toEqual([]);
  });

  test("9.10 security NONE is an open route; another undefined scheme is not", async () => {
    const paths = { "/open": operation([{ NONE: [] }]), "/odd": operation([{ Odd: [] }]) };
    const template = documented(paths, LOGIN);
    expect(found(template)).toEqual(["scheme-undefined GET /odd: the security scheme Odd is not defined"]);
    const served = await serve(folderOf({ "Orders.template.json": template }), { realIssuer: false });
    try {
      expect([(await served.ask("/open")).status, (await served.ask("/odd")).status]).toEqual([200, 500]);
    } finally {
      await served.close();
    }
  });
});

const many = (count: number, make: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => make(index));

describe("authorizers", () => {
  test.for<[DeploymentCode, Json]>([
    ["audience-missing", { Extra: jwt("extra", { Issuer: ISSUER, Audience: [] }) }],
    ["audience-missing", { Extra: jwt("extra", { Issuer: ISSUER }) }],
    ["issuer-missing", { Extra: jwt("extra", { Audience: ["a"] }) }],
    ["authorizer-twice", { Extra: jwt("tokens", { Issuer: ISSUER, Audience: ["a"] }) }],
    ["too-many", { Extra: jwt("extra", { Issuer: ISSUER, Audience: many(51, String) }) }],
    [
      "cache-without-source",
      { Extra: authorizer({ AuthorizerType: "REQUEST", Name: "e", AuthorizerResultTtlInSeconds: 300 }) },
    ],
  ])("%s", ([code, more]) => expect(codes(resources(more))).toEqual([code]));

  test.for<[string, Json]>([
    [
      "an audience that the deployment knows",
      { Extra: jwt("extra", { Issuer: ISSUER, Audience: [{ "Fn::ImportValue": "a" }] }) },
    ],
    [
      "an issuer that the deployment knows",
      { Extra: jwt("extra", { Issuer: { "Fn::ImportValue": "i" }, Audience: ["a"] }) },
    ],
    ["50 audiences", { Extra: jwt("extra", { Issuer: ISSUER, Audience: many(50, String) }) }],
    ["answers that are not kept", { Extra: authorizer({ AuthorizerType: "REQUEST", Name: "e" }) }],
    ["10 scopes", { Extra: route("GET /s", { ...GUARDED, AuthorizationScopes: many(10, String) }) }],
  ])("are left as it is: %s", ([, more]) => expect(codes(resources(more))).toEqual([]));

  test("quotas: scopes of a route, routes and authorizers of an API", () => {
    const scopes = { Extra: route("GET /s", { ...GUARDED, AuthorizationScopes: many(11, String) }) };
    expect(found(resources(scopes))).toEqual(["too-many GET /s: 11 scopes of a route"]);
    const routes298 = Object.fromEntries(many(298, (at) => `R${at}`).map((id) => [id, route(`GET /${id}`)] as const));
    expect(found(resources(routes298))).toEqual(["too-many Orders/Api: 301 routes of an API"]);
    const ten = Object.fromEntries(
      many(10, (at) => `A${at}`).map((id) => [id, jwt(id, { Issuer: ISSUER, Audience: ["a"] })] as const),
    );
    expect(found(resources(ten))).toEqual(["too-many Orders/Api: 11 authorizers of an API"]);
  });

  test("3.27 scopes without a JWT authorizer are refused, and the route is not open", async () => {
    const template = resources({ Extra: route("GET /s", { AuthorizationScopes: ["orders:read"] }) });
    expect(codes(template)).toEqual(["scopes-without-jwt"]);
    const served = await serve(folderOf({ "Orders.template.json": template }), { realIssuer: false });
    try {
      expect((await served.ask("/s")).status).toBe(500);
    } finally {
      await served.close();
    }
  });
});

describe("CORS", () => {
  const cors = (more: Json) => api({ CorsConfiguration: { ...CORS, ...more } });

  test.for<[string | undefined, Json]>([
    [undefined, {}],
    [undefined, { AllowOrigins: ["*"] }],
    [undefined, { AllowOrigins: ["https://*", "http://localhost:3000"] }],
    [undefined, { AllowOrigins: [{ "Fn::ImportValue": "origin" }] }],
    ["origin-form Orders/Api: app.example.com", { AllowOrigins: ["https://a.example.com", "app.example.com"] }],
    ["origin-form Orders/Api: capacitor://localhost", { AllowOrigins: ["capacitor://localhost"] }],
    ["origin-form Orders/Api: https://app.example.com/", { AllowOrigins: ["https://app.example.com/"] }],
    [
      "credentials-any-origin Orders/Api: AllowCredentials with the origin *",
      { AllowOrigins: ["*"], AllowCredentials: true },
    ],
  ])("%s: %j", ([expected, more]) =>
    expect(found(resources(cors(more)))).toEqual(expected === undefined ? [] : [expected]),
  );

  test("C4, C5 an ANY or $default route with an authorizer takes the preflight, unless an open OPTIONS route does", () => {
    const guarded = { Any: route("ANY /any/{id}", GUARDED), Rest: route("$default", GUARDED) };
    expect(found(resources({ ...cors({}), ...guarded }))).toEqual([
      "preflight-caught ANY /any/{id}: OPTIONS is taken by ANY /any/{id}",
      "preflight-caught $default: OPTIONS is taken by $default",
    ]);
    const open = { Options: route("OPTIONS /{proxy+}"), Own: route("OPTIONS /any/{id}") };
    expect(found(resources({ ...cors({}), ...guarded, ...open }))).toEqual([]);
    // Without CORS, and where ANY is open, nobody expects the gateway's own answer.
    expect(found(resources(guarded))).toEqual([]);
    expect(found(resources({ ...cors({}), ...routes("ANY /free") }))).toEqual([]);
  });
});

describe("mappings, tags and parameters", () => {
  test("6.27 a mapping of no known form", () => {
    const Integration = {
      Type: "AWS::ApiGatewayV2::Integration",
      Properties: {
        ApiId: { Ref: "Api" },
        IntegrationType: "HTTP_PROXY",
        IntegrationMethod: "GET",
        IntegrationUri: "https://backend.example.com",
        PayloadFormatVersion: "1.0",
        RequestParameters: { "append:header.x": "$context.authorizer.claims['custom:key']" },
      },
    };
    expect(new Set(codes(resources({ Integration })))).toEqual(new Set(["mapping-invalid"]));
  });

  test("9.8 tags of AWS's own; 9.9 those of a role that differ in case only", () => {
    expect(found(resources(api({ Tags: { "aws:team": "x", Team: "a", team: "b" } })))).toEqual([
      "tag-reserved Orders/Api: aws:team",
    ]);
    const Tags = ["Stage", "stage"].map((Key) => ({ Key, Value: "x" }));
    const Role = { Type: "AWS::IAM::Role", Properties: { AssumeRolePolicyDocument: {}, Tags } };
    expect(found(resources({ Role }))).toEqual(["tag-case Orders/Role: Stage and stage"]);
  });

  const Parameters = {
    Size: { Type: "String", Default: "small", AllowedValues: ["small", "large"] },
    Code: { Type: "String", Default: "ab", AllowedPattern: "[a-z]+" },
    List: { Type: "CommaDelimitedList", Default: "a,b", AllowedValues: ["a", "b"] },
    Odd: { Type: "String", Default: "x", AllowedPattern: "(?<!" },
  };

  test("9.13 a default that its own parameter leaves out", () => {
    expect(found(resources({}, { Parameters }))).toEqual([]);
    const wrong = { ...Parameters, Size: { ...Parameters.Size, Default: "huge" } };
    expect(found(resources({}, { Parameters: wrong }))).toEqual(["parameter-default Orders/Size: huge"]);
  });

  test.for<[string, Record<string, string>]>([
    ["parameter-unknown", { Colour: "red" }],
    ["parameter-unknown", { "Other:Size": "large" }],
    ["parameter-not-allowed", { Size: "huge" }],
    ["parameter-not-allowed", { "Orders:Size": "huge" }],
    ["parameter-not-allowed", { Code: "AB" }],
    ["parameter-not-allowed", { List: "a,c" }],
  ])("%s: --parameters %j", ([code, given]) =>
    expect(() => read(resources({}, { Parameters }), given)).toThrow(expect.objectContaining({ code })),
  );

  test("a mistyped parameter is told by the name that was meant", () => {
    expect(() => read(resources({}, { Parameters }), { Siz: "large" })).toThrow("--parameters Size=VALUE");
    expect(() => read(resources({}, { Parameters }), { Size: "large", "Orders:Code": "z", List: "a" })).not.toThrow();
  });
});
