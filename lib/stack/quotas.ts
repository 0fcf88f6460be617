import { Stack } from "aws-cdk-lib";
import {
  type CfnApi,
  CfnAuthorizer,
  CfnIntegration,
  CfnRoute,
  CfnStage,
  type HttpApi,
} from "aws-cdk-lib/aws-apigatewayv2";
import type { IConstruct } from "constructs";
import {
  LONGEST_DESCRIPTION,
  LONGEST_NAME,
  LONGEST_SCOPE,
  MOST_AUDIENCES,
  MOST_AUTHORIZERS,
  MOST_INTEGRATIONS,
  MOST_LOG_FORMAT_BYTES,
  MOST_ROUTES,
  MOST_SCOPES,
  MOST_STAGES,
  MOST_TAGS,
} from "../aws/limits.ts";

// What an HTTP API may have at most (section 7, DOC), counted when everything is there: a deployment that is refused
// halfway through tells it later, and not always so plainly. Lengths are those of API Gateway's own API. What is known at
// the deployment only is left as it is.

/** Those that AWS raises on request; pass a raised one as `raisedQuotas`. */
export interface RaisableQuotas {
  /** @default 300 */
  readonly routes?: number;
  /** @default 300 */
  readonly integrations?: number;
  /** @default 10 */
  readonly authorizers?: number;
  /** @default 10 */
  readonly stages?: number;
}

const RAISABLE: Required<RaisableQuotas> = {
  routes: MOST_ROUTES,
  integrations: MOST_INTEGRATIONS,
  authorizers: MOST_AUTHORIZERS,
  stages: MOST_STAGES,
};

/** Every quota that an API breaks, with the count that was seen. To be asked when everything is there. */
export function brokenQuotas(api: HttpApi, raised: RaisableQuotas = {}): string[] {
  const stack = Stack.of(api);
  const known = (value: unknown): unknown => stack.resolve(value);
  const bytesOf = (value: unknown) => {
    const text = known(value);
    return typeof text === "string" ? Buffer.byteLength(text) : 0;
  };
  const textsOf = (value: unknown) => {
    const list = known(value);
    return Array.isArray(list) ? list.filter((one) => typeof one === "string") : [];
  };
  const id = JSON.stringify(known(api.apiId));
  const own = <Part extends IConstruct & { readonly apiId: string }>(isPart: (one: IConstruct) => one is Part) =>
    stack.node
      .findAll()
      .filter(isPart)
      .filter((part) => JSON.stringify(known(part.apiId)) === id);
  const routes = own((one) => one instanceof CfnRoute);
  const authorizers = own((one) => one instanceof CfnAuthorizer);
  const stages = own((one) => one instanceof CfnStage);
  const most = { ...RAISABLE, ...raised };
  const { name, description } = api.node.defaultChild as CfnApi;
  return [
    ...over(most.routes, routes.length, "routes an API"),
    ...over(most.integrations, own((one) => one instanceof CfnIntegration).length, "integrations an API"),
    ...over(most.authorizers, authorizers.length, "authorizers an API"),
    ...over(most.stages, stages.length, "stages an API"),
    ...over(LONGEST_NAME, bytesOf(name), "bytes of an API's name"),
    ...over(LONGEST_DESCRIPTION, bytesOf(description), "bytes of an API's description"),
    ...authorizers.flatMap((one) => [
      ...over(MOST_AUDIENCES, textsOf(audienceOf(known(one.jwtConfiguration))).length, "audiences an authorizer"),
      ...over(LONGEST_NAME, bytesOf(one.name), "bytes of an authorizer's name"),
    ]),
    ...routes.flatMap(({ routeKey, authorizationScopes }) => {
      const scopes = textsOf(authorizationScopes);
      return [
        ...over(MOST_SCOPES, scopes.length, `scopes a route (${routeKey})`),
        ...scopes.flatMap((scope) => over(LONGEST_SCOPE, scope.length, `characters a scope (${routeKey})`)),
      ];
    }),
    ...stages.flatMap((stage) => [
      ...over(MOST_LOG_FORMAT_BYTES, bytesOf(formatOf(known(stage.accessLogSettings))), "bytes an access log's format"),
      ...over(MOST_TAGS, Object.keys(stage.tags.tagValues()).length, "tags a stage"),
    ]),
  ];
}

const audienceOf = (jwt: unknown) => (jwt as CfnAuthorizer.JWTConfigurationProperty | undefined)?.audience;
const formatOf = (log: unknown) => (log as CfnStage.AccessLogSettingsProperty | undefined)?.format;

const over = (most: number, count: number, what: string): string[] =>
  count > most ? [`at most ${most} ${what}, not ${count}`] : [];
