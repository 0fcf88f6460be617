import { isJson, type Json, textOf } from "./cloud-assembly.ts";
import { readFunction } from "./function-model.ts";
import type {
  AuthorizationModel,
  CorsModel,
  HttpApiModel,
  IntegrationModel,
  RouteModel,
  StageModel,
  Throttle,
  Unserved,
} from "./model.ts";
import { readOpenApi } from "./openapi.ts";
import type { Resource, StackValues } from "./stack-values.ts";

/** A resource and the stack that it is in. */
export interface Placed {
  readonly stack: StackValues;
  readonly resource: Resource;
  /** Its properties, resolved. */
  readonly properties: Json;
}

const LONGEST_INTEGRATION_MS = 30_000;

/** Reads one HTTP API with everything in the assembly that belongs to it. */
export function readApi(
  stack: StackValues,
  api: Resource,
  stacks: readonly StackValues[],
  unserved: Unserved[],
): HttpApiModel {
  const apiId = stack.physicalId(api);
  const properties = stack.resolve(api.properties) as Json;
  const parts = new ApiParts(apiId, stacks, unserved);
  const { account, region, name: stackName } = stack.files;
  const document = isJson(properties.Body) ? readOpenApi(properties.Body) : undefined;
  const info = isJson(properties.Body) && isJson(properties.Body.info) ? properties.Body.info : {};
  return {
    stack: stackName,
    logicalId: api.logicalId,
    name: textOf(properties.Name ?? info.title, api.logicalId),
    apiId,
    account,
    region,
    cors: readCors(properties.CorsConfiguration ?? document?.cors),
    stages: parts.stages(properties.Target !== undefined),
    routes: [
      ...parts.routes(),
      ...(document?.routes ?? []).map((route) => parts.documentRoute(route, document?.authorizers ?? {})),
      ...parts.quickRoute(api, properties),
    ],
  };
}

/** A route of an OpenAPI document, not yet bound to its function. */
export interface DocumentRoute {
  readonly key: string;
  readonly integration: Json;
  readonly authorizer: string | undefined;
  readonly scopes: readonly string[];
}

/** Everything in the assembly that names one API by its id. */
class ApiParts {
  readonly #apiId: string;
  readonly #stacks: readonly StackValues[];
  readonly #unserved: Unserved[];

  constructor(apiId: string, stacks: readonly StackValues[], unserved: Unserved[]) {
    this.#apiId = apiId;
    this.#stacks = stacks;
    this.#unserved = unserved;
  }

  /** An API without a stage of its own is served as `$default`, since it would not be callable at all. */
  stages(isQuick: boolean): readonly StageModel[] {
    const stages = this.#all("AWS::ApiGatewayV2::Stage").map(({ properties }) => readStage(properties));
    return stages.length > 0 || !isQuick ? stages : [readStage({ StageName: "$default" })];
  }

