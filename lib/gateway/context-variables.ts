import { type ApiIdentity, type AuthorizerContext, domainIn, requestTime, type StageIdentity } from "../aws/event.ts";
import type { HttpRequest } from "../aws/http-request.ts";

/** Values of `$context` by name, without the prefix. What is absent is written as `-`. */
export type ContextVariables = Readonly<Record<string, string | number | undefined>>;

/** What is known of a request before its integration is called. */
export interface RequestFacts {
  readonly api: ApiIdentity;
  readonly stage: StageIdentity;
  /** The custom domain that the request was sent to. @default - the execute-api host name */
  readonly domainName?: string;
  /** The key of the domain's mapping. @default - none */
  readonly mappingKey?: string;
  /** Undefined where no route fits. */
  readonly routeKey: string | undefined;
  readonly requestId: string;
  readonly receivedAtMs: number;
}

/** What is known of it when it is answered. */
export interface AnswerFacts {
  readonly status: number;
  readonly bodyBytes: number;
  readonly durationMs: number;
  /** `$context.authorizer.error`. */
  readonly authorizerError: string | undefined;
  /** The text of an answer that the gateway itself made. */
  readonly gatewayMessage: string | undefined;
  /** Undefined where no integration was called. */
  readonly integration: IntegrationFacts | undefined;
}

export interface IntegrationFacts {
  readonly latencyMs: number;
  /** `$context.integrationErrorMessage`. */
  readonly error: string | undefined;
  /** What Lambda or the proxied server answered; undefined where it did not. */
  readonly serviceStatus: number | undefined;
  /** What the function said in its answer; the same for a proxied server. */
  readonly status: number | undefined;
}

/**
 * The variables that access logs, parameter mappings and identity sources may name (DG:http-api-logging-variables, DOC).
 * Those of IAM and of client certificates have no value here.
 */
export function requestVariables(
  { api, domainName, mappingKey, stage, routeKey, requestId, receivedAtMs }: RequestFacts,
  incoming: HttpRequest,
  authorizer: AuthorizerContext | undefined,
): ContextVariables {
  return {
    ...authorizerVariables(authorizer),
    accountId: api.account,
    apiId: api.apiId,
    ...domainIn(api, domainName),
    "customDomain.basePathMatched": mappingKey,
    extendedRequestId: requestId,
    httpMethod: incoming.method,
    "identity.sourceIp": incoming.sourceIp,
    "identity.userAgent": incoming.header("user-agent"),
    path: incoming.path,
    protocol: incoming.protocol,
    requestId,
    requestTime: requestTime(receivedAtMs),
    requestTimeEpoch: Math.floor(receivedAtMs),
    routeKey,
    stage: stage.name,
  };
}

/** Those of the answer, for the access log only. */
export function answerVariables(facts: AnswerFacts, requestId: string): ContextVariables {
  const { status, bodyBytes, durationMs, authorizerError, gatewayMessage, integration } = facts;
  const latency = integration && Math.round(integration.latencyMs);
  return {
    "authorizer.error": authorizerError,
    // Whether a request counts too is not said (UNK).
    dataProcessed: bodyBytes,
    "error.message": gatewayMessage,
    "error.messageString": gatewayMessage === undefined ? undefined : JSON.stringify(gatewayMessage),
    awsEndpointRequestId: integration && requestId,
    integrationErrorMessage: integration?.error,
    "integration.error": integration?.error,
    integrationLatency: latency,
    "integration.latency": latency,
    "integration.requestId": integration && requestId,
    integrationStatus: integration?.serviceStatus,
    "integration.integrationStatus": integration?.serviceStatus,
    "integration.status": integration?.status,
    responseLatency: Math.round(durationMs),
    responseLength: bodyBytes,
    status,
  };
}

/** `authorizer.claims.sub` of a token (6.28, DOC), `authorizer.key` of a Lambda authorizer's context. */
function authorizerVariables(authorizer: AuthorizerContext | undefined): ContextVariables {
  if (authorizer === undefined) return {};
  if ("jwt" in authorizer)
    return Object.fromEntries(
      Object.entries(authorizer.jwt.claims).map(([name, value]) => [`authorizer.claims.${name}`, value]),
    );
  const { lambda, principalId } = authorizer;
  const given = Object.entries({ ...(typeof lambda === "object" ? lambda : {}), principalId });
  return Object.fromEntries(
    given.flatMap(([name, value]) => (value === undefined ? [] : [[`authorizer.${name}`, textOf(value)]])),
  );
}

const textOf = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
