import type { IntegrationModel, ParameterMapping } from "../assembly/model.ts";
import { type AuthorizerContext, type EventContext, eventBody, eventV1, eventV2 } from "../aws/event.ts";
import type { HttpRequest } from "../aws/http-request.ts";
import type { FunctionPool } from "../functions/function-pool.ts";
import { type Answer, INTERNAL_SERVER_ERROR, SERVICE_UNAVAILABLE, TOO_MANY_REQUESTS } from "./answers.ts";
import type { ServedRoute } from "./api-runtime.ts";
import type { IntegrationFacts } from "./context-variables.ts";
import { functionAnswer } from "./function-answer.ts";
import { type HttpIntegration, proxyHttp } from "./http-proxy.ts";
import { mapAnswer, mapRequest, type RequestScope } from "./parameter-mapping.ts";
import type { Passage } from "./request-log.ts";

type LambdaIntegration = Extract<IntegrationModel, { kind: "lambda" }>;

/** Parameter mappings before and after; in between the function or the server. */
export async function callIntegration(
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
      const answer = functionAnswer(invocation.text, payloadFormat, scope.hasCors);
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
function mapped(mappings: readonly ParameterMapping[], scope: RequestScope): HttpRequest {
  const { path = scope.incoming.path, headers, rawQuery } = mapRequest(mappings, scope);
  return scope.incoming.changed({ path, headers, rawQuery });
}