  routes(): readonly RouteModel[] {
    return this.#all("AWS::ApiGatewayV2::Route").map((route) => {
      const { properties, resource } = route;
      return this.#route(
        textOf(properties.RouteKey),
        resource.logicalId,
        this.#authorization(properties),
        this.#target(properties.Target),
      );
    });
  }

  documentRoute(route: DocumentRoute, authorizers: Readonly<Record<string, Json>>): RouteModel {
    const authorizer = route.authorizer === undefined ? undefined : authorizers[route.authorizer];
    const authorization: AuthorizationModel =
      route.authorizer === undefined ? { kind: "none" } : this.#guard(authorizer, route.authorizer, route.scopes);
    return this.#route(
      route.key,
      `OpenAPI ${route.key}`,
      authorization,
      this.#integration(route.integration, route.key),
    );
  }

  /** The route of an API that was made with `Target`. */
  quickRoute(api: Resource, { Target: target, RouteKey: key }: Json): readonly RouteModel[] {
    if (typeof target !== "string") return [];
    const integration = this.#integration({ IntegrationType: "AWS_PROXY", IntegrationUri: target }, api.logicalId);
    return [this.#route(textOf(key, "$default"), api.logicalId, { kind: "none" }, integration)];
  }

  #route(key: string, logicalId: string, authorization: AuthorizationModel, integration: IntegrationModel): RouteModel {
    for (const part of [authorization, integration])
      if (part.kind === "unserved")
        this.#unserved.push({
          name: key,
          type: "route",
          reason: part.reason,
          advice: "requests to it answer 500 and the log says why; the rest of the API works",
        });
    return { key, logicalId, authorization, integration };
  }

  #authorization(properties: Json): AuthorizationModel {
    const type = textOf(properties.AuthorizationType, "NONE");
    if (type === "NONE") return { kind: "none" };
    if (type === "AWS_IAM")
      return { kind: "unserved", reason: "AWS_IAM is not emulated: Signature Version 4 needs AWS" };
    const id = textOf(properties.AuthorizerId);
    const found = this.#all("AWS::ApiGatewayV2::Authorizer").find(
      ({ stack, resource }) => stack.physicalId(resource) === id || resource.logicalId === id,
    );
    return this.#guard(found?.properties, id, texts(properties.AuthorizationScopes));
  }

  #guard(authorizer: Json | undefined, id: string, scopes: readonly string[]): AuthorizationModel {
    if (!authorizer) return { kind: "unserved", reason: `its authorizer ${id} is not in the assembly` };
    const name = textOf(authorizer.Name, id);
    const identitySource = texts(authorizer.IdentitySource);
    const jwt = authorizer.JwtConfiguration;
    if (authorizer.AuthorizerType === "JWT" && isJson(jwt) && typeof jwt.Issuer === "string")
      return {
        kind: "jwt",
        scopes,
        authorizer: { id, name, issuer: jwt.Issuer, audience: texts(jwt.Audience), identitySource },
      };
    if (authorizer.AuthorizerType !== "REQUEST")
      return { kind: "unserved", reason: `its authorizer ${name} is of type ${textOf(authorizer.AuthorizerType)}` };
    const found = this.#functionOf(authorizer.AuthorizerUri);
    if ("reason" in found) return { kind: "unserved", reason: `its authorizer ${name}: ${found.reason}` };
    return {
      kind: "request",
      authorizer: {
        id,
        name,
        function: found.model,
        payloadFormat: authorizer.AuthorizerPayloadFormatVersion === "1.0" ? "1.0" : "2.0",
        simpleResponses: authorizer.EnableSimpleResponses === true || authorizer.EnableSimpleResponses === "true",
        identitySource,
        cacheSeconds: Number(authorizer.AuthorizerResultTtlInSeconds ?? 0),
      },
    };
  }

  /** `integrations/<id>` of a route. */
  #target(target: unknown): IntegrationModel {
    const id = textOf(target, "").replace(/^integrations\//, "");
    const found = this.#all("AWS::ApiGatewayV2::Integration").find(
      ({ stack, resource }) => stack.physicalId(resource) === id || resource.logicalId === id,
    );
    return found
      ? this.#integration(found.properties, found.resource.logicalId)
      : { kind: "unserved", reason: `its integration ${id || "(none)"} is not in the assembly` };
  }

  #integration(properties: Json, name: string): IntegrationModel {
    const { IntegrationType: type, IntegrationUri: uri, IntegrationSubtype: subtype } = properties;
    const timeoutMs = Math.min(Number(properties.TimeoutInMillis ?? LONGEST_INTEGRATION_MS), LONGEST_INTEGRATION_MS);
    if (properties.ConnectionType === "VPC_LINK")
      return { kind: "unserved", reason: `the integration ${name} goes through a VPC link` };
    if (subtype !== undefined)
      return { kind: "unserved", reason: `the integration ${name} calls the AWS service ${textOf(subtype)}` };
    if (type === "HTTP_PROXY")
      return {
        kind: "http",
        method: textOf(properties.IntegrationMethod, "ANY"),
        uri: textOf(uri),
        timeoutMs,
        parameters: textMap(properties.RequestParameters),
      };
    if (type !== "AWS_PROXY") return { kind: "unserved", reason: `the integration ${name} is of type ${textOf(type)}` };
    const found = this.#functionOf(uri);
    if ("reason" in found) return { kind: "unserved", reason: `the function of ${name}: ${found.reason}` };
    return {
      kind: "lambda",
      function: found.model,
      payloadFormat: properties.PayloadFormatVersion === "1.0" ? "1.0" : "2.0",
      timeoutMs,
    };
  }

  /** By the function's ARN, alone or inside API Gateway's invocation ARN, with or without a version or an alias. */
  #functionOf(uri: unknown): ReturnType<typeof readFunction> {
    const [, name] = /:function:([^:/]+)/.exec(textOf(uri)) ?? [];
    for (const stack of this.#stacks)
      for (const resource of stack.resources)
        if (resource.type === "AWS::Lambda::Function" && stack.physicalId(resource) === name)
          return readFunction(stack, resource);
    const [, alias] = /^\{(.+)\}$/.exec(textOf(uri)) ?? [];
    return { reason: `${alias ?? textOf(uri)} is no function of the assembly` };
  }

  #all(type: string): readonly Placed[] {
    return this.#stacks.flatMap((stack) =>
      stack.resources
        .filter((resource) => resource.type === type)
        .map((resource) => ({ stack, resource, properties: stack.resolve(resource.properties) as Json }))
        .filter(({ properties }) => properties.ApiId === this.#apiId),
    );
  }
}

function readStage(properties: Json): StageModel {
  const log = properties.AccessLogSettings;
  const routes = isJson(properties.RouteSettings) ? properties.RouteSettings : {};
  const throttles = Object.entries(routes).flatMap(([key, settings]) => {
    const throttle = readThrottle(settings);
    return throttle ? [[key, throttle] as const] : [];
  });
  return {
    name: textOf(properties.StageName, "$default"),
    variables: textMap(properties.StageVariables),
    accessLogFormat: isJson(log) && typeof log.Format === "string" ? log.Format : undefined,
    throttle: readThrottle(properties.DefaultRouteSettings),
    routeThrottles: Object.fromEntries(throttles),
  };
}

function readThrottle(settings: unknown): Throttle | undefined {
  if (!isJson(settings) || settings.ThrottlingRateLimit === undefined) return undefined;
  const rate = Number(settings.ThrottlingRateLimit);
  return { rate, burst: Number(settings.ThrottlingBurstLimit ?? rate) };
}

function readCors(value: unknown): CorsModel | undefined {
  if (!isJson(value)) return undefined;
  return {
    allowOrigins: texts(value.AllowOrigins),
    allowMethods: texts(value.AllowMethods),
    allowHeaders: texts(value.AllowHeaders),
    exposeHeaders: texts(value.ExposeHeaders),
    allowCredentials: value.AllowCredentials === true || value.AllowCredentials === "true",
    maxAgeSeconds: value.MaxAge === undefined ? undefined : Number(value.MaxAge),
  };
}

const texts = (value: unknown): readonly string[] => {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map((item) => textOf(item));
};

const textMap = (value: unknown): Readonly<Record<string, string>> =>
  isJson(value) ? Object.fromEntries(Object.entries(value).map(([name, text]) => [name, textOf(text)])) : {};
