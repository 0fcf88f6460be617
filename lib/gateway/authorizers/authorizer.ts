import type { AuthorizerContext, EventContext } from "../../aws/event.ts";
import type { HttpRequest } from "../../aws/http-request.ts";
import type { Decision } from "../../rules/decision.ts";
import type { AnswerCause } from "../answer-cause.ts";
import type { Answer } from "../answers.ts";
import type { FunctionCall, KeysUsed } from "../request-log.ts";

/** Decides whether a request may pass on one route. */
export interface RouteAuthorizer {
  authorizeRequest(context: EventContext, incoming: HttpRequest): Authorization | Promise<Authorization>;
}

/** The outcome of an authorizer, and what it learnt on the way. */
export interface Authorization {
  /** The answer to a client that may not pass; undefined for one that may. */
  readonly refusal: Answer | undefined;
  /** For the function's event; undefined on a public route. */
  readonly context: AuthorizerContext | undefined;
  /** The decision of the rules, where a JWT authorizer decided. */
  readonly decision: Decision | undefined;
  /** `$context.authorizer.error`. */
  readonly error: string | undefined;
  readonly keys: KeysUsed | undefined;
  /** The call of a Lambda authorizer's function; undefined where its cache answered. */
  readonly call: FunctionCall | undefined;
  /** Why the authorizer does not work here, in our own words. */
  readonly localReason: string | undefined;
  /** Why a Lambda authorizer refuses, or what to know of its yes. */
  readonly cause: AnswerCause | undefined;
}

/** The authorization of a public route. */
export const PASSED: Authorization = {
  refusal: undefined,
  context: undefined,
  decision: undefined,
  error: undefined,
  keys: undefined,
  call: undefined,
  localReason: undefined,
  cause: undefined,
};
