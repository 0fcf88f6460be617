import type { StageModel } from "../assembly/model.ts";
import type { EventContext } from "../aws/event.ts";
import type { HttpRequest } from "../aws/http-request.ts";
import type { Invocation } from "../functions/execution-environment.ts";
import type { Authorization } from "./authorizers/authorizer.ts";
import type { RequestFacts } from "./context-variables.ts";
import type { IntegrationCall } from "./integrations/integration.ts";

/**
 * What was learnt on a request's way. Each step of `handleRequest` makes a new one that knows more; what a request did
 * not reach is undefined.
 */
export interface RequestLog {
  readonly incoming: HttpRequest | undefined;
  readonly stage: StageModel | undefined;
  /** The custom domain that the request came by, and the key of its mapping. */
  readonly domain: Pick<RequestFacts, "domainName" | "mappingKey"> | undefined;
  /** The path without the stage. */
  readonly routePath: string | undefined;
  /** The route and how it fits; undefined where no route does. */
  readonly context: EventContext | undefined;
  readonly authorization: Authorization | undefined;
  /** How long the authorizer took, in milliseconds. */
  readonly authorizerMs: number | undefined;
  readonly body: Buffer | undefined;
  readonly integration: IntegrationCall | undefined;
  /** Why something is not served here, in our own words; AWS has no such text. */
  readonly localReason: string | undefined;
}

/** The log of a request that has not begun. */
export const NOTHING_LEARNT: RequestLog = {
  incoming: undefined,
  stage: undefined,
  domain: undefined,
  routePath: undefined,
  context: undefined,
  authorization: undefined,
  authorizerMs: undefined,
  body: undefined,
  integration: undefined,
  localReason: undefined,
};

/** One call of a function: its event as JSON text, and how the call ended. The event holds the client's token. */
export interface FunctionCall {
  readonly functionName: string;
  readonly event: string;
  readonly invocation: Invocation;
}

/** An issuer's keys as they are held at one moment. */
export interface HeldKeys {
  readonly fetchedAtMs: number;
  readonly kids: readonly string[];
}

/** The keys that a decision was made with. */
export interface KeysUsed {
  readonly issuer: string;
  readonly held: HeldKeys;
  /** Whether this request waited for the fetch; else they were held before. */
  readonly isFetchedNow: boolean;
  /** When they were used. */
  readonly nowMs: number;
}
