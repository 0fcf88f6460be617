import {
  App,
  CfnCondition,
  CfnMapping,
  CfnOutput,
  CfnParameter,
  type CfnResource,
  Fn,
  Stack,
  type StackProps,
} from "aws-cdk-lib";
import * as apigw from "aws-cdk-lib/aws-apigatewayv2";
import * as iam from "aws-cdk-lib/aws-iam";
import * as lambda from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";

// A ticket desk, moved from a CloudFormation template to the CDK resource by resource: nothing but L1 constructs, with the
// template's parameters, mapping, condition and intrinsic functions as they were. One API has its routes as resources, the
// other is an OpenAPI document.

class TicketStack extends Stack {
  constructor(scope: Construct, id: string, props?: StackProps) {
    super(scope, id, props);

    new CfnParameter(this, "Realm", { type: "String", default: "tickets" });
    const size = new CfnParameter(this, "Size", {
      type: "String",
      default: "small",
      allowedValues: ["small", "large"],
    });
    const quiet = new CfnCondition(this, "Quiet", { expression: Fn.conditionEquals(size.valueAsString, "small") });
    const sizes = new CfnMapping(this, "Sizes", {
      mapping: { small: { memory: 128, seconds: 3 }, large: { memory: 512, seconds: 20 } },
    });
    const issuer = Fn.sub("https://login.tickets.example/realms/${Realm}");

    const role = new iam.CfnRole(this, "Role", {
      assumeRolePolicyDocument: {
        Version: "2012-10-17",
        Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
      },
    });
    const tickets = new lambda.CfnFunction(this, "Tickets", {
      functionName: Fn.join("-", [this.stackName, "tickets"]),
      role: role.attrArn,
      runtime: "nodejs20.x",
      handler: "index.handler",
      memorySize: sizes.findInMap(size.valueAsString, "memory") as unknown as number,
      timeout: sizes.findInMap(size.valueAsString, "seconds") as unknown as number,
      environment: {
        variables: {
          DESK: Fn.select(1, Fn.split("/", "desk/north/3")),
          LEVEL: Fn.conditionIf("Quiet", "warn", "info").toString(),
        },
      },
      // With a callback, as it was written when it began on Node 8.
      code: {
        zipFile: `
exports.handler = function (event, context, callback) {
  var caller = event.requestContext.authorizer ? event.requestContext.authorizer.jwt : null;
  callback(null, {
    statusCode: event.routeKey.indexOf('POST') === 0 ? 201 : 200,
    headers: { 'content-type': 'application/json', 'x-desk': process.env.DESK },
    body: JSON.stringify({
      ticket: event.pathParameters ? event.pathParameters.id : null,
      by: caller ? caller.claims.sub : null,
      scopes: caller ? caller.scopes : null,
      level: process.env.LEVEL,
      memory: context.memoryLimitInMB
    })
  });
};`,
      },
    });
    tickets.addPropertyOverride("Tags", [{ Key: "desk", Value: "north" }]);

    const api = new apigw.CfnApi(this, "Api", { name: "tickets", protocolType: "HTTP" });
    const authorizer = new apigw.CfnAuthorizer(this, "Authorizer", {
      apiId: api.ref,
      name: "login",
      authorizerType: "JWT",
      identitySource: ["$request.header.Authorization"],
      jwtConfiguration: { issuer, audience: ["ticket-desk"] },
    });
    const integration = new apigw.CfnIntegration(this, "Integration", {
      apiId: api.ref,
      integrationType: "AWS_PROXY",
      integrationUri: Fn.join("", [
        "arn:",
        this.partition,
        ":apigateway:",
        this.region,
        ":lambda:path/2015-03-31/functions/",
        tickets.attrArn,
        "/invocations",
      ]),
      payloadFormatVersion: "2.0",
    });
    const route = (name: string, routeKey: string, scopes?: string[]): CfnResource =>
      new apigw.CfnRoute(this, name, {
        apiId: api.ref,
        routeKey,
        target: Fn.join("/", ["integrations", integration.ref]),
        authorizationType: "JWT",
        authorizerId: authorizer.ref,
        ...(scopes ? { authorizationScopes: scopes } : {}),
      });
    const routes = [
      route("Read", "GET /tickets/{id}"),
      route("Write", "POST /tickets/{id}", ["tickets:write"]),
      new apigw.CfnRoute(this, "Health", {
        apiId: api.ref,
        routeKey: "GET /health",
        target: Fn.join("/", ["integrations", integration.ref]),
      }),
    ];
    const stage = new apigw.CfnStage(this, "Stage", {
      apiId: api.ref,
      stageName: "v1",
      autoDeploy: true,
      defaultRouteSettings: { throttlingBurstLimit: 50, throttlingRateLimit: 100 },
    });
    for (const one of routes) stage.addDependency(one);
    // Only where the desk is large: nothing of it is there by default.
    const second = new apigw.CfnRoute(this, "Archive", {
      apiId: api.ref,
      routeKey: "GET /archive",
      target: Fn.join("/", ["integrations", integration.ref]),
    });
    second.cfnOptions.condition = new CfnCondition(this, "Large", { expression: Fn.conditionNot(quiet) });
    new lambda.CfnPermission(this, "MayCall", {
      action: "lambda:InvokeFunction",
      functionName: tickets.ref,
      principal: "apigateway.amazonaws.com",
    });

    new apigw.CfnApi(this, "Documented", {
      body: {
        openapi: "3.0.1",
        info: { title: "tickets-documented", version: "1" },
        paths: {
          "/status": {
            get: {
              security: [{ login: ["status:read"] }],
              "x-amazon-apigateway-integration": {
                type: "aws_proxy",
                httpMethod: "POST",
                payloadFormatVersion: "2.0",
                uri: Fn.sub(
                  "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Tickets.Arn}/invocations",
                ),
              },
            },
          },
        },
        components: {
          securitySchemes: {
            login: {
              type: "oauth2",
              "x-amazon-apigateway-authorizer": {
                type: "jwt",
                identitySource: "$request.header.Authorization",
                jwtConfiguration: { issuer, audience: ["ticket-desk"] },
              },
            },
          },
        },
      },
    });
    new apigw.CfnStage(this, "DocumentedStage", {
      apiId: Fn.ref("Documented"),
      stageName: "$default",
      autoDeploy: true,
    });
    new CfnOutput(this, "Url", { value: Fn.sub("https://${Api}.execute-api.${AWS::Region}.amazonaws.com/v1") });
  }
}

const app = new App();
new TicketStack(app, "TicketDesk");
app.synth();
