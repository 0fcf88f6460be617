import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HttpApiModel } from "../assembly/model.ts";
import { readAssembly } from "../assembly/read-assembly.ts";
import type { Json } from "../json/json.ts";
import { API_NAMES, type ApiName } from "./case.ts";
import {
  ACCESS_LOG,
  APIS,
  type AuthorizerDefinition,
  CORS,
  faultyIssuer,
  type IntegrationName,
  STAGE_VARIABLES,
} from "./conformance-api.ts";
import { AUTHORIZER_CODE, FUNCTION_CODE } from "./conformance-functions.ts";
import { AUDIENCES } from "./token-recipe.ts";

const STACK = "GatehouseConformance";
/** The cloud-assembly schema that aws-cdk 2.1148.1 reads. */
const SCHEMA = "55.0.0";

/**
 * Writes the conformance APIs as a cloud assembly: one template with everything that they need, inline code included.
 * @param directory a folder that is there
 * @param issuer whose tokens the authorizers are to trust
 */
export function writeConformanceAssembly(directory: string, issuer: string): void {
  const templateFile = `${STACK}.template.json`;
  const artifact = {
    type: "aws:cloudformation:stack",
    environment: "aws://unknown-account/unknown-region",
    properties: { templateFile },
  };
  write(directory, "manifest.json", { version: SCHEMA, artifacts: { [STACK]: artifact } });
  write(directory, templateFile, { Resources: resourcesFor(issuer) });
}

/** Writes the assembly and reads it as the gateway does. */
export function conformanceApis(directory: string, issuer: string): ReadonlyMap<ApiName, HttpApiModel> {
  writeConformanceAssembly(directory, issuer);
  const { apis } = readAssembly(directory);
  return new Map(
    API_NAMES.map((name) => {
      const found = apis.find((api) => api.name === deployedName(name));
      if (!found) throw new Error(`the conformance assembly lacks the API ${name}`);
      return [name, found] as const;
    }),
  );
}

/** An API's name in the template. */
const deployedName = (api: ApiName): string => `conformance-${api}`;

const write = (directory: string, file: string, value: unknown) =>
  writeFileSync(join(directory, file), `${JSON.stringify(value, null, 2)}\n`);

const ref = (id: string) => ({ Ref: id });
const arn = (id: string) => ({ "Fn::GetAtt": [id, "Arn"] });
const joined = (...parts: readonly unknown[]) => ({ "Fn::Join": ["", parts] });
/** A logical id: letters and digits only. */
const logical = (...parts: readonly string[]) =>
  parts.map((part) => part.replace(/[^A-Za-z0-9]/g, "").replace(/^./, (first) => first.toUpperCase())).join("");

function resourcesFor(issuer: string): Json {
  return {
    Role: {
      Type: "AWS::IAM::Role",
      Properties: {
        AssumeRolePolicyDocument: {
          Version: "2012-10-17",
          Statement: [{ Effect: "Allow", Principal: { Service: "lambda.amazonaws.com" }, Action: "sts:AssumeRole" }],
        },
        ManagedPolicyArns: ["arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"],
      },
    },
    AccessLog: { Type: "AWS::Logs::LogGroup", Properties: { RetentionInDays: 7 } },
    Echo: lambda(FUNCTION_CODE, 10),
    Short: lambda(FUNCTION_CODE, 1),
    Guard: lambda(AUTHORIZER_CODE, 10),
    // The same again, for what API Gateway may not call, or from some routes only.
    Barred: lambda(FUNCTION_CODE, 10),
    BarredGuard: lambda(AUTHORIZER_CODE, 10),
    Narrow: lambda(FUNCTION_CODE, 10),
    ...Object.assign({}, ...API_NAMES.map((api) => apiResources(api, issuer))),
  } as Json;
}

const lambda = (code: string, timeoutSeconds: number): Json => ({
  Type: "AWS::Lambda::Function",
  Properties: {
    Runtime: "nodejs24.x",
    Handler: "index.handler",
    Code: { ZipFile: code },
    Role: arn("Role"),
    Timeout: timeoutSeconds,
    MemorySize: 128,
  },
});

