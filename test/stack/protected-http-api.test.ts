import { App, CfnParameter, Stack } from "aws-cdk-lib";
import { Annotations, Match, Template } from "aws-cdk-lib/assertions";
import { HttpMethod } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpJwtAuthorizer, HttpLambdaAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { HttpUrlIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { Function as LambdaFunction } from "aws-cdk-lib/aws-lambda";
import { describe, expect, test } from "vitest";
import { MirrorAuthorizer, type MirrorAuthorizerProps } from "../../lib/stack/mirror-authorizer.ts";
import { ProtectedHttpApi, type ProtectedHttpApiProps } from "../../lib/stack/protected-http-api.ts";

// As another app uses it. That app whole, from its docs only: foreign-app.test.ts.

const GET = HttpMethod.GET;
const LOGS = { retentionDays: 30, retain: false };

const newStack = () => new Stack(new App({ builtinCloudFormationValidation: false }), "Other");

function newApi(stack: Stack, props: Partial<ProtectedHttpApiProps>): ProtectedHttpApi {
  return new ProtectedHttpApi(stack, "Api", {
    authorizer: new HttpJwtAuthorizer("Jwt", "https://is.example.com/oauth2/token", { jwtAudience: ["client"] }),
    integration: new HttpUrlIntegration("Url", "https://backend.example.com"),
    routes: [{ method: GET, path: "/me" }],
    ...props,
  });
}

const jwtOf = (issuer: string) => new HttpJwtAuthorizer("Jwt", issuer, { jwtAudience: ["client"] });

/** What synthesis says against an API with these routes. */
function refusalOf(...paths: readonly string[]): string {
  const app = new App({ builtinCloudFormationValidation: false });
  newApi(new Stack(app, "Other"), { routes: paths.map((path) => ({ method: GET, path })) });
  try {
    app.synth();
    return "";
  } catch (error) {
    return String(error);
  }
}

describe("ProtectedHttpApi", () => {
  test("9.2, 9.3 refuses at synthesis what AWS would refuse of its paths", () => {
    expect(refusalOf("/a/{x}/b", "/a/{y}/c")).toContain("conflicting variable on the same hierarchical level");
    expect(refusalOf("/a/{x}/b/{x}")).toContain("a path names one variable twice");
    expect(refusalOf("/a/{x}/b", "/a/{x}/c", "/a/{proxy+}")).toBe("");
    expect(refusalOf("/a/:x")).toContain("a segment that begins with a colon is a fixed text for API Gateway");
  });

  test("6.4, 9.4 refuses a route that is there twice, and at synthesis a greedy variable before the end", () => {
    expect(() => refusalOf("/a", "/b", "/a")).toThrow("the route GET /a is listed twice");
    expect(refusalOf("/a/{proxy+}/b")).toContain("a greedy variable may stand at the end of a route key only");
  });

  test("3.6 an issuer with a slash at its end is taken, with a warning", () => {
    const stack = newStack();
    newApi(stack, { authorizer: jwtOf("https://tenant.example.com/") });
    Annotations.fromStack(stack).hasWarning("*", Match.stringLikeRegexp("ends in a slash"));
    const plain = newStack();
    newApi(plain, {});
    Annotations.fromStack(plain).hasNoWarning("*", Match.stringLikeRegexp("slash"));
  });

  test.for<[Partial<ProtectedHttpApiProps>, string]>([
    [{ routes: [] }, "at least one route, got none"],
    [{ routes: [{ method: GET, path: "/x", public: true, scopes: ["a"] }] }, "route /x is public and asks for scopes"],
    [{ routes: [{ method: GET, path: "/x/" }] }, 'must always start with a "/" and not end with a "/"'],
    [{ cors: { allowOrigins: ["*"], allowCredentials: true } }, "no browser takes credentials from every origin"],
    [{ cors: { allowOrigins: ["app.example.com"] } }, "an origin is *, or begins with http:// or https://"],
    [{ authorizer: jwtOf("http://is.example.com") }, 'over https only, got "http://is.example.com"'],
    [{ authorizer: jwtOf("https://is.example.com/?a=b") }, "an https URL without query, fragment or user"],
    [{ authorizer: jwtOf("https://localhost:9443/oauth2/token") }, "a host that API Gateway can reach"],
    [
      { authorizer: jwtOf("https://is.example.com/oauth2/token/.well-known/openid-configuration") },
      "the issuer itself, without /.well-known/openid-configuration",
    ],
    [{ routes: [{ method: GET, path: "/x", scopes: ["a b"] }] }, 'no spaces and quotes, got "a b" at route /x'],
    [{ throttle: { rateLimit: 0, burstLimit: 5 } }, "rateLimit has to be more than 0, got 0"],
    [{ logs: { retentionDays: 31, retain: false } }, "days, got 31"],
  ])("refuses %j: %s", ([props, message]) => expect(() => newApi(newStack(), props)).toThrow(message));

  test("3.27 refuses scopes with a Lambda authorizer that is not the mirror: API Gateway would not check them", () => {
    const stack = newStack();
    const own = LambdaFunction.fromFunctionName(stack, "Own", "own-authorizer");
    const authorizer = new HttpLambdaAuthorizer("Own", own);
    expect(() => newApi(stack, { authorizer, routes: [{ method: GET, path: "/x", scopes: ["a"] }] })).toThrow(
      "which API Gateway checks for JWT authorizers only",
    );
    expect(() => newApi(newStack(), { authorizer })).not.toThrow();
  });

  test("takes the root path, {proxy+}, and what is known at the deployment only", () => {
    const stack = newStack();
    const text = new CfnParameter(stack, "Text").valueAsString;
    const routes = ["/", "/all/{proxy+}"].map((path) => ({ method: GET, path, scopes: [text] }));
    newApi(stack, { routes, apiName: text, cors: { allowOrigins: [text], allowCredentials: true } });
    Template.fromStack(stack).resourceCountIs("AWS::ApiGatewayV2::Route", 2);
  });

  test("has its defaults: throttled, its own access log for 30 days, its execute-api address on", () => {
    const stack = newStack();
    const { url } = newApi(stack, {});
    const template = Template.fromStack(stack);
    template.hasResourceProperties("AWS::ApiGatewayV2::Stage", {
      StageName: "$default",
      AutoDeploy: true,
      DefaultRouteSettings: { ThrottlingRateLimit: 100, ThrottlingBurstLimit: 200 },
    });
    template.hasResource("AWS::Logs::LogGroup", { Properties: { RetentionInDays: 30 }, DeletionPolicy: "Delete" });
    template.hasResourceProperties("AWS::ApiGatewayV2::Api", { Name: "Api", DisableExecuteApiEndpoint: false });
    expect(url).toMatch(/^https:\/\/.*execute-api/);
  });
});

const ISSUER = "https://is.example.com/oauth2/token";
const made =
  (issuer: string, audience: readonly string[], more: Partial<MirrorAuthorizerProps> = {}) =>
  () =>
    new MirrorAuthorizer(newStack(), "Mirror", { issuer, audience, ...more });

describe("MirrorAuthorizer", () => {
  test("refuses an issuer that is not https, and an empty audience", () => {
    expect(made("http://is.example.com", ["c"])).toThrow('over https only, got "http://is.example.com"');
    expect(made("https://is.example.com", [])).toThrow("at least one audience, got none");
  });

  test("refuses what cdk.json refuses: another identity source, more ready than reserved, an unknown retention", () => {
    expect(made(ISSUER, ["c"], { identitySource: "Authorization" })).toThrow("got Authorization");
    expect(made(ISSUER, ["c"], { reservedConcurrency: 2, provisionedConcurrency: 3 })).toThrow(
      "provisionedConcurrency is at most reservedConcurrency, 2, got 3",
    );
    expect(made(ISSUER, ["c"], { logs: { retentionDays: 2, retain: false } })).toThrow("days, got 2");
  });

  test("has its defaults: its log is kept for 30 days; 3.6 an issuer with a slash at its end is a warning", () => {
    const stack = newStack();
    new MirrorAuthorizer(stack, "Mirror", { issuer: "https://tenant.example.com/", audience: ["c"] });
    Template.fromStack(stack).hasResourceProperties("AWS::Logs::LogGroup", { RetentionInDays: 30 });
    Annotations.fromStack(stack).hasWarning("*", Match.stringLikeRegexp("ends in a slash"));
  });

  test("takes an issuer, audiences and scopes that are known at the deployment only", () => {
    const stack = newStack();
    const text = new CfnParameter(stack, "Text").valueAsString;
    const list = new CfnParameter(stack, "List", { type: "CommaDelimitedList" }).valueAsList;
    const authorizer = new MirrorAuthorizer(stack, "Mirror", { issuer: text, audience: list, logs: LOGS });
    newApi(stack, { authorizer, routes: [{ method: GET, path: "/x", scopes: [text] }] });
    Template.fromStack(stack).hasResourceProperties("AWS::Lambda::Function", {
      Environment: {
        Variables: {
          ISSUER: { Ref: "Text" },
          AUDIENCE: { "Fn::Join": [",", { Ref: "List" }] },
          ROUTE_SCOPES: { "Fn::Join": ["", ['{"GET /x":["', { Ref: "Text" }, '"]}']] },
        },
      },
    });
  });

  test("says at synthesis when routes and scopes take more than Lambda gives its variables", () => {
    const stack = newStack();
    const authorizer = new MirrorAuthorizer(stack, "Mirror", {
      issuer: "https://is.example.com",
      audience: ["c"],
      logs: LOGS,
    });
    newApi(stack, {
      authorizer,
      routes: Array.from({ length: 200 }, (_, at) => ({ method: GET, path: `/orders/${at}`, scopes: ["orders:read"] })),
    });
    expect(() => (stack.node.root as App).synth()).toThrow(
      /the routes and scopes of the authorizer take \d+ bytes; Lambda gives all variables 4096/,
    );
  });
});
