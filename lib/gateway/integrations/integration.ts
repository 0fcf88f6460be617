import type { Mappings } from "../../assembly/model.ts";
import type { AuthorizerContext, EventContext } from "../../aws/event.ts";
import type { AnswerCause } from "../answer-cause.ts";
import type { Answer } from "../answers.ts";
import type { IntegrationFacts } from "../context-variables.ts";
import { mapAnswer, type RequestScope } from "../parameter-mapping.ts";
import type { FunctionCall } from "../request-log.ts";

/** What answers the requests of a route. */
export interface RouteIntegration {
  /** By the status that the integration answered. @default - none */
  readonly responseMappings: Mappings["response"] | undefined;
  send(
    context: EventContext,
    scope: RequestScope,
    authorizer: AuthorizerContext | undefined,
  ): Promise<IntegrationResponse>;
}

/** What an integration gave. */
export interface IntegrationResponse {
  readonly answer: Answer;
  /** Undefined where nothing was called. */
  readonly facts: Omit<IntegrationFacts, "latencyMs"> | undefined;
  /** The function's call, where a function was called. */
  readonly call: FunctionCall | undefined;
  /** Why the integration does not work here, in our own words. */
  readonly localReason: string | undefined;
  /** Why it was not called, or failed, where more is known than its error says. @default - its error */
  readonly cause?: AnswerCause | undefined;
}

/** The outcome of an integration after its response mappings. */
export interface IntegrationCall extends Omit<IntegrationResponse, "facts"> {
  readonly facts: IntegrationFacts | undefined;
}

/** Calls an integration and applies the response mappings. The request mappings are its own. */
export async function callIntegration(
  integration: RouteIntegration,
  context: EventContext,
  scope: RequestScope,
  authorizer: AuthorizerContext | undefined,
): Promise<IntegrationCall> {
  const startedAt = performance.now();
  const { answer, facts, call, localReason, cause } = await integration.send(context, scope, authorizer);
  const latencyMs = performance.now() - startedAt;
  const mappings = facts?.status === undefined ? undefined : integration.responseMappings?.get(facts.status);
  return {
    answer: mappings ? mapAnswer(mappings, answer, scope) : answer,
    facts: facts && { ...facts, latencyMs },
    call,
    localReason,
    cause,
  };
}

/** The response of an integration that gave no answer, or an invalid one. */
export const failedWith = (
  answer: Answer,
  serviceStatus: number | undefined,
  error: string | undefined,
  { call, localReason, cause }: Partial<Pick<IntegrationResponse, "call" | "localReason" | "cause">> = {},
): IntegrationResponse => ({ answer, facts: { error, serviceStatus, status: undefined }, call, localReason, cause });
