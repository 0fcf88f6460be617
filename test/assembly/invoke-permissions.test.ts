import { describe, expect, test } from "vitest";
import { doubtText } from "../../lib/assembly/doubtful-calls.ts";
import type { DoubtfulCall, RouteModel } from "../../lib/assembly/model.ts";
import { readAssembly } from "../../lib/assembly/read-assembly.ts";
import { ECHO, folderOf, mayCall, serve, templateOf } from "./handwritten.ts";

// Who may invoke, as assemblies say it: each template is the usual one with something else in it.

type Resources = Readonly<Record<string, unknown>>;

const ISSUER = "https://is.example.com/oauth2/token";
const PRINCIPAL = "apigateway.amazonaws.com";
const ACTION = "lambda:InvokeFunction";
const FUNCTION = { Ref: "Orders" };

/** The template without its permission, and with these resources. */
const templateWith = (more: Resources) => {
  const { MayCall: _MayCall, ...resources } = templateOf({ issuer: ISSUER }).Resources;
  return { Resources: { ...resources, ...more } };
};

const manifestAt = (environment: string) => ({
  version: "36.0.0",
  artifacts: {
    Orders: { type: "aws:cloudformation:stack", environment, properties: { templateFile: "Orders.template.json" } },
  },
});

function routesOf(more: Resources, environment = "aws://unknown-account/unknown-region"): readonly RouteModel[] {
  const folder = folderOf({ "Orders.template.json": templateWith(more), "manifest.json": manifestAt(environment) });
  return readAssembly(folder).apis[0]?.routes ?? [];
}

const doubtOf = (more: Resources, key = "GET /open", environment?: string): DoubtfulCall | undefined =>
  routesOf(more, environment).find((route) => route.key === key)?.doubtfulCalls?.[0];

const kindOf = (...given: Parameters<typeof doubtOf>) => doubtOf(...given)?.verdict.kind ?? "allowed";

const permission = (properties: Resources): Resources => ({
  May: {
    Type: "AWS::Lambda::Permission",
    Properties: { Action: ACTION, FunctionName: FUNCTION, Principal: PRINCIPAL, ...properties },
  },
});

const source = (path: string) => ({
  "Fn::Sub": `arn:\${AWS::Partition}:execute-api:\${AWS::Region}:\${AWS::AccountId}:\${Api}${path}`,
});

const PLACED = "aws://111111111111/eu-west-1";

