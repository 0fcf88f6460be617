import type { IncomingMessage } from "node:http";
import type { HttpApiModel } from "../assembly/model.ts";
import type { Decision } from "../rules/decision.ts";
import { formatAccessLog } from "./access-log.ts";
import { type AnswerCause, answerCause } from "./answer-cause.ts";
import type { Answer } from "./answers.ts";
import { answerVariables, requestVariables } from "./context-variables.ts";
import type { HandledRequest } from "./handle-request.ts";
import type { FunctionCall, KeysUsed } from "./request-log.ts";

/**
 * One answered request, for the log, the console and tests. Its members cost nothing until they are read: they are
 * getters, or hold what the request's way made anyway. `decision`, `path` and all texts of a reason are free of the
 * token; the members that hold it say so, and anyone who shows or keeps those masks it.
 */
export interface RequestRecord {
  readonly api: HttpApiModel;
  readonly requestId: string;
  readonly receivedAtMs: number;
  readonly method: string;
  /** As it was sent, without the query. */
  readonly path: string;
  /** As it was sent, without the `?`; may hold the token, where it is the identity source. */
  readonly rawQuery: string;
  /** Undefined where the request could not be read as HTTP allows it. */
  readonly client: RequestClient | undefined;
  /** Names and values by turns, as they were sent; hold the token. */
  readonly requestHeaders: readonly string[];
  /** Undefined where it was not read: the request ended before. */
  readonly requestBody: Buffer | undefined;

  /** The stage's name; undefined where no stage takes the path. */
  readonly stage: string | undefined;
  /** The custom domain that the request came by; undefined for none. */
  readonly domainName: string | undefined;
  /** Undefined where no route takes the request. */
  readonly routeKey: string | undefined;
  /** The path variables of the route, decoded. */
  readonly pathParameters: Readonly<Record<string, string>> | undefined;

  /** Of a JWT authorizer; `traceOf(decision)` has every rule with what it saw and wanted. */
  readonly decision: Decision | undefined;
  /** `$context.authorizer.error`. */
  readonly authorizerError: string | undefined;
  /** The keys that the decision was made with, how old they are and where they came from. */
  readonly keys: KeysUsed | undefined;
  /** Of a Lambda authorizer; undefined where its cache answered. Its event holds the token. */
  readonly authorizerCall: FunctionCall | undefined;

  /** Of a Lambda integration: its event, which holds the token, its result and its log lines. */
  readonly functionCall: FunctionCall | undefined;
  /** `$context.integrationErrorMessage`. */
  readonly integrationError: string | undefined;

  readonly status: number;
  /** Without those that only the connection needs. Names and values by turns. */
  readonly responseHeaders: readonly string[];
  readonly responseBody: string | Buffer;
  readonly timings: RequestTimings;
  /** The same as `timings.totalMs`. */
  readonly durationMs: number;
  /** Why something is not served here, in our own words. */
  readonly localReason: string | undefined;
  /** Why the gateway itself answered, and what to change; undefined for an answer of the integration's own. */
  readonly cause: AnswerCause | undefined;
  /** Writes the line of the stage's access log, in the template's format; undefined where the stage has none. */
  accessLogLine(): string | undefined;
}

export interface RequestClient {
  readonly sourceIp: string;
  readonly userAgent: string | undefined;
}

/** How long the steps took, in milliseconds; undefined for a step that the request did not reach. */
export interface RequestTimings {
  readonly totalMs: number;
  readonly authorizerMs: number | undefined;
  /** The function or the server, with the way there and back. */
  readonly integrationMs: number | undefined;
  /** The handler, by its own clock. */
  readonly handlerMs: number | undefined;
}

/** What a record is made from, besides what handled the request. */
export interface AnsweredRequest {
  readonly api: HttpApiModel;
  readonly request: IncomingMessage;
  readonly requestId: string;
  readonly receivedAtMs: number;
  readonly durationMs: number;
}

