import type { IncomingMessage } from "node:http";
import { authorize } from "../../rules/authorize.ts";
import { authorizerErrorOf, challengeOf } from "../../rules/challenge.ts";
import { claimsAsText } from "../../rules/claims-text.ts";
import type { Decision } from "../../rules/decision.ts";
import { credentialAt } from "../../rules/identity-source.ts";
import type { SignatureMemory } from "../../rules/signature-memory.ts";
import {
  type Answer,
  CONTENT_TOO_LARGE,
  FORBIDDEN,
  INTERNAL_SERVER_ERROR,
  NOT_FOUND,
  SERVICE_UNAVAILABLE,
  TOO_MANY_REQUESTS,
  unauthorized,
} from "./answers.ts";
import { corsHeaders, preflightAnswer } from "./cors.ts";
import { type AuthorizerContext, type EventContext, eventBody, eventV1, eventV2 } from "./event.ts";
import { functionAnswer } from "./function-answer.ts";
import { proxyHttp } from "./http-proxy.ts";
import { Incoming, readIncoming } from "./incoming.ts";
import type { ServedJwt, ServedRoute, ServedStage, Serving } from "./serving.ts";

/** What is known of a request when it is answered: for the log, the console and a person. Never the token. */
export interface Passage {
  incoming: Incoming | undefined;
  stage: ServedStage | undefined;
  routeKey: string | undefined;
  decision: Decision | undefined;
  /** `$context.authorizer.error`. */
  authorizerError: string | undefined;
  /** `$context.integrationErrorMessage`. */
  integrationError: string | undefined;
  integrationLatencyMs: number | undefined;
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
    pathParameters,
    requestId: options.requestId,
    receivedAtMs,
  };
  const authorized = await passAuthorizer(route, context, incoming, options, passage);
  if ("status" in authorized) return authorized;

  const bytes = await readBody(request);
  if (bytes === undefined) return CONTENT_TOO_LARGE;
  const answer = await passIntegration(
    route,
    context,
    incoming,
    bytes,
    authorized.context,
    passage,
    cors !== undefined,
  );
  return cors ? { ...answer, headers: [...answer.headers, ...corsHeaders(cors, incoming)] } : answer;
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
      if (said.kind === "allow") return { context: { lambda: said.context } };
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
  if (decision.allowed) return { context: { jwt: { claims: claimsAsText(decision.token), scopes: decision.scopes } } };
  passage.authorizerError = authorizerErrorOf(decision);
  return decision.status === 403 ? FORBIDDEN : unauthorized(challengeOf(decision));
}

async function passIntegration(
  { integration, pool }: ServedRoute,
  context: EventContext,
  incoming: Incoming,
  bytes: Buffer,
  authorizer: AuthorizerContext | undefined,
  passage: Passage,
  hasCors: boolean,
): Promise<Answer> {
  if (integration.kind === "unserved") {
    passage.localReason = integration.reason;
    return INTERNAL_SERVER_ERROR;
  }
  const startedAt = performance.now();
  try {
    if (integration.kind === "http") return await proxyHttp(integration, incoming, context.pathParameters ?? {}, bytes);
    const makeEvent = integration.payloadFormat === "1.0" ? eventV1 : eventV2;
    const event = makeEvent(context, incoming, eventBody(bytes, incoming.header("content-type")), authorizer);
    const { requestId } = context;
    const invocation = await pool?.invoke({
      event: JSON.stringify(event),
      requestId,
      timeoutMs: integration.timeoutMs,
    });
    switch (invocation?.kind) {
      case "result":
        return functionAnswer(invocation.text, integration.payloadFormat, hasCors);
      case "timeout":
        passage.integrationError = "The integration did not answer in time";
        return SERVICE_UNAVAILABLE;
      case "throttled":
        passage.integrationError = "The function has no free environment";
        return TOO_MANY_REQUESTS;
      default:
        // 6.19 (OBS+)
        passage.integrationError = `The Lambda function returned the following error: ${invocation?.message ?? ""}. Check your Lambda function code and try again.`;
        return INTERNAL_SERVER_ERROR;
    }
  } finally {
    passage.integrationLatencyMs = performance.now() - startedAt;
  }
}

const NO_BODY = Buffer.alloc(0);
const MOST_BODY_BYTES = 10_485_760;

/** All of the body, or undefined above 10 MB (6.21). */
async function readBody(request: IncomingMessage): Promise<Buffer | undefined> {
  const { "content-length": announced, "transfer-encoding": coding } = request.headers;
  if (announced === undefined && coding === undefined) return NO_BODY;
  if (Number(announced) > MOST_BODY_BYTES) return undefined;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, length);
}
