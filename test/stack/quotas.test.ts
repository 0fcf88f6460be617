import { App, CfnParameter, Stack, Tags } from "aws-cdk-lib";
import { HttpMethod } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpJwtAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { HttpUrlIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { expect, test } from "vitest";
import { ProtectedHttpApi, type ProtectedHttpApiProps } from "../../lib/stack/protected-http-api.ts";
import { synthesised } from "./synthesised.ts";

const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, at) => make(at));

const routesTo = (count: number) => many(count, (at) => ({ method: HttpMethod.GET, path: `/r${at}` }));

interface Choices extends Partial<ProtectedHttpApiProps> {
  readonly audience?: readonly string[];
  readonly authorizerName?: string;
  readonly more?: (api: ProtectedHttpApi) => void;
}

/** Why another app with such an API does not synthesise. */
function refusalOf({ audience = ["client"], authorizerName, more, ...props }: Choices): string {
  // The linter takes its seconds for 300 routes, and is asked below.
  const app = new App({ builtinCloudFormationValidation: false });
  const stack = new Stack(app, "Other");
  const api = new ProtectedHttpApi(stack, "Api", {
    authorizer: new HttpJwtAuthorizer("Jwt", "https://is.example.com/oauth2/token", {
      jwtAudience: [...audience],
      ...(authorizerName === undefined ? {} : { authorizerName }),
    }),
    integration: new HttpUrlIntegration("Url", "https://backend.example.com"),
    routes: routesTo(1),
    ...props,
  });
  more?.(api);
  try {
    app.synth();
    return "";
  } catch (error) {
    return String(error);
  }
}

test.for<[string, Choices, string]>([
  ["routes", { routes: routesTo(301) }, "at most 300 routes an API, not 301"],
  ["audiences", { audience: many(51, (at) => `c${at}`) }, "at most 50 audiences an authorizer, not 51"],
  [
    "scopes",
    { routes: [{ method: HttpMethod.GET, path: "/r", scopes: many(11, (at) => `s${at}`) }] },
    "at most 10 scopes a route (GET /r), not 11",
  ],
  [
    "a scope's length",
    { routes: [{ method: HttpMethod.GET, path: "/r", scopes: ["s".repeat(65)] }] },
    "at most 64 characters a scope (GET /r), not 65",
  ],
  [
    "stages",
    { more: ({ api }) => many(10, (at) => api.addStage(`Stage${at}`, { stageName: `s${at}` })) },
    "at most 10 stages an API, not 11",
  ],
  [
    "authorizers",
    {
      more: ({ api }) =>
        many(10, (at) =>
          api.addRoutes({
            path: `/other${at}`,
            authorizer: new HttpJwtAuthorizer(`Jwt${at}`, "https://is.example.com", { jwtAudience: ["c"] }),
            integration: new HttpUrlIntegration("Url", "https://backend.example.com"),
          }),
        ),
    },
    "at most 10 authorizers an API, not 11",
  ],
  [
    "integrations",
    {
      raisedQuotas: { routes: 400 },
      more: ({ api }) =>
        many(300, (at) =>
          api.addRoutes({
            path: `/other${at}`,
            integration: new HttpUrlIntegration(`Url${at}`, `https://backend.example.com/${at}`),
          }),
        ),
    },
    "at most 300 integrations an API, not 301",
  ],
  ["the name", { apiName: "n".repeat(129) }, "at most 128 bytes of an API's name, not 129"],
  ["the authorizer's name", { authorizerName: "n".repeat(129) }, "at most 128 bytes of an authorizer's name, not 129"],
  ["the description", { description: "d".repeat(1_025) }, "at most 1024 bytes of an API's description, not 1025"],
  ["tags", { more: (api) => many(51, (at) => Tags.of(api).add(`t${at}`, "x")) }, "at most 50 tags a stage, not 51"],
])("7 a quota that is broken is told before the deployment, with the count: %s", ([, choices, message]) => {
  expect(refusalOf(choices)).toContain(message);
});

test("7 what is just within the quotas synthesises, and a quota that AWS has raised counts", () => {
  const within = {
    routes: many(300, (at) => ({
      method: HttpMethod.GET,
      path: `/r${at}`,
      scopes: at === 0 ? many(10, (one) => `${one}`.padEnd(64, "s")) : [],
    })),
    audience: many(50, (at) => `c${at}`),
    apiName: "n".repeat(128),
  };
  expect(refusalOf(within)).toBe("");
  expect(refusalOf({ routes: routesTo(301), raisedQuotas: { routes: 400 } })).toBe("");
});

test("what is known at the deployment only is left as it is", () => {
  const app = new App();
  const stack = new Stack(app, "Other");
  const text = new CfnParameter(stack, "Text").valueAsString;
  const list = new CfnParameter(stack, "List", { type: "CommaDelimitedList" }).valueAsList;
  new ProtectedHttpApi(stack, "Api", {
    authorizer: new HttpJwtAuthorizer("Jwt", text, { jwtAudience: list }),
    integration: new HttpUrlIntegration("Url", text),
    routes: [{ method: HttpMethod.GET, path: "/r", scopes: list }],
    apiName: text,
    description: text,
  });
  expect(() => app.synth()).not.toThrow();
});

test("300 routes of an environment fit into one stack and one function's policy", () => {
  const routes = JSON.stringify(many(300, (at) => ({ method: "GET", path: `/r${at}`, scopes: ["orders:read"] })));
  const { template, report } = synthesised("dev", { routes });
  template.resourceCountIs("AWS::ApiGatewayV2::Route", 300);
  expect(Object.keys((template.toJSON() as { Resources: object }).Resources).length).toBeLessThan(500);
  template.resourceCountIs("AWS::Lambda::Permission", 1);
  expect(report.pluginReports.flatMap(({ violations }) => violations)).toEqual([]);
});
