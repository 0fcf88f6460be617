import { LONGEST_INTEGRATION_MS } from "../aws/limits.ts";
import { routeKeyFault } from "../aws/route-key.ts";
import { isJson, type Json } from "../json/json.ts";
import { memberOf, textOf, texts } from "../template/cloud-assembly.ts";
import type { Resource } from "../template/resource-names.ts";
import type { StackValues } from "../template/stack-values.ts";
import { type CallableFunction, callableFunction } from "./callable-function.ts";
import { checkApi, type NamedAuthorizer } from "./check-api.ts";
import { deployableRoutes } from "./deployable-routes.ts";
import type { AssemblyNotes } from "./deployment-finding.ts";
import { jwtGuard, scopesWithoutJwt, undefinedScheme } from "./guards.ts";
import type { InvokePermissions } from "./invoke-permissions.ts";
import { mirrorOf } from "./mirror-model.ts";
import type { AuthorizationModel, HttpApiModel, IntegrationModel, RouteModel, StageModel } from "./model.ts";
import { readOpenApi } from "./openapi.ts";
import { readMappings } from "./parameter-mapping.ts";
import { readCors, readStage } from "./stage-model.ts";
import { asUnserved } from "./unserved.ts";

/** A resource and the stack that it is in. */
export interface Placed {
  readonly stack: StackValues;
  readonly resource: Resource;
  /** Its properties, resolved. */
  readonly properties: Json;
}

/** An API to read, and where. */
export interface ApiToRead {
  readonly stack: StackValues;
  readonly api: Resource;
  readonly apiId: string;
  /** Whether the API itself is of another app, and the assembly only adds to it. @default false */
  readonly isForeign?: boolean;
  /** All stacks of the assembly. */
  readonly stacks: readonly StackValues[];
  readonly permissions: InvokePermissions;
  readonly notes: AssemblyNotes;
}

