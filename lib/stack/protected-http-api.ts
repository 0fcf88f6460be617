import { Names, Token } from "aws-cdk-lib";
import { AccessLogFormat } from "aws-cdk-lib/aws-apigateway";
import {
  CfnIntegration,
  type CorsPreflightOptions,
  HttpApi,
  type HttpMethod,
  HttpNoneAuthorizer,
  type HttpRouteIntegration,
  HttpStage,
  type IHttpRouteAuthorizer,
  LogGroupLogDestination,
} from "aws-cdk-lib/aws-apigatewayv2";
import type { LogGroup } from "aws-cdk-lib/aws-logs";
import { Construct } from "constructs";
import { isCorsOrigin } from "../aws/cors-origin.ts";
import { formatRouteKey } from "../aws/route-key.ts";
import { SCOPE } from "../config/forms.ts";
import { ACCESS_LOG_FORMAT } from "./access-log-format.ts";
import { acknowledgePublicRoute } from "./acknowledged.ts";
import { brokenRoutes, checkIssuers } from "./deployable.ts";
import { type LogSettings, newLogGroup } from "./function-log.ts";
import { brokenQuotas, type RaisableQuotas } from "./quotas.ts";
import { checksScopes, guardRoute } from "./route-guard.ts";

/** One route of a protected API. */
export interface ProtectedRoute {
  /** `HttpMethod.ANY` takes OPTIONS too: a browser's preflight is then asked for a token. */
  readonly method: HttpMethod;
  /** Such as `/orders/{id}`. */
  readonly path: string;
  /** A token needs one of these. @default - any good token */
  readonly scopes?: readonly string[];
  /** Serve it to anybody. @default false */
  readonly public?: boolean;
}

export interface ProtectedHttpApiProps {
  /** Guards every route that is not declared public. */
  readonly authorizer: IHttpRouteAuthorizer;
  /** Answers every route. */
  readonly integration: HttpRouteIntegration;
  /** At least one. */
  readonly routes: readonly ProtectedRoute[];
  /** Which pages of other origins may call. Credentials with the origin `*` are refused, as browsers do. @default - none */
  readonly cors?: CorsPreflightOptions | undefined;
  /** Of the stage. @default 100 requests a second, 200 at once */
  readonly throttle?: { readonly rateLimit: number; readonly burstLimit: number };
  /** Of the access log. @default 30 days, removed with the stack */
  readonly logs?: LogSettings | undefined;
  /** The API's name. @default - the construct's id */
  readonly apiName?: string;
  /** @default - none */
  readonly description?: string;
  /** Turn the execute-api address off, where a domain of one's own is on. @default false */
  readonly disableExecuteApiEndpoint?: boolean;
  /** Where AWS has raised a quota for the account; synthesis counts against these. @default - those of every account */
  readonly raisedQuotas?: RaisableQuotas;
}

/**
 * An HTTP API in which no route is open by accident: the authorizer guards each route that does not say `public: true`,
 * the stage is throttled, and each request leaves one line of JSON in a log group of its own.
 *
 * @example
 * new ProtectedHttpApi(this, "Api", {
 *   authorizer: new HttpJwtAuthorizer("Jwt", issuer, { jwtAudience: [clientId] }),
 *   integration: new HttpLambdaIntegration("Orders", orders),
 *   routes: [{ method: HttpMethod.GET, path: "/orders", scopes: ["orders:read"] }],
 * });
 */
export class ProtectedHttpApi extends Construct {
  readonly api: HttpApi;
  readonly stage: HttpStage;
  readonly accessLog: LogGroup;