describe("the function's policy", () => {
  test("without a permission no route's function may be called, and each route says so", () => {
    const routes = routesOf({});
    expect(routes.map(({ doubtfulCalls }) => doubtfulCalls?.[0]?.verdict.kind)).toEqual(Array(3).fill("refused"));
    expect(doubtText(doubtOf({}) as DoubtfulCall)).toMatch(
      /^its function \S+: no AWS::Lambda::Permission lets API Gateway call it from arn:aws:execute-api:us-east-1:123456789012:\w{10}\/\$default\/GET\/open; none names the function$/,
    );
  });

  test.for<["allowed" | "unsure" | "refused", Resources]>([
    ["allowed", {}],
    ["allowed", { FunctionName: { "Fn::GetAtt": ["Orders", "Arn"] } }],
    ["allowed", { FunctionName: { "Fn::Sub": "${AWS::AccountId}:function:${Orders}" } }],
    ["allowed", { Action: "lambda:*" }],
    ["allowed", { Principal: "*" }],
    ["allowed", { SourceAccount: { Ref: "AWS::AccountId" } }],
    ["allowed", { SourceArn: source("/*") }],
    ["allowed", { SourceArn: source("/*/GET/open") }],
    ["refused", { SourceArn: source("/*/GET/other") }],
    ["refused", { SourceArn: source("/authorizers/*") }],
    ["refused", { SourceArn: "*" }],
    ["refused", { Principal: "s3.amazonaws.com" }],
    ["refused", { Principal: "111111111111" }],
    ["refused", { Action: "lambda:InvokeFunctionUrl" }],
    ["refused", { FunctionUrlAuthType: "NONE" }],
    ["refused", { PrincipalOrgID: "o-1234567890" }],
    ["refused", { FunctionName: "another" }],
    ["refused", { FunctionName: { "Fn::Sub": "${Orders}:live" } }],
    // Only the deployment knows.
    ["unsure", { FunctionName: { "Fn::ImportValue": "elsewhere" } }],
    ["unsure", { SourceArn: { "Fn::ImportValue": "elsewhere" } }],
    ["unsure", { SourceArn: "{{resolve:ssm:/source}}" }],
    ["unsure", { SourceArn: "arn:aws:execute-api:eu-west-1:222222222222:a1b2c3d4e5/*/*" }],
    ["unsure", { SourceAccount: "222222222222" }],
    ["refused", { SourceArn: "arn:aws:execute-api:eu-west-1:222222222222:a1b2c3d4e5/*/POST/open" }],
  ])("%s: %j", ([kind, properties]) => expect(kindOf(permission(properties))).toBe(kind));

  test("a literal account or region that is not the stack's own is refused where the stack names its own", () => {
    const at = (account: string, region: string) =>
      kindOf(permission({ SourceArn: `arn:aws:execute-api:${region}:${account}:a1b2c3d4e5/*/*` }), "GET /open", PLACED);
    // The literal id of the API may be the one that a deployment has.
    expect(at("111111111111", "eu-west-1")).toBe("unsure");
    expect(at("222222222222", "eu-west-1")).toBe("refused");
    expect(at("111111111111", "eu-west-2")).toBe("refused");
    expect(kindOf(permission({ SourceAccount: "222222222222" }), "GET /open", PLACED)).toBe("refused");
  });

  test("another API's permission is not this one's", () => {
    const Other = { Type: "AWS::ApiGatewayV2::Api", Properties: { Name: "other", ProtocolType: "HTTP" } };
    const { May } = permission({ SourceArn: { "Fn::Sub": source("/*")["Fn::Sub"].replace("{Api}", "{Other}") } });
    expect(kindOf({ Other, May })).toBe("refused");
  });

  test("a permission whose condition is not met is not there", () => {
    const { May } = permission({}) as { May: object };
    const template = {
      Conditions: { Never: { "Fn::Equals": ["a", "b"] } },
      ...templateWith({ May: { ...May, Condition: "Never" } }),
    };
    const [api] = readAssembly(folderOf({ "Orders.template.json": template })).apis;
    expect(api?.routes[0]?.doubtfulCalls?.[0]?.verdict.kind).toBe("refused");
  });

  test("a path variable of the template is compared as it stands, and not taken for an unresolved value", () => {
    const Read = {
      Type: "AWS::ApiGatewayV2::Route",
      Properties: {
        ApiId: { Ref: "Api" },
        RouteKey: "GET /orders/{id}",
        Target: { "Fn::Sub": "integrations/${Integration}" },
      },
    };
    const kind = (path: string) => kindOf({ Read, ...permission({ SourceArn: source(path) }) }, "GET /orders/{id}");
    expect(kind("/*/GET/orders/{id}")).toBe("allowed");
    expect(kind("/*/GET/orders/{orderId}")).toBe("refused");
    expect(kind("/*/GET/orders/${Unknown}")).toBe("unsure");
  });

  test("an alias is called by its own permission, and the function without one by its own", () => {
    const Live = {
      Type: "AWS::Lambda::Alias",
      Properties: { Name: "live", FunctionName: FUNCTION, FunctionVersion: "1" },
    };
    const Integration = {
      Type: "AWS::ApiGatewayV2::Integration",
      Properties: {
        ApiId: { Ref: "Api" },
        IntegrationType: "AWS_PROXY",
        IntegrationUri: { Ref: "Live" },
        PayloadFormatVersion: "2.0",
      },
    };
    const kind = (name: unknown) => kindOf({ Live, Integration, ...permission({ FunctionName: name }) });
    expect(kind({ Ref: "Live" })).toBe("allowed");
    expect(kind({ "Fn::Sub": "${Orders}:live" })).toBe("allowed");
    expect(kind(FUNCTION)).toBe("refused");
  });

  test("of a route of ANY the methods that are left out are named", () => {
    const Any = {
      Type: "AWS::ApiGatewayV2::Route",
      Properties: { ApiId: { Ref: "Api" }, RouteKey: "ANY /any", Target: { "Fn::Sub": "integrations/${Integration}" } },
    };
    const doubt = doubtOf({ Any, ...permission({ SourceArn: source("/*/GET/any") }) }, "ANY /any");
    expect(doubt).toMatchObject({ methods: ["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"], stages: undefined });
  });

  test("of several stages those that are left out are named", () => {
    const Dev = { Type: "AWS::ApiGatewayV2::Stage", Properties: { ApiId: { Ref: "Api" }, StageName: "dev" } };
    expect(doubtOf({ Dev, ...permission({ SourceArn: source("/dev/*") }) })).toMatchObject({ stages: ["$default"] });
  });
});

