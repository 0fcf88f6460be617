import type { IncomingMessage } from "node:http";
import type { EventContext } from "../aws/event.ts";
import { HttpRequest } from "../aws/http-request.ts";
import type { SignatureMemory } from "../rules/signature-memory.ts";
import { type Answer, BAD_REQUEST, CONTENT_TOO_LARGE, NOT_FOUND, TOO_MANY_REQUESTS } from "./answers.ts";
import type { Serving } from "./api-runtime.ts";
import { admit } from "./authorize-request.ts";
import { requestVariables } from "./context-variables.ts";
import { preflightAnswer, withCors } from "./cors.ts";
import { callIntegration } from "./integration-call.ts";
import type { RequestScope } from "./parameter-mapping.ts";
import { readRequest } from "./read-request.ts";
import { readBody } from "./request-body.ts";
import type { Passage } from "./request-log.ts";

/** What a request's way needs besides the API. */
export interface WayOptions {
  readonly nowMs: () => number;
  readonly memory: SignatureMemory;
  readonly requestId: string;
}

/**
 * A request's way: form and limits → stage → route → CORS → throttle → authorizer → body → integration → answer. Each step
 * may be the last. 404 is decided before anybody asks for a token (6.3, INF for the order).
 */
export async function passThrough(
  request: IncomingMessage,
  serving: Serving,
  options: WayOptions,
  passage: Passage,
): Promise<Answer> {
  // Form and limits of the request line and the headers.
  const incoming = readRequest(request);
  if (!(incoming instanceof HttpRequest)) return incoming;
  passage.incoming = incoming;

  // Stage.
  const placed = serving.stageOf(incoming.path);
  if (!placed) return NOT_FOUND;
  const { stage, routePath } = placed;
  passage.stage = stage;

  // Route; a preflight that no route takes is answered by the API's CORS.
  const match = serving.router.find(incoming.method, routePath);
  const { cors } = serving.api;
  if (!match) return cors && incoming.method === "OPTIONS" ? preflightAnswer(cors, incoming) : NOT_FOUND;
  const { route, pathParameters } = match;
  passage.routeKey = route.key;

  // Throttle.
  const receivedAtMs = options.nowMs();
  const bucket = stage.routeBuckets.get(route.key) ?? stage.bucket;
  if (bucket && !bucket.take(receivedAtMs)) return TOO_MANY_REQUESTS;

  // Authorizer.
  const context: EventContext = {
    api: serving.api,
    stage: stage.model,
    routeKey: route.key,
    routePath,
    pathParameters,
    requestId: options.requestId,
    receivedAtMs,
  };
  const admitted = await admit(route, context, incoming, options.memory, passage);
  if ("status" in admitted) return admitted;
  const { authorizer } = admitted;
  passage.authorizer = authorizer;

  // Body.
  const body = await readBody(request);
  if (body === "too-large") return CONTENT_TOO_LARGE;
  if (body === "aborted") {
    passage.localReason = "the client went away before its request was complete";
    return BAD_REQUEST;
  }

  // Integration, with its parameter mappings, and its answer.
  const scope: RequestScope = {
    incoming,
    routePath,
    pathParameters: pathParameters ?? {},
    body,
    get context() {
      return requestVariables(context, incoming, authorizer);
    },
    stageVariables: stage.model.variables,
    hasCors: cors !== undefined,
  };
  const answer = await callIntegration(route, context, scope, authorizer, passage);
  return cors ? withCors(answer, cors, incoming) : answer;
}