export const recordOf = (answered: AnsweredRequest, handled: HandledRequest): RequestRecord =>
  new AnsweredRecord(answered, handled);

class AnsweredRecord implements RequestRecord {
  readonly #answered: AnsweredRequest;
  readonly #handled: HandledRequest;

  constructor(answered: AnsweredRequest, handled: HandledRequest) {
    this.#answered = answered;
    this.#handled = handled;
  }

  get api() {
    return this.#answered.api;
  }

  get requestId() {
    return this.#answered.requestId;
  }

  get receivedAtMs() {
    return this.#answered.receivedAtMs;
  }

  get method() {
    return this.#answered.request.method ?? "";
  }

  get path() {
    return this.#target.split("?", 1)[0] ?? "";
  }

  get rawQuery() {
    return this.#target.slice(this.path.length + 1);
  }

  get client() {
    const { incoming } = this.#handled.log;
    return incoming && { sourceIp: incoming.sourceIp, userAgent: incoming.header("user-agent") };
  }

  get requestHeaders() {
    return this.#answered.request.rawHeaders;
  }

  get requestBody() {
    return this.#handled.log.body;
  }

  get stage() {
    return this.#handled.log.stage?.name;
  }

  get domainName() {
    return this.#handled.log.domain?.domainName;
  }

  get routeKey() {
    return this.#handled.log.context?.routeKey;
  }

  get pathParameters() {
    return this.#handled.log.context?.pathParameters;
  }

  get decision() {
    return this.#handled.log.authorization?.decision;
  }

  get authorizerError() {
    return this.#handled.log.authorization?.error;
  }

  get keys() {
    return this.#handled.log.authorization?.keys;
  }

  get authorizerCall() {
    return this.#handled.log.authorization?.call;
  }

  get functionCall() {
    return this.#handled.log.integration?.call;
  }

  get integrationError() {
    return this.#handled.log.integration?.facts?.error;
  }

  get status() {
    return this.#handled.answer.status;
  }

  get responseHeaders() {
    return this.#handled.answer.headers;
  }

  get responseBody() {
    return this.#handled.answer.body;
  }

  get timings(): RequestTimings {
    const { authorizerMs, integration } = this.#handled.log;
    const invocation = integration?.call?.invocation;
    return {
      totalMs: this.durationMs,
      authorizerMs,
      integrationMs: integration?.facts?.latencyMs,
      handlerMs: invocation?.kind === "result" ? invocation.tookMs : undefined,
    };
  }

  get durationMs() {
    return this.#answered.durationMs;
  }

  get localReason() {
    return this.#handled.log.localReason;
  }

  get cause() {
    const { api, method, path, requestHeaders, status } = this;
    const { answer, log } = this.#handled;
    const isOwnAnswer = answer.gatewayMessage !== undefined;
    return answerCause({ api, method, path, requestHeaders, status, isOwnAnswer, log });
  }

  accessLogLine(): string | undefined {
    return accessLogLineOf(this.#answered, this.#handled);
  }

  get #target() {
    return this.#answered.request.url ?? "";
  }
}

function accessLogLineOf(
  { api, requestId, receivedAtMs, durationMs }: AnsweredRequest,
  { log, answer }: HandledRequest,
): string | undefined {
  const { stage, domain, incoming, context, authorization, integration } = log;
  const format = stage?.accessLogFormat;
  if (format === undefined || !stage || !incoming) return undefined;
  const { status, body, gatewayMessage }: Answer = answer;
  const facts = { api, ...domain, stage, routeKey: context?.routeKey, requestId, receivedAtMs };
  return formatAccessLog(format, {
    ...requestVariables(facts, incoming, authorization?.context),
    ...answerVariables(
      {
        status,
        bodyBytes: Buffer.byteLength(body),
        durationMs,
        authorizerError: authorization?.error,
        gatewayMessage,
        integration: integration?.facts,
      },
      requestId,
    ),
  });
}
