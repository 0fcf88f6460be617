import type { RequestAuthorizerModel } from "../../assembly/model.ts";
import { isLike } from "../../aws/arn.ts";
import { authorizerEvent, type EventContext, routeArnOf } from "../../aws/event.ts";
import type { HttpRequest } from "../../aws/http-request.ts";
import { AUTHORIZER_DEADLINE_MS } from "../../aws/limits.ts";
import type { FunctionRunner } from "../../functions/function-runner.ts";
import type { Json } from "../../json/json.ts";
import type { AnswerCause } from "../answer-cause.ts";
import { FORBIDDEN, INTERNAL_SERVER_ERROR, unauthorized } from "../answers.ts";
import { requestVariables } from "../context-variables.ts";
import { refusedAuthorizer } from "../may-invoke.ts";
import type { FunctionCall } from "../request-log.ts";
import { type Authorization, PASSED, type RouteAuthorizer } from "./authorizer.ts";
import {
  failedAuthorizer,
  forbiddenAuthorizer,
  type KeptSince,
  keptContext,
  malformedAnswer,
  missingSource,
  policyDenial,
  simpleDenial,
} from "./lambda-refusal.ts";

const MOST_CACHED = 1_000;

interface Cached extends KeptSince {
  readonly answer: AuthorizerAnswer;
  readonly untilMs: number;
}

/** A function's answer, read. A policy is evaluated again for each request. */
type AuthorizerAnswer =
  | { readonly kind: "simple"; readonly isAuthorized: boolean; readonly context: unknown }
  | {
      readonly kind: "policy";
      readonly statements: readonly Json[];
      readonly context: unknown;
      readonly principalId: unknown;
    }
  | {
      readonly kind: "fault";
      readonly reason: string;
      readonly cause: AnswerCause;
      /** `$context.authorizer.error`: the text DOC (8.11) or OBS1 (8.12), its place INF. @default - none */
      readonly error?: string;
    };

/** What was asked, and what came of it. */
interface Asked {
  readonly answer: AuthorizerAnswer;
  readonly call: FunctionCall | undefined;
}

/** 401 without a challenge, and the function is not called (8.4, DOC; 8.5, OBS1). */
const MISSING: Authorization = { ...PASSED, refusal: unauthorized(undefined) };

/** Asks a Lambda (REQUEST) authorizer, or its cache (section 8). */
export class RequestAuthorizer implements RouteAuthorizer {
  readonly model: RequestAuthorizerModel;
  readonly #runner: FunctionRunner;
  readonly #nowMs: () => number;
  readonly #cache = new Map<string, Cached>();

  constructor(model: RequestAuthorizerModel, runner: FunctionRunner, nowMs: () => number) {
    this.model = model;
    this.#runner = runner;
    this.#nowMs = nowMs;
  }

  async authorizeRequest(context: EventContext, incoming: HttpRequest): Promise<Authorization> {
    const sources = this.model.identitySource.map((source) => valueAt(source, context, incoming) ?? "");
    if (sources.includes("")) {
      const missing = this.model.identitySource.filter((_, index) => sources[index] === "");
      return { ...MISSING, cause: missingSource(this.model, missing) };
    }
    const arn = routeArnOf(context, incoming.method);
    // The key is the identity sources only: an answer is shared by all routes unless $context.routeKey is one (8.9, DOC).
    const key = JSON.stringify(sources);
    const cached = this.#cached(key);
    const { answer, call } = cached
      ? { answer: cached.answer, call: undefined }
      : await this.#ask(context, incoming, sources);
    if (answer.kind !== "fault" && !cached) this.#keep(key, answer, context.routeKey);
    return { ...this.#authorizationOf(answer, arn, cached), call };
  }

  #authorizationOf(answer: AuthorizerAnswer, arn: string, kept: KeptSince | undefined): Authorization {
    if (answer.kind === "fault") return faultOf(answer);
    if (!allows(answer, arn)) {
      const nowMs = this.#nowMs();
      const cause =
        answer.kind === "simple"
          ? simpleDenial(this.model, kept, nowMs)
          : policyDenial(this.model, { statements: answer.statements, arn }, kept, nowMs);
      return { ...DENIED, cause };
    }
    const principalId = answer.kind === "policy" ? answer.principalId : undefined;
    const texts = kept && this.model.payloadFormat === "1.0" ? jsonTextsIn(answer.context) : [];
    const cause = texts.length === 0 ? undefined : keptContext(this.model, texts);
    return { ...PASSED, context: { lambda: answer.context, principalId }, cause };
  }

  async #ask(context: EventContext, incoming: HttpRequest, sources: readonly string[]): Promise<Asked> {
    const { id, payloadFormat, simpleResponses, permission, function: func } = this.model;
    const refused = refusedAuthorizer(permission, context, id);
    if (refused) {
      const reason = `API Gateway may not call ${func.name}: ${refused.reason}`;
      const cause = forbiddenAuthorizer(this.model, refused.reason);
      return { answer: { kind: "fault", reason, cause, error: refused.error }, call: undefined };
    }
    const event = JSON.stringify(authorizerEvent({ payloadFormat, identitySource: sources }, context, incoming));
    const { requestId } = context;
    const invocation = await this.#runner.invoke({ event, requestId, timeoutMs: AUTHORIZER_DEADLINE_MS });
    const call: FunctionCall = { functionName: func.name, event, invocation };
    if (invocation.kind === "result")
      return { answer: this.#read(invocation.text, simpleResponses && payloadFormat === "2.0"), call };
    const reason = invocation.kind === "error" ? invocation.message : FAULTS[invocation.kind];
    return { answer: { kind: "fault", reason, cause: failedAuthorizer(this.model, reason) }, call };
  }

