import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PeerService } from "./serverless-offline.ts";
import { AUDIENCE } from "./tokens.ts";

// The API that both servers are given: routes behind one JWT authorizer, and one function that answers with the caller's
// `sub`. Once as a cloud assembly, once as what serverless.yml says of it.

const FUNCTION_CODE = `exports.handler = async (event) => ({
  statusCode: 200,
  headers: { "content-type": "application/json" },
  body: JSON.stringify({ sub: event.requestContext.authorizer.jwt.claims.sub }),
});
`;

/** \`/me\` first, then as many more as are asked for, the last at \`pathOf(count - 1)\`. */
export const pathOf = (index: number): string => (index === 0 ? "/me" : `/resources-${index}/items`);

export function writeAssembly(directory: string, issuer: string, routes: number): void {
  mkdirSync(join(directory, "code"), { recursive: true });
  writeFileSync(join(directory, "code", "index.js"), FUNCTION_CODE);
  const templateFile = "Bench.template.json";
  const artifact = {
    type: "aws:cloudformation:stack",
    environment: "aws://unknown-account/unknown-region",
    properties: { templateFile },
  };
  writeFileSync(
    join(directory, "manifest.json"),
    JSON.stringify({ version: "36.0.0", artifacts: { Bench: artifact } }),
  );
  writeFileSync(join(directory, templateFile), JSON.stringify({ Resources: resources(issuer, routes) }));
}

function resources(issuer: string, routes: number): object {
  const ApiId = { Ref: "Api" };
  return {
    Api: { Type: "AWS::ApiGatewayV2::Api", Properties: { Name: "bench", ProtocolType: "HTTP" } },
    Stage: { Type: "AWS::ApiGatewayV2::Stage", Properties: { ApiId, StageName: "$default", AutoDeploy: true } },
    Authorizer: {
      Type: "AWS::ApiGatewayV2::Authorizer",
      Properties: {
        ApiId,
        Name: "tokens",
        AuthorizerType: "JWT",
        IdentitySource: ["$request.header.Authorization"],
        JwtConfiguration: { Issuer: issuer, Audience: [AUDIENCE] },
      },
    },
    Function: {
      Type: "AWS::Lambda::Function",
      Properties: {
        Runtime: "nodejs22.x",
        Handler: "index.handler",
        Code: { S3Key: "code" },
        Role: "arn:aws:iam::1:role/x",
      },
    },
    MayCall: {
      Type: "AWS::Lambda::Permission",
      Properties: {
        Action: "lambda:InvokeFunction",
        FunctionName: { Ref: "Function" },
        Principal: "apigateway.amazonaws.com",
      },
    },
    Integration: {
      Type: "AWS::ApiGatewayV2::Integration",
      Properties: {
        ApiId,
        IntegrationType: "AWS_PROXY",
        IntegrationUri: { "Fn::GetAtt": ["Function", "Arn"] },
        PayloadFormatVersion: "2.0",
      },
    },
    ...Object.fromEntries(
      Array.from({ length: routes }, (_, index) => [
        `Route${index}`,
        {
          Type: "AWS::ApiGatewayV2::Route",
          Properties: {
            ApiId,
            RouteKey: `GET ${pathOf(index)}`,
            Target: { "Fn::Join": ["/", ["integrations", { Ref: "Integration" }]] },
            AuthorizationType: "JWT",
            AuthorizerId: { Ref: "Authorizer" },
          },
        },
      ]),
    ),
  };
}

export const peerService = (issuer: string): PeerService => ({
  httpApi: {
    authorizers: {
      tokens: { type: "jwt", identitySource: "$request.header.Authorization", issuerUrl: issuer, audience: [AUDIENCE] },
    },
  },
  functions: {
    me: {
      handler: "index.handler",
      events: [{ httpApi: { method: "GET", path: pathOf(0), authorizer: { name: "tokens" } } }],
    },
  },
  files: { "index.js": FUNCTION_CODE },
});