/** Reads one HTTP API with everything in the assembly that belongs to it. */
export function readApi({ stack, api, apiId, isForeign = false, stacks, permissions, notes }: ApiToRead): HttpApiModel {
  const properties = stack.propertiesOf(api);
  const parts = new ApiParts(stack, apiId, stacks, permissions, notes);
  const name = `${stack.files.name}/${api.logicalId}`;
  const { account, region, name: stackName } = stack.files;
  const document = isJson(properties.Body) ? readOpenApi(properties.Body) : undefined;
  const { title } = memberOf(memberOf(properties, "Body"), "info");
  if (properties.BodyS3Location !== undefined)
    notes.unserved.push(
      asUnserved(name, api.type, {
        what: "its OpenAPI document lies in S3",
        fix: "put the document into Body, as the routes that it defines are not served otherwise",
      }),
    );
  if (properties.Body !== undefined && document === undefined)
    notes.unserved.push(
      asUnserved(name, api.type, {
        what: `its OpenAPI document is made at the deployment: ${textOf(properties.Body)}`,
        fix: "put the document itself into Body; the routes that it defines are not served otherwise",
      }),
    );
  const identity = { apiId, account, region, stages: parts.stages(name, isForeign || properties.Target !== undefined) };
  const routes = deployableRoutes(
    [
      ...parts.routes(),
      ...(document?.routes ?? []).map((route) => parts.documentRoute(route, document?.authorizers ?? {})),
      ...parts.quickRoute(api, properties),
    ],
    identity,
    notes,
  );
  const model: HttpApiModel = {
    stack: stackName,
    logicalId: api.logicalId,
    name: textOf(properties.Name ?? title, api.logicalId),
    ...identity,
    cors: readCors(properties.CorsConfiguration ?? document?.cors),
    routes,
    ...parts.domains(),
  };
  const authorizers = [
    ...parts.authorizers(),
    ...Object.entries(document?.authorizers ?? {}).map(([scheme, one]) => ({
      name: `${name}: ${scheme}`,
      properties: one,
    })),
  ];
  const integrations = parts.integrationCount + (document?.routes.length ?? 0);
  notes.findings.push(
    ...checkApi({ name, model, properties, authorizers, isImported: document !== undefined, integrations }),
  );
  return model;
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
  /** The stack of the API itself. */
  readonly #home: StackValues;
  readonly #permissions: InvokePermissions;
  readonly #apiId: string;
  readonly #stacks: readonly StackValues[];
  readonly #notes: AssemblyNotes;
  readonly #byType = new Map<string, readonly Placed[]>();

  constructor(
    home: StackValues,
    apiId: string,
    stacks: readonly StackValues[],
    permissions: InvokePermissions,
    notes: AssemblyNotes,
  ) {
    this.#home = home;
    this.#permissions = permissions;
    this.#apiId = apiId;
    this.#stacks = stacks;
    this.#notes = notes;
  }

  /**
   * An API without a stage is called by nobody; here it gets `$default`, and is noted.
   * @param isStaged whether AWS has a stage of it all the same: it was made with `Target`, or is of another app
   */
  stages(name: string, isStaged: boolean): readonly StageModel[] {
    const stages = this.#all("AWS::ApiGatewayV2::Stage").map(({ properties }) => readStage(properties));
    if (stages.length > 0) return stages;
    if (!isStaged)
      this.#notes.unserved.push(
        asUnserved(name, "AWS::ApiGatewayV2::Stage", {
          what: "the API has no stage, so AWS would answer every request with 404",
          fix: "it is served as $default here; add an AWS::ApiGatewayV2::Stage before you deploy",
        }),
      );
    return [readStage({ StageName: "$default" })];
  }

  /** The custom domains that lead to the API, each with all its mappings. */
  domains(): Pick<HttpApiModel, "domains"> {
    const byName = new Map<string, { readonly key: string; readonly stage: string }[]>();
    for (const { properties } of this.#all("AWS::ApiGatewayV2::ApiMapping")) {
      const name = textOf(properties.DomainName).toLowerCase();
      const mappings = byName.get(name) ?? [];
      mappings.push({ key: textOf(properties.ApiMappingKey), stage: textOf(properties.Stage) });
      byName.set(name, mappings);
    }
    return byName.size === 0 ? {} : { domains: [...byName].map(([name, mappings]) => ({ name, mappings })) };
  }

  authorizers(): readonly NamedAuthorizer[] {
    return this.#all("AWS::ApiGatewayV2::Authorizer").map(({ stack, resource, properties }) => ({
      name: `${stack.files.name}/${resource.logicalId}`,
      properties,
    }));
  }

  get integrationCount(): number {
    return this.#all("AWS::ApiGatewayV2::Integration").length;
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
      route.authorizer === undefined
        ? { kind: "none" }
        : authorizer
          ? this.#guard(authorizer, route.authorizer, route.scopes)
          : undefinedScheme(route.authorizer);
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

  #route(key: string, logicalId: string, authorization: AuthorizationModel, given: IntegrationModel): RouteModel {
    const fault = routeKeyFault(key);
    const integration: IntegrationModel =
      fault === undefined ? given : { kind: "unserved", reason: fault, refusal: "route-key" };
    return { key, logicalId, authorization, integration };
  }

  #authorization(properties: Json): AuthorizationModel {
    const type = textOf(properties.AuthorizationType, "NONE");
    const scopes = texts(properties.AuthorizationScopes);
    if (type !== "JWT" && scopes.length > 0) return scopesWithoutJwt(type, scopes);
    if (type === "NONE") return { kind: "none" };
    if (type === "AWS_IAM")
      return {
        kind: "unserved",
        reason: "AWS_IAM is not emulated: only AWS can check a Signature Version 4",
        advice: "try it on the deployed API",
      };
    const id = textOf(properties.AuthorizerId);
    const found = this.#all("AWS::ApiGatewayV2::Authorizer").find(
      ({ stack, resource }) => stack.physicalId(resource) === id || resource.logicalId === id,
    );
    return this.#guard(found?.properties, id, scopes);
  }

  #guard(authorizer: Json | undefined, id: string, scopes: readonly string[]): AuthorizationModel {
    if (!authorizer) return { kind: "unserved", reason: `its authorizer ${id} is not in the assembly` };
    const name = textOf(authorizer.Name, id);
    const identitySource = texts(authorizer.IdentitySource);
    if (authorizer.AuthorizerType === "JWT")
      return jwtGuard(authorizer, { id, name, identitySource, scopes }, this.#notes);
    if (authorizer.AuthorizerType !== "REQUEST")
      return { kind: "unserved", reason: `its authorizer ${name} is of type ${textOf(authorizer.AuthorizerType)}` };
    if (scopes.length > 0) return scopesWithoutJwt("CUSTOM", scopes);
    const found = this.#functionOf(authorizer.AuthorizerUri, authorizer.AuthorizerCredentialsArn);
    if ("reason" in found) return { ...found, kind: "unserved", reason: `its authorizer ${name}: ${found.reason}` };
    const cacheSeconds = Number(authorizer.AuthorizerResultTtlInSeconds ?? 0);
    // 4.14, OBS1.
    if (cacheSeconds > 0 && identitySource.length === 0)
      return {
        kind: "unserved",
        reason: `its authorizer ${name}: Identity source must be set if authorizer caching is enabled (TTL is greater than 0)`,
        refusal: "cache-without-source",
      };
    return {
      kind: "request",
      authorizer: {
        id,
        name,
        function: found.model,
        permission: found.permission,
        payloadFormat: textOf(authorizer.AuthorizerPayloadFormatVersion) === "1.0" ? "1.0" : "2.0",
        simpleResponses: authorizer.EnableSimpleResponses === true || authorizer.EnableSimpleResponses === "true",
        identitySource,
        cacheSeconds,
        mirror: mirrorOf(found.model),
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
      return {
        kind: "unserved",
        reason: `the integration ${name} goes through a VPC link`,
        advice: "try it on the deployed API, or give a local environment an HTTP proxy integration without the link",
      };
    if (subtype !== undefined)
      return { kind: "unserved", reason: `the integration ${name} calls the AWS service ${textOf(subtype)}` };
    const mappings = readMappings(properties.RequestParameters, properties.ResponseParameters);
    if ("reason" in mappings)
      return { kind: "unserved", reason: `the integration ${name}: ${mappings.reason}`, refusal: "mapping-invalid" };
    if (type === "HTTP_PROXY")
      return {
        kind: "http",
        method: textOf(properties.IntegrationMethod, "ANY"),
        uri: textOf(uri),
        timeoutMs,
        mappings,
      };
    if (type !== "AWS_PROXY") return { kind: "unserved", reason: `the integration ${name} is of type ${textOf(type)}` };
    const found = this.#functionOf(uri, properties.CredentialsArn);
    if ("reason" in found) return { ...found, kind: "unserved", reason: `the function of ${name}: ${found.reason}` };
    return {
      kind: "lambda",
      function: found.model,
      permission: found.permission,
      payloadFormat: textOf(properties.PayloadFormatVersion) === "1.0" ? "1.0" : "2.0",
      timeoutMs,
      mappings,
    };
  }

  #functionOf(uri: unknown, role: unknown): CallableFunction {
    return callableFunction(textOf(uri), role, {
      stacks: this.#stacks,
      permissions: this.#permissions,
      home: this.#home,
      notes: this.#notes,
    });
  }

  #all(type: string): readonly Placed[] {
    const before = this.#byType.get(type);
    if (before) return before;
    const found = this.#stacks.flatMap((stack) =>
      [...stack.resources.values()]
        .filter((resource) => resource.type === type)
        .map((resource) => ({ stack, resource, properties: stack.propertiesOf(resource) }))
        .filter(({ properties }) => properties.ApiId === this.#apiId),
    );
    this.#byType.set(type, found);
    return found;
  }
}