  #read(text: string, simple: boolean): AuthorizerAnswer {
    const answer = readAnswer(text, simple);
    if (typeof answer !== "string") return answer;
    return { kind: "fault", reason: answer, cause: malformedAnswer(this.model, answer), error: MALFORMED };
  }

  #cached(key: string): Cached | undefined {
    const cached = this.#cache.get(key);
    return cached && this.#nowMs() < cached.untilMs ? cached : undefined;
  }

  #keep(key: string, answer: AuthorizerAnswer, routeKey: string) {
    const { cacheSeconds, identitySource } = this.model;
    if (cacheSeconds === 0 || identitySource.length === 0) return;
    if (this.#cache.size >= MOST_CACHED) this.#cache.clear();
    const sinceMs = this.#nowMs();
    this.#cache.set(key, { answer, routeKey, sinceMs, untilMs: sinceMs + cacheSeconds * 1_000 });
  }
}

/** 1.5, DOC for Lambda authorizers. */
function valueAt(source: string, context: EventContext, incoming: HttpRequest): string | undefined {
  const [, kind, name = ""] =
    /^\$(request\.header|request\.querystring|context|stageVariables)\.(.+)$/.exec(source) ?? [];
  switch (kind) {
    case "request.header":
      return incoming.header(name.toLowerCase());
    case "request.querystring":
      return incoming.query(name);
    case "stageVariables":
      return context.stage.variables[name];
    case "context": {
      const value = requestVariables(context, incoming, undefined)[name];
      return value === undefined ? undefined : String(value);
    }
    default:
      return undefined;
  }
}

const FAULTS = {
  timeout: "no answer within 10 seconds (8.8)",
  throttled: "the function has no free environment",
} as const;

/** What AWS once logged of a malformed answer (8.12, OBS1); that it is the authorizer's error is inferred. */
const MALFORMED =
  "The response from the Lambda Authorizer function doesn't match the format that API Gateway expects. Invalid json in authorizer response";

/** An answer, or what is wrong with its form. */
function readAnswer(text: string, simple: boolean): Exclude<AuthorizerAnswer, { kind: "fault" }> | string {
  const answer = JSON.parse(text) as unknown;
  if (typeof answer !== "object" || answer === null) return `it is ${answer === null ? "null" : `a ${typeof answer}`}`;
  const { isAuthorized, policyDocument, principalId, context } = answer as Json;
  if (simple)
    return typeof isAuthorized === "boolean"
      ? { kind: "simple", isAuthorized, context: context ?? null }
      : `its answer has no isAuthorized that is true or false${isAuthorized === undefined ? "" : `, but a ${typeof isAuthorized}`}`;
  const document = typeof policyDocument === "object" && policyDocument !== null ? (policyDocument as Json) : {};
  const statements = [document.Statement ?? []].flat() as Json[];
  if (statements.length === 0) return "its answer has no policyDocument with a Statement";
  return { kind: "policy", statements, context: context ?? null, principalId };
}

/** The members of a context that hold an object or a list as JSON text. */
function jsonTextsIn(context: unknown): readonly string[] {
  return Object.entries(Object(context) as Json)
    .filter(([, value]) => typeof value === "string" && /^\s*[[{]/.test(value) && isJsonText(value))
    .map(([name]) => name);
}

function isJsonText(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Denied: 403 (8.6, OBS1). */
const DENIED: Authorization = { ...PASSED, refusal: FORBIDDEN };

/** The function cannot run or answers in a bad form: 500 (8.7, DOC). */
const faultOf = ({ reason, error, cause }: Extract<AuthorizerAnswer, { kind: "fault" }>): Authorization => ({
  ...PASSED,
  refusal: INTERNAL_SERVER_ERROR,
  error,
  cause,
  localReason: `the Lambda authorizer failed: ${reason}`,
});

/** A policy allows where a statement allows this route and none denies it. One kept for another route may not (8.9). */
function allows(answer: Exclude<AuthorizerAnswer, { kind: "fault" }>, arn: string): boolean {
  if (answer.kind === "simple") return answer.isAuthorized;
  const effects = new Set(
    answer.statements.filter((statement) => covers(statement, arn)).map(({ Effect: effect }) => effect),
  );
  return effects.has("Allow") && !effects.has("Deny");
}

function covers({ Resource: resource, Action: action }: Json, arn: string): boolean {
  const patterns = (Array.isArray(resource) ? resource : [resource]).map(String);
  const actions = (Array.isArray(action) ? action : [action]).map(String);
  return (
    actions.some((one) => isLike(one.toLowerCase(), "execute-api:invoke")) && patterns.some((one) => isLike(one, arn))
  );
}
