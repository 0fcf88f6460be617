import { isJson, type Json } from "../json/json.ts";
import { memberOf, textOf } from "../template/cloud-assembly.ts";
import type { DocumentRoute } from "./api-model.ts";

/** What an OpenAPI document in an API's `Body` says, put in CloudFormation's own terms. */
export interface OpenApiParts {
  readonly routes: readonly DocumentRoute[];
  /** By the name of the security scheme: properties as of an AWS::ApiGatewayV2::Authorizer. */
  readonly authorizers: Readonly<Record<string, Json>>;
  readonly cors: Json | undefined;
}

const METHODS: Readonly<Record<string, string>> = {
  get: "GET",
  put: "PUT",
  post: "POST",
  delete: "DELETE",
  options: "OPTIONS",
  head: "HEAD",
  patch: "PATCH",
  "x-amazon-apigateway-any-method": "ANY",
};

/** Reads paths, `x-amazon-apigateway-integration`, `x-amazon-apigateway-authorizer` and `x-amazon-apigateway-cors`. */
export function readOpenApi(body: Json): OpenApiParts {
  const components = memberOf(body, "components");
  return {
    routes: Object.entries(memberOf(body, "paths")).flatMap(([path, item]) =>
      Object.entries(isJson(item) ? item : {}).flatMap(([method, operation]) => {
        const verb = METHODS[method];
        return verb !== undefined && isJson(operation) ? [routeOf(body, components, `${verb} ${path}`, operation)] : [];
      }),
    ),
    authorizers: Object.fromEntries(
      Object.entries(memberOf(components, "securitySchemes")).flatMap(([name, scheme]) => {
        const authorizer = isJson(scheme) ? scheme["x-amazon-apigateway-authorizer"] : undefined;
        return isJson(authorizer) ? [[name, authorizerOf(name, authorizer)] as const] : [];
      }),
    ),
    cors: capitalised(body["x-amazon-apigateway-cors"]),
  };
}

function routeOf(body: Json, components: Json, key: string, operation: Json): DocumentRoute {
  const [requirement] = listOf(operation.security ?? body.security);
  const [authorizer] = isJson(requirement) ? Object.keys(requirement) : [];
  const scopes =
    isJson(requirement) && authorizer !== undefined ? listOf(requirement[authorizer]).map((item) => textOf(item)) : [];
  const found = operation["x-amazon-apigateway-integration"];
  const reference = isJson(found) ? found.$ref : undefined;
  const integration =
    typeof reference === "string"
      ? memberOf(memberOf(components, "x-amazon-apigateway-integrations"), reference.split("/").at(-1) ?? "")
      : isJson(found)
        ? found
        : {};
  return {
    key: key.endsWith(" /$default") ? "$default" : key,
    authorizer,
    scopes,
    integration: {
      IntegrationType: textOf(integration.type, "").toUpperCase(),
      IntegrationUri: integration.uri,
      IntegrationMethod: integration.httpMethod,
      PayloadFormatVersion: integration.payloadFormatVersion,
      TimeoutInMillis: integration.timeoutInMillis,
      ConnectionType: integration.connectionType,
      IntegrationSubtype: integration.integrationSubtype,
      CredentialsArn: integration.credentials,
      RequestParameters: integration.requestParameters,
      ResponseParameters: integration.responseParameters,
    },
  };
}

function authorizerOf(name: string, authorizer: Json): Json {
  const jwt = memberOf(authorizer, "jwtConfiguration");
  const sources = authorizer.identitySource;
  return {
    Name: name,
    AuthorizerType: textOf(authorizer.type, "").toUpperCase(),
    IdentitySource: typeof sources === "string" ? sources.split(",").map((source) => source.trim()) : sources,
    JwtConfiguration: { Issuer: jwt.issuer, Audience: jwt.audience },
    AuthorizerUri: authorizer.authorizerUri,
    AuthorizerCredentialsArn: authorizer.authorizerCredentials,
    AuthorizerPayloadFormatVersion: authorizer.authorizerPayloadFormatVersion,
    EnableSimpleResponses: authorizer.enableSimpleResponses,
    AuthorizerResultTtlInSeconds: authorizer.authorizerResultTtlInSeconds,
  };
}

/** `allowOrigins` → `AllowOrigins`. */
const capitalised = (value: unknown): Json | undefined =>
  isJson(value)
    ? Object.fromEntries(
        Object.entries(value).map(([name, item]) => [name.charAt(0).toUpperCase() + name.slice(1), item]),
      )
    : undefined;

const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