function apiResources(name: ApiName, issuer: string): Json {
  const { stages, cors, authorizers, routes } = APIS[name];
  const id = logical(name);
  const ApiId = ref(id);
  const integrations = new Set(routes.map(({ integration = "2.0" }) => integration));
  const limited = routes.some(({ key }) => key === "GET /limited");
  return {
    [id]: {
      Type: "AWS::ApiGatewayV2::Api",
      Properties: { Name: deployedName(name), ProtocolType: "HTTP", ...(cors ? { CorsConfiguration: CORS } : {}) },
    },
    ...table(stages, (stage) => ({
      [logical(name, "Stage", stage)]: {
        Type: "AWS::ApiGatewayV2::Stage",
        Properties: {
          ApiId,
          StageName: stage,
          AutoDeploy: true,
          AccessLogSettings: { DestinationArn: arn("AccessLog"), Format: JSON.stringify(ACCESS_LOG) },
          ...(stage === "$default" ? {} : { StageVariables: STAGE_VARIABLES }),
          ...(limited && stage === "$default"
            ? { RouteSettings: { "GET /limited": { ThrottlingBurstLimit: 1, ThrottlingRateLimit: 1 } } }
            : {}),
        },
        // A route's settings are refused while the route is not there.
        DependsOn: routes.map((_, index) => logical(name, "Route", String(index))),
      },
    })),
    ...table([...integrations], (integration) => ({
      [logical(name, "Integration", integration)]: {
        Type: "AWS::ApiGatewayV2::Integration",
        Properties: { ApiId, IntegrationType: "AWS_PROXY", ...INTEGRATIONS[integration] },
      },
    })),
    ...table(Object.entries(authorizers), ([key, authorizer]) => ({
      [logical(name, "Authorizer", key)]: {
        Type: "AWS::ApiGatewayV2::Authorizer",
        Properties: { ApiId, Name: key, ...authorizerProperties(authorizer, issuer) },
      },
    })),
    ...table([...routes.entries()], ([index, { key, authorizer, scopes, integration = "2.0" }]) => ({
      [logical(name, "Route", String(index))]: {
        Type: "AWS::ApiGatewayV2::Route",
        Properties: {
          ApiId,
          RouteKey: key,
          Target: joined("integrations/", ref(logical(name, "Integration", integration))),
          ...(authorizer === undefined
            ? { AuthorizationType: "NONE" }
            : {
                AuthorizationType: authorizers[authorizer]?.kind === "jwt" ? "JWT" : "CUSTOM",
                AuthorizerId: ref(logical(name, "Authorizer", authorizer)),
              }),
          ...(scopes === undefined ? {} : { AuthorizationScopes: scopes }),
        },
      },
    })),
    ...table(Object.entries(SOURCES), ([target, source]) => ({
      [logical(name, "May", target)]: {
        Type: "AWS::Lambda::Permission",
        Properties: {
          Action: "lambda:InvokeFunction",
          FunctionName: ref(target),
          Principal: "apigateway.amazonaws.com",
          SourceArn: joined("arn:aws:execute-api:", ref("AWS::Region"), ":", ref("AWS::AccountId"), ":", ApiId, source),
        },
      },
    })),
  };
}

/** What of an API may call which function: all of it; or its routes but $default, which presents one part less (6.30). */
const SOURCES: Readonly<Record<string, string>> = { Echo: "/*", Short: "/*", Guard: "/*", Narrow: "/*/*/*" };

const INTEGRATIONS: Readonly<Record<IntegrationName, Json>> = {
  "2.0": { IntegrationUri: arn("Echo"), PayloadFormatVersion: "2.0" },
  "1.0": { IntegrationUri: arn("Echo"), PayloadFormatVersion: "1.0" },
  "one-second": { IntegrationUri: arn("Echo"), PayloadFormatVersion: "2.0", TimeoutInMillis: 1_000 },
  "short-function": { IntegrationUri: arn("Short"), PayloadFormatVersion: "2.0" },
  barred: { IntegrationUri: arn("Barred"), PayloadFormatVersion: "2.0" },
  narrow: { IntegrationUri: arn("Narrow"), PayloadFormatVersion: "2.0" },
};

function authorizerProperties(authorizer: AuthorizerDefinition, issuer: string): Json {
  if (authorizer.kind === "jwt")
    return {
      AuthorizerType: "JWT",
      IdentitySource: [authorizer.identitySource],
      JwtConfiguration: {
        Issuer: authorizer.faultyIssuer === undefined ? issuer : faultyIssuer(issuer, authorizer.faultyIssuer),
        Audience: AUDIENCES,
      },
    };
  return {
    AuthorizerType: "REQUEST",
    IdentitySource: authorizer.identitySource,
    AuthorizerPayloadFormatVersion: authorizer.payloadFormat,
    ...(authorizer.payloadFormat === "2.0" ? { EnableSimpleResponses: authorizer.simple } : {}),
    AuthorizerResultTtlInSeconds: authorizer.cacheSeconds,
    AuthorizerUri: joined(
      "arn:aws:apigateway:",
      ref("AWS::Region"),
      ":lambda:path/2015-03-31/functions/",
      arn(authorizer.mayBeCalled === false ? "BarredGuard" : "Guard"),
      "/invocations",
    ),
  };
}

const table = <Item>(items: readonly Item[], make: (item: Item) => Json): Json =>
  Object.assign({}, ...items.map(make)) as Json;
