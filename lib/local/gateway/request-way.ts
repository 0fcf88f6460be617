import type { IncomingMessage } from "node:http";
import { authorize } from "../../rules/authorize.ts";
import { authorizerErrorOf, challengeOf } from "../../rules/challenge.ts";
import { claimsAsText } from "../../rules/claims-text.ts";
import type { Decision, VerifiedToken } from "../../rules/decision.ts";
import { credentialAt } from "../../rules/identity-source.ts";
import type { SignatureMemory } from "../../rules/signature-memory.ts";
import type { IntegrationModel, ParameterMapping } from "../assembly/model.ts";
import {
  type Answer,
  BAD_REQUEST,
  CONTENT_TOO_LARGE,
  FORBIDDEN,
  INTERNAL_SERVER_ERROR,
  NOT_FOUND,
  SERVICE_UNAVAILABLE,
  TOO_MANY_REQUESTS,
  unauthorized,
} from "./answers.ts";
import { type IntegrationFacts, requestVariables } from "./context-variables.ts";
import { preflightAnswer, withCors } from "./cors.ts";
import { type AuthorizerContext, type EventContext, eventBody, eventV1, eventV2 } from "./event.ts";
import { functionAnswer } from "./function-answer.ts";
import type { FunctionPool } from "./function-pool.ts";
import { type HttpIntegration, proxyHttp } from "./http-proxy.ts";
import { Incoming, readIncoming } from "./incoming.ts";
import { mapAnswer, mapRequest, type RequestScope } from "./parameter-mapping.ts";
import { readBody } from "./request-body.ts";
import type { ServedJwt, ServedRoute, ServedStage, Serving } from "./serving.ts";

type LambdaIntegration = Extract<IntegrationModel, { kind: "lambda" }>;

/** What is known of a request when it is answered: for the log, the console and a person. Never the token. */
export interface Passage {
  incoming: Incoming | undefined;
  stage: ServedStage | undefined;
  routeKey: string | undefined;
  decision: Decision | undefined;
  /** What the authorizer found out. */
  authorizer: AuthorizerContext | undefined;
  /** `$context.authorizer.error`. */
  authorizerError: string | undefined;
  /** Undefined where no integration was called. */
  integration: IntegrationFacts | undefined;
  /** Why something is not served here; AWS has no such word. */
  localReason: string | undefined;
}

/** What a request's way needs besides the API. */
export interface WayOptions {
  readonly nowMs: () => number;
  readonly memory: SignatureMemory;
  readonly requestId: string;
}

/**
 * A request's way: limits → stage → route → CORS → throttle → authorizer → event → function → answer. 404 is decided
 * before anybody asks for a token (6.3, INF for the order).
 */
export async function passThrough(
  request: IncomingMessage,
  serving: Serving,
  options: WayOptions,
  passage: Passage,
): Promise<Answer> {
  const incoming = readIncoming(request);
  if (!(incoming instanceof Incoming)) return incoming;
  passage.incoming = incoming;

  const placed = serving.stageOf(incoming.path);
  if (!placed) return NOT_FOUND;
  const { stage, routePath } = placed;
  passage.stage = stage;

  const match = serving.router.find(incoming.method, routePath);
  const { cors } = serving.api;
  if (!match) return cors && incoming.method === "OPTIONS" ? preflightAnswer(cors, incoming) : NOT_FOUND;
  const { route, pathParameters } = match;
  passage.routeKey = route.key;

  const receivedAtMs = options.nowMs();
  const bucket = stage.routeBuckets.get(route.key) ?? stage.bucket;
  if (bucket && !bucket.take(receivedAtMs)) return TOO_MANY_REQUESTS;

  const context: EventContext = {
    api: serving.api,
    stage: stage.model,
    routeKey: route.key,
    routePath,
    pathParameters,
    requestId: options.requestId,
    receivedAtMs,
  };
  const authorized = await passAuthorizer(route, context, incoming, options, passage);
  if ("status" in authorized) return authorized;

  passage.authorizer = authorized.context;

  const body = await readBody(request);
  if (body === "too-large") return CONTENT_TOO_LARGE;
  if (body === "aborted") {
    passage.localReason = "the client went away before its request was complete";
    return BAD_REQUEST;
  }
  const scope: RequestScope = {
    incoming,
    routePath,
    pathParameters: pathParameters ?? {},
    body,
    get context() {
      return requestVariables(context, incoming, authorized.context);
    },
    stageVariables: stage.model.variables,
  };
  const answer = await passIntegration(route, context, scope, authorized.context, passage);
  return cors ? withCors(answer, cors, incoming) : answer;
}

interface Authorized {
  /** Undefined on a public route. */
  readonly context: AuthorizerContext | undefined;
}

async function passAuthorizer(
  route: ServedRoute,
  context: EventContext,
  incoming: Incoming,
  options: WayOptions,
  passage: Passage,
): Promise<Authorized | Answer> {
  const { authorizer } = route;
  switch (authorizer.kind) {
    case "none":
      return { context: undefined };
    case "unserved":
      passage.localReason = authorizer.reason;
      return INTERNAL_SERVER_ERROR;
    case "jwt":
      return passJwt(authorizer, incoming, context.receivedAtMs, options.memory, passage);
    case "request": {
      const said = await authorizer.authorizer.decide(context, incoming);
      if (said.kind === "missing") return unauthorized(undefined);
      if (said.kind === "deny") return FORBIDDEN;
      if (said.kind === "allow") return { context: { lambda: said.context, principalId: said.principalId } };
      passage.localReason = `the Lambda authorizer failed: ${said.reason}`;
      return INTERNAL_SERVER_ERROR;
    }
  }
}

