import type { IncomingMessage } from "node:http";
import type { EventContext } from "../aws/event.ts";
import { HttpRequest } from "../aws/http-request.ts";
import {
  type Answer,
  BAD_REQUEST,
  CONTENT_TOO_LARGE,
  FORBIDDEN,
  INTERNAL_SERVER_ERROR,
  NOT_FOUND,
  TOO_MANY_REQUESTS,
} from "./answers.ts";
import type { ApiRuntime } from "./api-runtime.ts";
import { requestVariables } from "./context-variables.ts";
import { preflightAnswer, withCors } from "./cors.ts";
import { callIntegration } from "./integrations/integration.ts";
import type { RequestScope } from "./parameter-mapping.ts";
import { readRequest } from "./read-request.ts";
import { readBody } from "./request-body.ts";
import { NOTHING_LEARNT, type RequestLog } from "./request-log.ts";

/** An answer, and what was learnt on the way to it. */
export interface HandledRequest {
  readonly answer: Answer;
  readonly log: RequestLog;
}

/**
 * Walks a request: form and limits → stage → route → CORS → throttle → authorizer → body → integration → answer. Each step
 * may be the last. 404 is decided before anybody asks for a token (6.3, INF for the order). Never rejects: a fault of ours
 * must not take the process down with the other requests.
 */
export async function handleRequest(
  request: IncomingMessage,
  runtime: ApiRuntime,
  requestId: string,
): Promise<HandledRequest> {
  let log = NOTHING_LEARNT;
  try {
    // Form and limits of the request line and the headers.
    const read = readRequest(request);
    if (!(read instanceof HttpRequest)) return { answer: read, log };
    log = { ...log, incoming: read };

    // A page of another site that was rebound to this address still names its own host.
    if (!runtime.knowsHost(read.header("host")))
      return { answer: FORBIDDEN, log: { ...log, localReason: UNKNOWN_HOST } };

    // Stage, which a custom domain chooses where the request names one.
    const placed = runtime.placeOf(read.header("host"), read.path);
    if (!placed) return { answer: NOT_FOUND, log };
    const { stage, routePath, seenPath, ...domain } = placed;
    const incoming = seenPath === read.path ? read : read.at(seenPath);
    log = { ...log, incoming, stage: stage.model, domain, routePath };

    // Route; a preflight that no route takes is answered by the API's CORS.
    const match = runtime.router.find(incoming.method, routePath);
    const { cors } = runtime.api;
    if (!match)
      return { answer: cors && incoming.method === "OPTIONS" ? preflightAnswer(cors, incoming) : NOT_FOUND, log };
    const { route, pathParameters } = match;
    const receivedAtMs = runtime.nowMs();
    const context: EventContext = {
      api: runtime.api,
      ...domain,
      stage: stage.model,
      routeKey: route.key,
      routePath,
      pathParameters,
      requestId,
      receivedAtMs,
    };
    log = { ...log, context };

    // Throttle.
    const bucket = stage.routeBuckets.get(route.key) ?? stage.bucket;
    if (bucket && !bucket.take(receivedAtMs)) return { answer: TOO_MANY_REQUESTS, log };

    // Authorizer.
    const askedAt = performance.now();
    const authorization = await route.authorizer.authorizeRequest(context, incoming);
    log = {
      ...log,
      authorization,
      authorizerMs: performance.now() - askedAt,
      localReason: authorization.localReason,
    };
    if (authorization.refusal) return { answer: authorization.refusal, log };

    // Body.
    const body = await readBody(request);
    if (body === "too-large") return { answer: CONTENT_TOO_LARGE, log };
    if (body === "aborted")
      return {
        answer: BAD_REQUEST,
        log: { ...log, localReason: "the client went away before its request was complete" },
      };

    // Integration, with its parameter mappings, and its answer.
    const scope: RequestScope = {
      incoming,
      routePath,
      pathParameters: pathParameters ?? {},
      body,
      get context() {
        return requestVariables({ ...context, ...domain }, incoming, authorization.context);
      },
      stageVariables: stage.model.variables,
      hasCors: cors !== undefined,
    };
    const integration = await callIntegration(route.integration, context, scope, authorization.context);
    log = { ...log, body, integration, localReason: integration.localReason };
    const { answer } = integration;
    return { answer: cors ? withCors(answer, cors, incoming) : answer, log };
  } catch (error) {
    return failedWith(error, log);
  }
}

const UNKNOWN_HOST =
  "the Host header names neither this machine nor the API: to take such requests, add --allow-host NAME";

/** The answer to a request on which the gateway itself failed. */
export const failedWith = (error: unknown, log: RequestLog): HandledRequest => ({
  answer: INTERNAL_SERVER_ERROR,
  log: { ...log, localReason: `the gateway itself failed: ${error instanceof Error ? error.message : String(error)}` },
});
