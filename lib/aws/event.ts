import type { Json } from "../json/json.ts";
import type { HttpRequest } from "./http-request.ts";
import { parseRouteKey } from "./route-key.ts";

/** What events say of an API. */
export interface ApiIdentity {
  readonly apiId: string;
  readonly account: string;
  readonly region: string;
}

/** What events say of a stage. */
export interface StageIdentity {
  readonly name: string;
  readonly variables: Readonly<Record<string, string>>;
}

/** What an event is made from, apart from the request itself. */
export interface EventContext {
  readonly api: ApiIdentity;
  readonly stage: StageIdentity;
  readonly routeKey: string;
  /** The custom domain that the request was sent to. @default - the execute-api host name */
  readonly domainName?: string;
  /** The path without the stage. */
  readonly routePath: string;
  readonly pathParameters: Readonly<Record<string, string>> | undefined;
  /** The same as in the `apigw-requestid` header (2.1.8, INF). */
  readonly requestId: string;
  readonly receivedAtMs: number;
}

export interface EventBody {
  readonly text: string;
  readonly isBase64Encoded: boolean;
}

/** What an authorizer found, as it stands in the event's request context. */
export type AuthorizerContext =
  | { readonly jwt: { readonly claims: Readonly<Record<string, string>>; readonly scopes: readonly string[] | null } }
  | { readonly lambda: unknown; readonly principalId?: unknown };

/** Headers of the connection, not of the request. */
const HOP_BY_HOP = new Set(["connection", "keep-alive", "transfer-encoding", "upgrade", "te", "proxy-connection"]);

/** A function's event of payload format 2.0 (6.10, DOC). */
export const eventV2 = (
  context: EventContext,
  incoming: HttpRequest,
  body: EventBody | undefined,
  authorizer: AuthorizerContext | undefined,
): Json => ({
  version: "2.0",
  ...requestV2(context, incoming, authorizer),
  ...(body === undefined ? {} : { body: body.text }),
  isBase64Encoded: body?.isBase64Encoded ?? false,
});

/** What functions and Lambda authorizers alike get of a request: see `eventV2`. Members that would be empty are left out (6.12, OBS1). */
function requestV2(context: EventContext, incoming: HttpRequest, authorizer: AuthorizerContext | undefined): Json {
  const { stage, routeKey, pathParameters } = context;
  const query = incoming.rawQuery === "" ? undefined : joinedQuery(incoming);
  const cookie = incoming.header("cookie");
  return {
    routeKey,
    rawPath: incoming.path,
    rawQueryString: incoming.rawQuery,
    ...(cookie === undefined ? {} : { cookies: splitCookies(cookie) }),
    headers: eventHeaders(incoming, context),
    ...(query === undefined ? {} : { queryStringParameters: query }),
    requestContext: requestContextV2(context, incoming, authorizer),
    ...(pathParameters === undefined ? {} : { pathParameters }),
    ...(hasMembers(stage.variables) ? { stageVariables: stage.variables } : {}),
  };
}

/** The request context of format 2.0; without an authorizer the member is absent (5.16, INF). */
function requestContextV2(
  { api, domainName, stage, routeKey, requestId, receivedAtMs }: EventContext,
  { method, path, protocol, sourceIp, headers }: HttpRequest,
  authorizer: AuthorizerContext | undefined,
): Json {
  return {
    accountId: api.account,
    apiId: api.apiId,
    ...(authorizer === undefined ? {} : { authorizer: authorizerV2(authorizer) }),
    ...domainIn(api, domainName),
    http: { method, path, protocol, sourceIp, userAgent: headers.get("user-agent") ?? "" },
    requestId,
    routeKey,
    stage: stage.name,
    time: requestTime(receivedAtMs),
    timeEpoch: receivedAtMs,
  };
}

/** A function's event of payload format 1.0. */
export const eventV1 = (
  context: EventContext,
  incoming: HttpRequest,
  body: EventBody | undefined,
  authorizer: AuthorizerContext | undefined,
): Json => ({
  version: "1.0",
  ...requestV1(context, incoming, authorizer),
  body: body?.text ?? null,
  isBase64Encoded: body?.isBase64Encoded ?? false,
});