async function passJwt(
  { model, source, scopes, findKey }: ServedJwt,
  incoming: Incoming,
  receivedAtMs: number,
  memory: SignatureMemory,
  passage: Passage,
): Promise<Authorized | Answer> {
  const credential = credentialAt(source, incoming);
  const asked = authorize({ credential, policy: model, scopes }, findKey, receivedAtMs / 1_000, { memory });
  const decision = asked instanceof Promise ? await asked : asked;
  passage.decision = decision;
  if (decision.allowed) return { context: { jwt: { claims: claimTextsOf(decision.token), scopes: decision.scopes } } };
  passage.authorizerError = authorizerErrorOf(decision);
  return decision.status === 403 ? FORBIDDEN : unauthorized(challengeOf(decision));
}

/** By the claims as they were read: the memory of good signatures hands out the same when a token comes again. */
const textsByClaims = new WeakMap<VerifiedToken["claims"], Readonly<Record<string, string>>>();

function claimTextsOf(token: VerifiedToken): Readonly<Record<string, string>> {
  const known = textsByClaims.get(token.claims);
  if (known) return known;
  const texts = claimsAsText(token);
  textsByClaims.set(token.claims, texts);
  return texts;
}

/** Parameter mappings before and after; in between the function or the server. */
async function passIntegration(
  { integration, pool }: ServedRoute,
  context: EventContext,
  scope: RequestScope,
  authorizer: AuthorizerContext | undefined,
  passage: Passage,
): Promise<Answer> {
  if (integration.kind === "unserved") {
    passage.localReason = integration.reason;
    return INTERNAL_SERVER_ERROR;
  }
  const startedAt = performance.now();
  const { answer, ...facts } =
    integration.kind === "http"
      ? await askServer(integration, scope)
      : await askFunction(integration, pool, context, scope, authorizer);
  passage.integration = { ...facts, latencyMs: performance.now() - startedAt };
  passage.localReason = facts.localReason;
  const mappings = facts.status === undefined ? undefined : integration.mappings?.response.get(facts.status);
  return mappings ? mapAnswer(mappings, answer, scope) : answer;
}

/** What an integration gave, and what the log says of it. */
interface Asked extends Omit<IntegrationFacts, "latencyMs"> {
  readonly answer: Answer;
  readonly localReason?: string;
}

async function askServer(integration: HttpIntegration, scope: RequestScope): Promise<Asked> {
  const proxied = await proxyHttp(integration, scope);
  switch (proxied.kind) {
    case "answer": {
      const { status } = proxied.answer;
      return { answer: proxied.answer, error: undefined, serviceStatus: status, status };
    }
    case "timeout":
      return failed(SERVICE_UNAVAILABLE, undefined, `no answer within ${integration.timeoutMs} ms`);
    case "error":
      return failed(INTERNAL_SERVER_ERROR, undefined, proxied.message);
  }
}

async function askFunction(
  { payloadFormat, timeoutMs, mappings }: LambdaIntegration,
  pool: FunctionPool | undefined,
  context: EventContext,
  scope: RequestScope,
  authorizer: AuthorizerContext | undefined,
): Promise<Asked> {
  const incoming = mappings?.request.length ? mapped(mappings.request, scope) : scope.incoming;
  const makeEvent = payloadFormat === "1.0" ? eventV1 : eventV2;
  const event = makeEvent(context, incoming, eventBody(scope.body, incoming.header("content-type")), authorizer);
  const { requestId } = context;
  const invocation = await pool?.invoke({ event: JSON.stringify(event), requestId, timeoutMs });
  switch (invocation?.kind) {
    case "result": {
      const answer = functionAnswer(invocation.text, payloadFormat, context.api.cors !== undefined);
      const isBad = answer === INTERNAL_SERVER_ERROR;
      const localReason = isBad
        ? "the function's answer has a form that API Gateway does not take: a statusCode from 200 to 599, a body that is a text, headers without line breaks"
        : undefined;
      const status = isBad ? undefined : answer.status;
      return { answer, error: undefined, serviceStatus: 200, status, ...(localReason ? { localReason } : {}) };
    }
    case "timeout":
      return failed(SERVICE_UNAVAILABLE, undefined, "The integration did not answer in time");
    case "throttled":
      return failed(TOO_MANY_REQUESTS, 429, "The function has no free environment");
    default:
      // Lambda's own answer is a 200 even where the function failed. The text: 6.19 (OBS+).
      return failed(
        INTERNAL_SERVER_ERROR,
        200,
        `The Lambda function returned the following error: ${invocation?.message ?? ""}. Check your Lambda function code and try again.`,
      );
  }
}

const failed = (answer: Answer, serviceStatus: number | undefined, error: string): Asked => ({
  answer,
  error,
  serviceStatus,
  status: undefined,
});

/** A function's request after its mappings: its event shows the changed path, query and headers (INF). */
function mapped(mappings: readonly ParameterMapping[], scope: RequestScope): Incoming {
  const { path = scope.incoming.path, headers, rawQuery } = mapRequest(mappings, scope);
  return scope.incoming.changed({ path, headers, rawQuery });
}
