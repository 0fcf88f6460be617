import * as alpha from "@aws-cdk/aws-apigatewayv2-alpha";
import { HttpJwtAuthorizer as AlphaHttpJwtAuthorizer } from "@aws-cdk/aws-apigatewayv2-authorizers-alpha";
import { App, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import * as apigateway from "aws-cdk-lib/aws-apigatewayv2";
import { HttpJwtAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { describe, expect, test } from "vitest";
import { synthesised } from "./synthesised.ts";

const { template, environment } = synthesised("dev");

const authorizers = (stack: Stack) => Template.fromStack(stack).findResources("AWS::ApiGatewayV2::Authorizer");

describe("the authorizer", () => {
  test("is API Gateway's own, with the environment's issuer, audience and identity source", () => {
    template.hasResourceProperties("AWS::ApiGatewayV2::Authorizer", {
      AuthorizerType: "JWT",
      Name: "wso2",
      IdentitySource: ["$request.header.Authorization"],
      JwtConfiguration: { Issuer: environment.issuer, Audience: environment.audience },
    });
    template.resourceCountIs("AWS::ApiGatewayV2::Authorizer", 1);
  });

  test("guards every route that is not declared public", () => {
    const routes = Object.values(template.findResources("AWS::ApiGatewayV2::Route")).map(
      (route) => route.Properties as Record<string, unknown>,
    );
    expect(routes).toHaveLength(environment.routes.length);
    for (const { RouteKey: key, AuthorizationType: type, AuthorizerId: id } of routes) {
      const isPublic = environment.routes.some((route) => `${route.method} ${route.path}` === key && route.public);
      expect([key, type, id !== undefined]).toEqual([key, isPublic ? "NONE" : "JWT", !isPublic]);
    }
  });

  test("asks for the scopes of the route", () => {
    template.hasResourceProperties("AWS::ApiGatewayV2::Route", {
      RouteKey: "GET /orders",
      AuthorizationScopes: ["orders:read"],
    });
    template.hasResourceProperties("AWS::ApiGatewayV2::Route", {
      RouteKey: "GET /me",
      AuthorizationScopes: Match.absent(),
    });
  });

  test("of the stable module and of the alpha package give equal templates", () => {
    const ours = new Stack(new App(), "Same");
    const theirs = new Stack(new App(), "Same");
    const issuer = environment.issuer;
    const props = {
      authorizerName: "wso2",
      jwtAudience: [...environment.audience],
      identitySource: ["$request.header.Authorization"],
    };
    const stable = new apigateway.HttpApi(ours, "Api");
    const stableAuthorizer = new HttpJwtAuthorizer("Jwt", issuer, props).bind({
      route: { httpApi: stable } as never,
      scope: ours,
    });
    const old = new alpha.HttpApi(theirs, "Api");
    const oldAuthorizer = new AlphaHttpJwtAuthorizer("Jwt", issuer, props).bind({
      route: { httpApi: old } as never,
      scope: theirs,
    });
    expect(stableAuthorizer.authorizationType).toBe(oldAuthorizer.authorizationType);
    expect(Object.keys(authorizers(ours))).toHaveLength(1);
    expect(authorizers(ours)).toEqual(authorizers(theirs));
  });
});

describe("the function", () => {
  test("runs on nodejs24.x, arm64, with its own log group, and may write that log and nothing else", () => {
    template.hasResourceProperties("AWS::Lambda::Function", {
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      Handler: "index.handler",
      LoggingConfig: { LogFormat: "JSON", LogGroup: { Ref: Match.stringLikeRegexp("^BusinessLog") } },
    });
    template.hasResourceProperties("AWS::IAM::Role", {
      ManagedPolicyArns: Match.absent(),
      Policies: [
        {
          PolicyDocument: {
            Statement: [
              {
                Effect: "Allow",
                Action: ["logs:CreateLogStream", "logs:PutLogEvents"],
                Resource: { "Fn::GetAtt": [Match.stringLikeRegexp("^BusinessLog"), "Arn"] },
              },
            ],
          },
        },
      ],
    });
    template.resourceCountIs("AWS::IAM::Policy", 0);
  });

  test("may be called by every route of this API and by no other API, in one statement", () => {
    template.resourceCountIs("AWS::Lambda::Permission", 1);
    const [permission] = Object.values(template.findResources("AWS::Lambda::Permission"));
    const arn = JSON.stringify(permission);
    expect(arn).toMatch(/\{"Ref":"Api[0-9A-F]{8}"\},"\/\*\/\*"/);
  });
});

describe("the stage", () => {
  test("writes an access log in JSON with the authorizer's error, and nothing of the token", () => {
    const [stage] = Object.values(template.findResources("AWS::ApiGatewayV2::Stage"));
    const format = JSON.parse(
      (stage as { Properties: { AccessLogSettings: { Format: string } } }).Properties.AccessLogSettings.Format,
    ) as Record<string, string>;
    expect(Object.values(format)).toEqual(
      expect.arrayContaining([
        "$context.authorizer.error",
        "$context.integrationErrorMessage",
        "$context.requestId",
        "$context.routeKey",
        "$context.status",
        "$context.responseLatency",
        "$context.integrationLatency",
      ]),
    );
    expect(JSON.stringify(format)).not.toMatch(/authorizer\.claims|header|Authorization/);
    expect(JSON.stringify(format).length).toBeLessThan(3_072);
  });

  test("is throttled as the environment says, and its logs are kept as long", () => {
    template.hasResourceProperties("AWS::ApiGatewayV2::Stage", {
      StageName: "$default",
      DefaultRouteSettings: { ThrottlingRateLimit: 50, ThrottlingBurstLimit: 100 },
    });
    template.allResourcesProperties("AWS::Logs::LogGroup", { RetentionInDays: 7 });
  });

  test("prod keeps its logs and protects its stack, dev does neither", () => {
    synthesised("prod").template.allResources("AWS::Logs::LogGroup", { DeletionPolicy: "RetainExceptOnCreate" });
    template.allResources("AWS::Logs::LogGroup", { DeletionPolicy: "Delete" });
    expect([synthesised("prod").stack.terminationProtection, synthesised("dev").stack.terminationProtection]).toEqual([
      true,
      false,
    ]);
  });
});
