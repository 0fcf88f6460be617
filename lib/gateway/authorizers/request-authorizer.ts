import type { RequestAuthorizerModel } from "../../assembly/model.ts";
import { isLike } from "../../aws/arn.ts";
import { authorizerEvent, type EventContext, routeArnOf } from "../../aws/event.ts";
import type { HttpRequest } from "../../aws/http-request.ts";
import { AUTHORIZER_DEADLINE_MS } from "../../aws/limits.ts";
import type { FunctionPool } from "../../functions/function-pool.ts";
import type { Json } from "../../json/json.ts";
import { FORBIDDEN, INTERNAL_SERVER_ERROR, unauthorized } from "../answers.ts";
import { requestVariables } from "../context-variables.ts";
import { refusedAuthorizer } from "../may-invoke.ts";
import type { FunctionCall } from "../request-log.ts";
import { type Authorization, PASSED, type RouteAuthorizer } from "./authorizer.ts";

const MOST_CACHED = 1_000;

interface Cached {
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
      /** `$context.authorizer.error`: the text DOC (8.11), its place INF. @default - none */
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
  readonly #pool: FunctionPool;
  readonly #nowMs: () => number;
  readonly #cache = new Map<string, Cached>();

  constructor(model: RequestAuthorizerModel, pool: FunctionPool, nowMs: () => number) {
    this.model = model;
    this.#pool = pool;
    this.#nowMs = nowMs;
  }

  async authorizeRequest(context: EventContext, incoming: HttpRequest): Promise<Authorization> {
    const sources = this.model.identitySource.map((source) => valueAt(source, context, incoming) ?? "");
    if (sources.includes("")) return MISSING;
    const arn = routeArnOf(context, incoming.method);
    // The key is the identity sources only: an answer is shared by all routes unless $context.routeKey is one (8.9, DOC).
    const key = JSON.stringify(sources);
    const cached = this.#cached(key);
    const { answer, call } = cached ? { answer: cached, call: undefined } : await this.#ask(context, incoming, sources);
    if (answer.kind !== "fault") this.#keep(key, answer);
    return { ...authorizationOf(answer, arn), call };
  }

  async #ask(context: EventContext, incoming: HttpRequest, sources: readonly string[]): Promise<Asked> {
    const { id, payloadFormat, simpleResponses, permission, function: func } = this.model;
    const refused = refusedAuthorizer(permission, context, id);
    if (refused) {
      const reason = `API Gateway may not call ${func.name}: ${refused.reason}`;
      return { answer: { kind: "fault", reason, error: refused.error }, call: undefined };
    }
    const event = JSON.stringify(authorizerEvent({ payloadFormat, identitySource: sources }, context, incoming));
    const { requestId } = context;
    const invocation = await this.#pool.invoke({ event, requestId, timeoutMs: AUTHORIZER_DEADLINE_MS });
    const call: FunctionCall = { functionName: func.name, event, invocation };
    if (invocation.kind === "result")
      return { answer: readAnswer(invocation.text, simpleResponses && payloadFormat === "2.0"), call };
    const reason = invocation.kind === "error" ? invocation.message : FAULTS[invocation.kind];
    return { answer: { kind: "fault", reason }, call };
  }

  #cached(key: string): AuthorizerAnswer | undefined {
    const cached = this.#cache.get(key);
    return cached && this.#nowMs() < cached.untilMs ? cached.answer : undefined;
  }

  #keep(key: string, answer: AuthorizerAnswer) {
    const { cacheSeconds, identitySource } = this.model;
    const before = this.#cache.get(key);
    if (cacheSeconds === 0 || identitySource.length === 0 || before?.answer === answer) return;
    if (this.#cache.size >= MOST_CACHED) this.#cache.clear();
    this.#cache.set(key, { answer, untilMs: this.#nowMs() + cacheSeconds * 1_000 });
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

function readAnswer(text: string, simple: boolean): AuthorizerAnswer {
  const answer = JSON.parse(text) as unknown;
  if (typeof answer !== "object" || answer === null)
    return { kind: "fault", reason: `it answered ${text.slice(0, 80)}` };
  const { isAuthorized, policyDocument, principalId, context } = answer as Json;
  if (simple)
    return typeof isAuthorized === "boolean"
      ? { kind: "simple", isAuthorized, context: context ?? null }
      : { kind: "fault", reason: "its answer has no isAuthorized that is true or false" };
  const document = typeof policyDocument === "object" && policyDocument !== null ? (policyDocument as Json) : {};
  const statements = [document.Statement ?? []].flat() as Json[];
  if (statements.length === 0) return { kind: "fault", reason: "its answer has no policyDocument with a Statement" };
  return { kind: "policy", statements, context: context ?? null, principalId };
}

/** Denied: 403 (8.6, OBS1). */
const DENIED: Authorization = { ...PASSED, refusal: FORBIDDEN };

/** The function cannot run or answers in a bad form: 500 (8.7, DOC). */
function authorizationOf(answer: AuthorizerAnswer, arn: string): Authorization {
  if (answer.kind === "fault") {
    const localReason = `the Lambda authorizer failed: ${answer.reason}`;
    return { ...PASSED, refusal: INTERNAL_SERVER_ERROR, error: answer.error, localReason };
  }
  if (!allows(answer, arn)) return DENIED;
  const principalId = answer.kind === "policy" ? answer.principalId : undefined;
  return { ...PASSED, context: { lambda: answer.context, principalId } };
}

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