const guardPermission = (path: string) => ({
  GuardMay: {
    Type: "AWS::Lambda::Permission",
    Properties: { Action: ACTION, FunctionName: { Ref: "Check" }, Principal: PRINCIPAL, SourceArn: source(path) },
  },
});

describe("an authorizer's function", () => {
  const CHECK = "exports.handler = async () => ({ isAuthorized: true });";
  const authorizer = (properties: Resources = {}): Resources => ({
    ...permission({}),
    Check: {
      Type: "AWS::Lambda::Function",
      Properties: {
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Code: { ZipFile: CHECK },
        Role: "arn:aws:iam::1:role/r",
      },
    },
    Guard: {
      Type: "AWS::ApiGatewayV2::Authorizer",
      Properties: {
        ApiId: { Ref: "Api" },
        AuthorizerType: "REQUEST",
        Name: "guard",
        AuthorizerPayloadFormatVersion: "2.0",
        EnableSimpleResponses: true,
        IdentitySource: ["$request.header.x-key"],
        AuthorizerUri: {
          "Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Check.Arn}/invocations",
        },
        ...properties,
      },
    },
    Guarded: {
      Type: "AWS::ApiGatewayV2::Route",
      Properties: {
        ApiId: { Ref: "Api" },
        RouteKey: "GET /guarded",
        Target: { "Fn::Sub": "integrations/${Integration}" },
        AuthorizationType: "CUSTOM",
        AuthorizerId: { Ref: "Guard" },
      },
    },
  });
  const kind = (more: Resources, properties?: Resources) =>
    kindOf({ ...authorizer(properties), ...more }, "GET /guarded");

  test("is called from api/authorizers/ID", () => {
    expect(kind({})).toBe("refused");
    expect(kind(guardPermission("/authorizers/${Guard}"))).toBe("allowed");
    expect(kind(guardPermission("/*"))).toBe("allowed");
    expect(kind(guardPermission("/*/*/*"))).toBe("refused");
    expect(kind(guardPermission("/authorizers/a1b2c3"))).toBe("unsure");
  });

  test("that may not be called answers 500 with AWS's text in the log; without its source, 401", async () => {
    const served = await serve(folderOf({ "Orders.template.json": templateWith(authorizer()) }), { realIssuer: false });
    try {
      expect(await served.ask("/guarded", { headers: { "x-key": "1" } })).toMatchObject({
        status: 500,
        text: '{"message":"Internal Server Error"}',
      });
      expect(served.records.at(-1)?.authorizerError).toBe(
        "The IAM role configured on the authorizer or API Gateway doesn't have permissions to call the authorizer. Check the permissions and try again",
      );
      expect((await served.ask("/guarded")).status).toBe(401);
    } finally {
      await served.close();
    }
  });
});

const integrationWith = (CredentialsArn: unknown) => ({
  Integration: {
    Type: "AWS::ApiGatewayV2::Integration",
    Properties: {
      ApiId: { Ref: "Api" },
      IntegrationType: "AWS_PROXY",
      IntegrationUri: { "Fn::GetAtt": ["Orders", "Arn"] },
      PayloadFormatVersion: "2.0",
      CredentialsArn,
    },
  },
});