/** As `requestV2`: single and multiple values beside each other, and null for what is absent (DOC). */
function requestV1(context: EventContext, incoming: HttpRequest, authorizer: AuthorizerContext | undefined): Json {
  const { api, domainName, stage, routeKey, pathParameters } = context;
  const headers = eventHeaders(incoming, context, true);
  const resource = parseRouteKey(routeKey)?.path ?? routeKey;
  const { queries } = incoming;
  return {
    resource,
    path: incoming.path,
    httpMethod: incoming.method,
    headers,
    multiValueHeaders: multipleHeaders(incoming, headers),
    queryStringParameters: queries.size === 0 ? null : lastValues(queries),
    multiValueQueryStringParameters: queries.size === 0 ? null : Object.fromEntries(queries),
    requestContext: {
      accountId: api.account,
      apiId: api.apiId,
      ...(authorizer === undefined ? {} : { authorizer: authorizerV1(authorizer) }),
      ...domainIn(api, domainName),
      extendedRequestId: context.requestId,
      httpMethod: incoming.method,
      identity: { ...NO_IDENTITY, sourceIp: incoming.sourceIp, userAgent: incoming.header("user-agent") ?? "" },
      path: incoming.path,
      protocol: incoming.protocol,
      requestId: context.requestId,
      requestTime: requestTime(context.receivedAtMs),
      requestTimeEpoch: context.receivedAtMs,
      resourceId: null,
      resourcePath: resource,
      stage: stage.name,
    },
    pathParameters: pathParameters ?? null,
    stageVariables: hasMembers(stage.variables) ? stage.variables : null,
  };
}

/** What a Lambda authorizer is asked about. */
export interface AuthorizerQuestion {
  readonly payloadFormat: "1.0" | "2.0";
  /** The values of its identity sources, in their order. */
  readonly identitySource: readonly string[];
}

/** A Lambda authorizer's event: the parts of a function's event, with the route's ARN and the identity sources (8.1, 8.2, DOC). */
export function authorizerEvent(
  { payloadFormat, identitySource }: AuthorizerQuestion,
  context: EventContext,
  incoming: HttpRequest,
): Json {
  const type = "REQUEST";
  const arn = routeArnOf(context, incoming.method);
  if (payloadFormat === "2.0")
    return { version: "2.0", type, routeArn: arn, identitySource, ...requestV2(context, incoming, undefined) };
  const joined = identitySource.join(",");
  const sources = { methodArn: arn, identitySource: joined, authorizationToken: joined };
  return { version: "1.0", type, ...sources, ...requestV1(context, incoming, undefined) };
}

/** The ARN of a request, which an authorizer's policy must cover: `arn:aws:execute-api:region:account:api/stage/METHOD/path` (8.1, DOC). */
export const routeArnOf = ({ api, stage, routePath }: EventContext, method: string): string =>
  `arn:aws:execute-api:${api.region}:${api.account}:${api.apiId}/${stage.name}/${method}${routePath}`;

/** 5.1, DOC; a Lambda authorizer's context stands under `lambda` (8.10). */
const authorizerV2 = (authorizer: AuthorizerContext) =>
  "jwt" in authorizer ? authorizer : { lambda: authorizer.lambda };

/** Flat in format 1.0 (5.2, DOC); with the principal, as in a REST API's event (INF). */
function authorizerV1(authorizer: AuthorizerContext): unknown {
  if ("jwt" in authorizer) return authorizer.jwt;
  const { lambda, principalId } = authorizer;
  if (principalId === undefined) return lambda;
  return { ...(typeof lambda === "object" ? lambda : {}), principalId };
}

const NO_IDENTITY = {
  accessKey: null,
  accountId: null,
  caller: null,
  cognitoAuthenticationProvider: null,
  cognitoAuthenticationType: null,
  cognitoIdentityId: null,
  cognitoIdentityPoolId: null,
  principalOrgId: null,
  user: null,
  userArn: null,
};

