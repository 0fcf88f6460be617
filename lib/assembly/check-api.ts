import { isCorsOrigin } from "../aws/cors-origin.ts";
import {
  MOST_AUDIENCES,
  MOST_AUTHORIZERS,
  MOST_INTEGRATIONS,
  MOST_ROUTES,
  MOST_SCOPES,
  MOST_STAGES,
} from "../aws/limits.ts";
import { DEFAULT_ROUTE_KEY, parseRouteKey } from "../aws/route-key.ts";
import { Router } from "../aws/router.ts";
import type { Json } from "../json/json.ts";
import { memberOf, textOf, texts } from "../template/cloud-assembly.ts";
import { deploymentFinding } from "./deployment-finding.ts";
import type { DeploymentFinding, HttpApiModel, RouteModel } from "./model.ts";

/** An API with what its model leaves out. */
export interface ApiToCheck {
  /** Stack and logical id. */
  readonly name: string;
  readonly model: HttpApiModel;
  /** Of the AWS::ApiGatewayV2::Api, resolved. */
  readonly properties: Json;
  readonly authorizers: readonly NamedAuthorizer[];
  /** Whether authorizers and routes come from an OpenAPI document. */
  readonly isImported: boolean;
  readonly integrations: number;
}

/** An authorizer of a template or of a document, its properties as those of an AWS::ApiGatewayV2::Authorizer. */
export interface NamedAuthorizer {
  readonly name: string;
  readonly properties: Json;
}

/** Finds what AWS refuses of an API as a whole, or does with it to everybody's surprise. What is wrong with one route is found where the route is read. */
export function checkApi(api: ApiToCheck): readonly DeploymentFinding[] {
  return [
    ...redundantBody(api),
    ...quotas(api),
    ...authorizerFindings(api),
    ...corsFindings(api),
    ...caughtPreflights(api),
  ];
}

/** What stands in a document's place as well (9.1). */
const BESIDE_BODY = [
  "Name",
  "ProtocolType",
  "CorsConfiguration",
  "Description",
  "Version",
  "RouteSelectionExpression",
  "ApiKeySelectionExpression",
  "CredentialsArn",
  "RouteKey",
  "Target",
];

function redundantBody({ name, properties }: ApiToCheck): readonly DeploymentFinding[] {
  if (properties.Body === undefined && properties.BodyS3Location === undefined) return [];
  const redundant = BESIDE_BODY.filter((one) => properties[one] !== undefined);
  return redundant.length === 0 ? [] : [deploymentFinding("body-redundant", name, redundant.join(", "))];
}

const over = (where: string, count: number, most: number, what: string) =>
  count > most
    ? [deploymentFinding("too-many", where, `${count} ${what}`, { expected: `at most ${most} ${what}` })]
    : [];

function quotas({ name, model, authorizers, integrations }: ApiToCheck): readonly DeploymentFinding[] {
  return [
    ...over(name, model.routes.length, MOST_ROUTES, "routes of an API"),
    ...over(name, integrations, MOST_INTEGRATIONS, "integrations of an API"),
    ...over(name, authorizers.length, MOST_AUTHORIZERS, "authorizers of an API"),
    ...over(name, model.stages.length, MOST_STAGES, "stages of an API"),
    ...authorizers.flatMap((one) =>
      over(one.name, audienceOf(one).length, MOST_AUDIENCES, "audiences of an authorizer"),
    ),
    ...model.routes.flatMap(({ key, authorization }) =>
      authorization.kind === "jwt" ? over(key, authorization.scopes.length, MOST_SCOPES, "scopes of a route") : [],
    ),
  ];
}

const audienceOf = ({ properties }: NamedAuthorizer) => texts(memberOf(properties, "JwtConfiguration").Audience);

function authorizerFindings({
  name,
  properties: api,
  authorizers,
  isImported,
}: ApiToCheck): readonly DeploymentFinding[] {
  const seen = new Set<string>();
  const isLenient = isImported && api.FailOnWarnings !== true && api.FailOnWarnings !== "true";
  return [
    ...authorizers.flatMap((one) => {
      const label = textOf(one.properties.Name, one.name);
      const isTaken = seen.has(label);
      seen.add(label);
      return [
        ...(isTaken ? [deploymentFinding("authorizer-twice", one.name, label)] : []),
        ...(isJwt(one) && audienceOf(one).length === 0
          ? [deploymentFinding("audience-missing", one.name, "no audience")]
          : []),
        ...(isJwt(one) && textOf(memberOf(one.properties, "JwtConfiguration").Issuer) === ""
          ? [deploymentFinding("issuer-missing", one.name, "no issuer")]
          : []),
        ...(keepsWithoutSource(one)
          ? [deploymentFinding("cache-without-source", one.name, "no IdentitySource, and answers are kept")]
          : []),
      ];
    }),
    ...(isLenient && authorizers.some(isJwt)
      ? [deploymentFinding("import-lenient", name, "FailOnWarnings is not set")]
      : []),
  ];
}

const isJwt = ({ properties }: NamedAuthorizer) => properties.AuthorizerType === "JWT";

const keepsWithoutSource = ({ properties }: NamedAuthorizer) =>
  properties.AuthorizerType === "REQUEST" &&
  Number(properties.AuthorizerResultTtlInSeconds ?? 0) > 0 &&
  texts(properties.IdentitySource).length === 0;

function corsFindings({ name, model: { cors } }: ApiToCheck): readonly DeploymentFinding[] {
  if (!cors) return [];
  const invalid = cors.allowOrigins.filter((origin) => !origin.includes("{") && !isCorsOrigin(origin));
  return [
    ...(invalid.length === 0 ? [] : [deploymentFinding("origin-form", name, invalid.join(", "))]),
    ...(cors.allowCredentials && cors.allowOrigins.includes("*")
      ? [deploymentFinding("credentials-any-origin", name, "AllowCredentials with the origin *")]
      : []),
  ];
}

/** Routes whose authorizer takes a preflight although the API has a CORS configuration (C4, C5). */
function caughtPreflights({ model: { cors, routes } }: ApiToCheck): readonly DeploymentFinding[] {
  if (!cors) return [];
  const router = new Router(routes);
  return routes.filter(isGuardedForAll).flatMap(({ key }) => {
    const taken = router.find("OPTIONS", samplePath(key))?.route;
    if (!taken || taken.authorization.kind === "none") return [];
    const { path = "/{proxy+}" } = parseRouteKey(key) ?? {};
    return [
      deploymentFinding("preflight-caught", key, `OPTIONS is taken by ${taken.key}`, {
        fix: `add the route OPTIONS ${path} without an authorizer and with an integration${key === DEFAULT_ROUTE_KEY ? "" : ", or give the route its methods instead of ANY"}`,
        fact: key === DEFAULT_ROUTE_KEY ? "C4" : "C5",
        confidence: key === DEFAULT_ROUTE_KEY ? "DOC" : "OBS+",
      }),
    ];
  });
}

const isGuardedForAll = ({ key, authorization }: RouteModel) =>
  authorization.kind !== "none" && (key === DEFAULT_ROUTE_KEY || key.startsWith("ANY "));

/** A path that the route takes: a text for each variable. */
const samplePath = (key: string) =>
  (parseRouteKey(key)?.path ?? "/gatehouse-preflight").replace(/\{[^}]+\}/g, "gatehouse-preflight");