describe("a role of the integration", () => {
  const roleOf = (service: string, statement: Resources | undefined, more: Resources = {}) => ({
    Type: "AWS::IAM::Role",
    Properties: {
      AssumeRolePolicyDocument: {
        Statement: [{ Effect: "Allow", Action: "sts:AssumeRole", Principal: { Service: service } }],
      },
      ...(statement ? { Policies: [{ PolicyName: "p", PolicyDocument: { Statement: [statement] } }] } : {}),
      ...more,
    },
  });
  const ALLOW = { Effect: "Allow", Action: ACTION, Resource: { "Fn::GetAtt": ["Orders", "Arn"] } };
  const kind = (Role: unknown, more: Resources = {}) =>
    kindOf({ ...integrationWith({ "Fn::GetAtt": ["Role", "Arn"] }), Role, ...more });

  test.for<["allowed" | "unsure" | "refused", string, Resources | undefined, Resources?]>([
    ["allowed", PRINCIPAL, ALLOW],
    ["allowed", PRINCIPAL, { ...ALLOW, Action: ["logs:*", "lambda:*"], Resource: "*" }],
    ["refused", PRINCIPAL, undefined],
    ["refused", "lambda.amazonaws.com", ALLOW],
    ["refused", PRINCIPAL, { ...ALLOW, Effect: "Deny" }],
    ["refused", PRINCIPAL, { ...ALLOW, Action: "lambda:GetFunction" }],
    ["refused", PRINCIPAL, { ...ALLOW, Resource: "arn:aws:lambda:*:*:function:other" }],
    ["unsure", PRINCIPAL, { ...ALLOW, Condition: { StringEquals: { "aws:RequestedRegion": "eu-west-1" } } }],
    ["unsure", PRINCIPAL, undefined, { ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaRole"] }],
  ])("%s for %s, %j, %j", ([expected, service, statement, more]) =>
    expect(kind(roleOf(service, statement, more))).toBe(expected),
  );

  test("its policy may be a resource of its own", () => {
    const Policy = {
      Type: "AWS::IAM::Policy",
      Properties: { PolicyName: "p", PolicyDocument: { Statement: ALLOW }, Roles: [{ Ref: "Role" }] },
    };
    expect(kind(roleOf(PRINCIPAL, undefined), { Policy })).toBe("allowed");
  });

  test("a role that is not in the assembly is believed", () => {
    expect(kindOf(integrationWith("arn:aws:iam::111111111111:role/own"))).toBe("unsure");
  });

  test("that API Gateway may not assume is told apart in the log", async () => {
    const template = templateWith({
      ...integrationWith({ "Fn::GetAtt": ["Role", "Arn"] }),
      Role: roleOf("lambda.amazonaws.com", ALLOW),
    });
    const served = await serve(folderOf({ "Orders.template.json": template }), { realIssuer: false });
    try {
      expect((await served.ask("/open")).status).toBe(500);
      expect(served.records.at(-1)?.integrationError).toBe(
        "API Gateway doesn't have permissions to assume the IAM role configured on the integration. Check the permissions and try again.",
      );
    } finally {
      await served.close();
    }
  });
});

describe("served", () => {
  const TOLD = "exports.handler = async () => { throw new Error('I was called'); };";

  test("6.29 the route answers 500 in 35 bytes, the function is not called, and the log says why", async () => {
    const { MayCall: _MayCall, ...Resources } = templateOf({ issuer: ISSUER, code: { ZipFile: TOLD } }).Resources;
    const served = await serve(folderOf({ "Orders.template.json": { Resources } }), { realIssuer: false });
    try {
      const asked = await served.ask("/open");
      expect([asked.status, asked.text, asked.headers.get("content-length")]).toEqual([
        500,
        '{"message":"Internal Server Error"}',
        "35",
      ]);
      const [record] = served.records;
      expect(record?.integrationError).toBe(
        "The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration. Check the permissions and try again.",
      );
      expect(record?.localReason).toContain("none names the function");
      expect(served.findings).toContainEqual(
        expect.objectContaining({ code: "permission-missing", name: "GET /open" }),
      );
    } finally {
      await served.close();
    }
  });

  test("6.30 behind */*/* a $default route answers 500 and its neighbours answer", async () => {
    const Default = {
      Type: "AWS::ApiGatewayV2::Route",
      Properties: { ApiId: { Ref: "Api" }, RouteKey: "$default", Target: { "Fn::Sub": "integrations/${Integration}" } },
    };
    const template = templateWith({ Default, MayCall: mayCall("Orders", "/*/*/*") });
    const served = await serve(folderOf({ "Orders.template.json": template }), { realIssuer: false });
    try {
      expect((await served.ask("/open")).status).toBe(200);
      expect((await served.ask("/elsewhere")).status).toBe(500);
    } finally {
      await served.close();
    }
  });

  test("a person may say that the permissions are there: the function is called, and the doubt is still told", async () => {
    const { MayCall: _MayCall, ...Resources } = templateOf({ issuer: ISSUER, code: { ZipFile: ECHO } }).Resources;
    const served = await serve(folderOf({ "Orders.template.json": { Resources } }), {
      realIssuer: false,
      assumePermissions: true,
    });
    try {
      expect((await served.ask("/open")).status).toBe(200);
      expect(served.findings).toContainEqual(
        expect.objectContaining({ code: "permission-missing", name: "GET /open" }),
      );
    } finally {
      await served.close();
    }
  });
});