  constructor(scope: Construct, id: string, props: ProtectedHttpApiProps) {
    super(scope, id);
    const { authorizer, integration, routes } = props;
    if (routes.length === 0) throw new Error("a protected API needs at least one route, got none");
    for (const route of routes) assertServable(route, authorizer);
    assertOnce(routes.map(formatRouteKey));
    if (props.cors?.allowCredentials && props.cors.allowOrigins?.includes("*"))
      throw new Error("no browser takes credentials from every origin: list the origins, got allowOrigins *");
    for (const origin of props.cors?.allowOrigins ?? [])
      if (!Token.isUnresolved(origin) && !isCorsOrigin(origin))
        throw new Error(`an origin is *, or begins with http:// or https:// and has no path, got ${origin}`);
    this.accessLog = newLogGroup(this, "AccessLog", props.logs);
    this.api = new HttpApi(this, "Api", {
      apiName: props.apiName ?? id,
      createDefaultStage: false,
      disableExecuteApiEndpoint: props.disableExecuteApiEndpoint ?? false,
      ...(props.description === undefined ? {} : { description: props.description }),
      ...(props.cors === undefined ? {} : { corsPreflight: props.cors }),
    });
    const { rateLimit, burstLimit } = props.throttle ?? { rateLimit: 100, burstLimit: 200 };
    assertPositive({ rateLimit, burstLimit });
    this.stage = new HttpStage(this, "Stage", {
      httpApi: this.api,
      stageName: "$default",
      autoDeploy: true,
      throttle: { rateLimit, burstLimit },
      accessLogSettings: {
        destination: new LogGroupLogDestination(this.accessLog),
        format: AccessLogFormat.custom(ACCESS_LOG_FORMAT),
      },
    });
    for (const { method, path, scopes = [], public: isPublic = false } of routes) {
      const checkedScopes = isPublic ? [] : guardRoute(authorizer, formatRouteKey({ method, path }), scopes);
      const added = this.api.addRoutes({
        path,
        methods: [method],
        integration,
        authorizer: isPublic ? new HttpNoneAuthorizer() : authorizer,
        ...(checkedScopes.length > 0 ? { authorizationScopes: [...checkedScopes] } : {}),
      });
      if (isPublic) for (const route of added) acknowledgePublicRoute(route);
    }
    this.#nameIntegration();
    checkIssuers(this.api);
    this.node.addValidation({
      validate: () => [...brokenQuotas(this.api, props.raisedQuotas), ...brokenRoutes(this.api)],
    });
  }

  /** The CDK names the integration after the first route: another order of routes would replace it and repoint all of them. */
  #nameIntegration(): void {
    const [own, ...more] = this.api.node.findAll().filter((one) => one instanceof CfnIntegration);
    if (own && more.length === 0)
      own.overrideLogicalId(`${Names.stackRelativeConstructPath(this).replaceAll(/[^A-Za-z0-9]/g, "")}Integration`);
  }

  /** `https://…/`, without the stage's name since the stage is `$default`. */
  get url(): string {
    return this.stage.url;
  }
}

/** AWS refuses a second route with the same key (9.4, OBS1); the CDK would name a construct of its own. */
function assertOnce(keys: readonly string[]) {
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw new Error(`the route ${twice} is listed twice`);
}

/** A throttle of 0 would refuse every request. */
function assertPositive(throttle: Readonly<Record<string, number>>) {
  for (const [name, value] of Object.entries(throttle))
    if (!Token.isUnresolved(value) && !(value > 0)) throw new Error(`${name} has to be more than 0, got ${value}`);
}

/** What would be refused by AWS at the deployment, or be open though it looks guarded. */
function assertServable({ path, scopes = [], public: isPublic }: ProtectedRoute, authorizer: IHttpRouteAuthorizer) {
  if (scopes.length === 0) return;
  for (const scope of scopes)
    if (!Token.isUnresolved(scope) && !SCOPE.test(scope))
      throw new Error(`a scope has no spaces and quotes, got ${JSON.stringify(scope)} at route ${path}`);
  if (isPublic) throw new Error(`route ${path} is public and asks for scopes; take one of both away`);
  if (!checksScopes(authorizer))
    throw new Error(
      `route ${path} asks for scopes, which API Gateway checks for JWT authorizers only (3.27); use MirrorAuthorizer, or check them in your function`,
    );
}