/** Content types whose bodies are handed over as text; all else is base64, forms included (6.13, OBS1). */
const TEXT_TYPES = /^(text\/|application\/(json|xml|javascript)\s*(;|$))/i;

export function eventBody(bytes: Buffer, contentType: string | undefined): EventBody | undefined {
  if (bytes.length === 0) return undefined;
  const isText = contentType !== undefined && TEXT_TYPES.test(contentType);
  return { text: bytes.toString(isText ? "utf8" : "base64"), isBase64Encoded: !isText };
}

/** The client's headers and those that API Gateway adds. The Authorization header is passed on (5.17, OBS1). */
function eventHeaders(
  incoming: HttpRequest,
  { receivedAtMs, requestId }: EventContext,
  withCookies = false,
): Record<string, string> {
  const headers: Record<string, string> = Object.create(null);
  headers["content-length"] = "0";
  for (const [name, value] of incoming.headers)
    if (!HOP_BY_HOP.has(name) && (withCookies || name !== "cookie")) headers[name] = value;
  const forwarded = incoming.header("x-forwarded-for");
  headers["x-amzn-trace-id"] ??= traceId(receivedAtMs, requestId);
  headers["x-forwarded-for"] = forwarded === undefined ? incoming.sourceIp : `${forwarded}, ${incoming.sourceIp}`;
  headers["x-forwarded-port"] = "443";
  headers["x-forwarded-proto"] = "https";
  return headers;
}

/** Each value of a header as it was sent: a comma in one of them does not split it. */
function multipleHeaders(
  { rawHeaders }: HttpRequest,
  headers: Readonly<Record<string, string>>,
): Record<string, string[]> {
  const multiple: Record<string, string[]> = Object.create(null);
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? "").toLowerCase();
    if (name in headers && !name.startsWith("x-forwarded-")) (multiple[name] ??= []).push(rawHeaders[index + 1] ?? "");
  }
  for (const [name, value] of Object.entries(headers)) multiple[name] ??= [value];
  return multiple;
}

/** `Root=1-<8 hex of seconds>-<24 hex>`, as X-Ray's. */
function traceId(nowMs: number, requestId: string): string {
  const seconds = Math.floor(nowMs / 1_000)
    .toString(16)
    .padStart(8, "0");
  return `Root=1-${seconds}-${Buffer.from(requestId).toString("hex").padEnd(24, "0").slice(0, 24)}`;
}

const splitCookies = (header: string): readonly string[] =>
  header
    .split(";")
    .map((cookie) => cookie.trim())
    .filter((cookie) => cookie !== "");

function joinedQuery(incoming: HttpRequest): Record<string, string> | undefined {
  const { queries } = incoming;
  if (queries.size === 0) return undefined;
  const joined: Record<string, string> = Object.create(null);
  for (const [name, values] of queries) joined[name] = values.join(",");
  return joined;
}

function lastValues(queries: ReadonlyMap<string, readonly string[]>): Record<string, string> {
  const last: Record<string, string> = Object.create(null);
  for (const [name, values] of queries) last[name] = values.at(-1) ?? "";
  return last;
}

/** The domain of a request and its first label. @param custom the custom domain that it was sent to */
export const domainIn = (api: ApiIdentity, custom: string | undefined) => ({
  domainName: custom ?? domainOf(api),
  domainPrefix: custom?.split(".", 1)[0] ?? api.apiId,
});

/** The execute-api host name of an API. */
export const domainOf = ({ apiId, region }: ApiIdentity) => `${apiId}.execute-api.${region}.amazonaws.com`;

const hasMembers = (record: Readonly<Record<string, string>>) => {
  for (const _ in record) return true;
  return false;
};

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (number: number) => (number < 10 ? `0${number}` : String(number));

/** `12/Mar/2020:19:03:58 +0000`. */
export function requestTime(nowMs: number): string {
  const at = new Date(nowMs);
  const day = `${two(at.getUTCDate())}/${MONTHS[at.getUTCMonth()]}/${at.getUTCFullYear()}`;
  return `${day}:${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())} +0000`;
}
