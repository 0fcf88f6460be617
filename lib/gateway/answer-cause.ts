import type { HttpApiModel, Throttle } from "../assembly/model.ts";
import type { Confidence } from "../aws/confidence.ts";
import { MOST_BODY_BYTES, MOST_HEADER_BYTES } from "../aws/limits.ts";
import { type Finding, finding } from "../findings/finding.ts";
import { refusalFinding } from "../findings/refusal.ts";
import type { RuleName } from "../rules/rules.ts";
import { nearestRoute } from "./nearest-route.ts";
import { preflightFault, preflightIn } from "./preflight-fault.ts";
import type { RequestLog } from "./request-log.ts";

// Why the gateway itself answered a request, and what to change: of each answer that is not a function's own.

/** The causes, for a program. `explain` uses the same words for an answer of a deployed API, where it can tell them apart. */
export type CauseCode =
  | RuleName
  | "authorizer-answer"
  | "authorizer-failed"
  | "authorizer-permission"
  | "bad-request"
  | "body-too-large"
  | "function-failed"
  | "gateway-failed"
  | "headers-too-large"
  | "integration-failed"
  | "integration-timeout"
  | "kept-context"
  | "kept-policy"
  | "lambda-authorizer-denies"
  | "no-concurrency"
  | "no-identity-source"
  | "no-permission"
  | "no-preflight"
  | "no-route"
  | "no-stage"
  | "not-served"
  | "preflight-stopped"
  | "throttled";

/** Why the gateway answered as it did. Never a token, nor a function's words but for the text of its own error. */
export type AnswerCause = Finding<CauseCode>;

/** A cause with the fact behind it. */
export const cause = (
  code: CauseCode,
  what: string,
  fix: string | null,
  fact: string | null = null,
  confidence: Confidence | null = null,
): AnswerCause => finding(code, "fail", what, { fix, fact, confidence });

/** What an answer's cause is read from. */
export interface AnsweredSo {
  readonly api: HttpApiModel;
  readonly method: string;
  /** As it was sent, without the query. */
  readonly path: string;
  readonly requestHeaders: readonly string[];
  readonly status: number;
  /** Whether API Gateway itself answered, and no integration. */
  readonly isOwnAnswer: boolean;
  readonly log: RequestLog;
}

/** Why the gateway itself answered; undefined for an answer of a function or a server, and for a preflight that goes on. */
export function answerCause(answered: AnsweredSo): AnswerCause | undefined {
  const { log, isOwnAnswer } = answered;
  const { authorization, integration, context } = log;
  const decision = authorization?.decision;
  if (decision && !decision.allowed) {
    const refused = refusalFinding(decision);
    const isPreflight = preflightIn(answered.method, answered.requestHeaders) !== undefined;
    return isPreflight ? { ...refused, fix: PREFLIGHT_WITHOUT_TOKEN } : refused;
  }
  if (authorization?.cause) return authorization.cause;
  if (integration?.cause) return integration.cause;
  const stopped = stoppedPreflight(answered);
  if (stopped) return stopped;
  if (!isOwnAnswer) return undefined;
  if (integration) return integrationCause(answered, integration.facts?.error ?? log.localReason);
  return context ? causeOnTheRoute(answered, context.routeKey) : causeBeforeTheRoute(answered);
}

/** C4: a preflight that a route takes is asked for a token, and browsers send none. */
const PREFLIGHT_WITHOUT_TOKEN =
  "a browser's preflight carries no token: give OPTIONS on this path a public route, or a method to the route instead of ANY";

function stoppedPreflight({ api, method, requestHeaders, log }: AnsweredSo): AnswerCause | undefined {
  const preflight = preflightIn(method, requestHeaders);
  if (preflight === undefined) return undefined;
  if (!api.cors)
    return log.context
      ? undefined
      : cause(
          "no-preflight",
          "a browser's preflight, and the API has no CORS configuration",
          "give the API a CorsConfiguration, or OPTIONS on this path a public route",
          "C6",
          "OBS1",
        );
  const fault = preflightFault(api.cors, preflight);
  return fault === undefined
    ? undefined
    : cause(
        "preflight-stopped",
        `the browser stops here: ${fault}`,
        "allow it in the API's CorsConfiguration",
        "C2",
        "DOC",
      );
}

function integrationCause({ status }: AnsweredSo, text = "the integration failed"): AnswerCause {
  switch (status) {
    case 503:
      return cause("integration-timeout", text, "look at what takes so long; AWS waits 30 s at most", "6.20", "OBS+");
    case 429:
      return cause("no-concurrency", text, "look at the function's ReservedConcurrentExecutions", null, "INF");
    default:
      return text.startsWith("The Lambda function returned")
        ? cause("function-failed", text, "read the function's log above", "6.18", "DOC")
        : cause("integration-failed", text, null, "6.18", "DOC");
  }
}

function causeOnTheRoute(answered: AnsweredSo, routeKey: string): AnswerCause | undefined {
  const { status, log } = answered;
  if (status === 429) return throttled(log, routeKey);
  if (status === 413)
    return cause(
      "body-too-large",
      `the body has more than ${MOST_BODY_BYTES.toLocaleString("en-US")} bytes`,
      "send it in parts, or by a presigned URL of S3",
      "6.21",
      "UNK",
    );
  if (log.localReason === undefined) return undefined;
  return status === 400
    ? cause("bad-request", log.localReason, null)
    : cause(log.authorization?.refusal ? "not-served" : "gateway-failed", log.localReason, null);
}

function throttled({ stage }: RequestLog, routeKey: string): AnswerCause {
  const own = stage?.routeThrottles[routeKey];
  const { rate, burst }: Throttle = own ?? stage?.throttle ?? { rate: 0, burst: 0 };
  return cause(
    "throttled",
    `the ${own ? `route ${routeKey}` : `stage ${stage?.name ?? ""}`} takes ${rate} requests a second, ${burst} at once`,
    `raise ThrottlingRateLimit and ThrottlingBurstLimit of the stage's ${own ? "RouteSettings" : "DefaultRouteSettings"}, or send fewer`,
    "6.24",
    "DOC",
  );
}

function causeBeforeTheRoute(answered: AnsweredSo): AnswerCause | undefined {
  const { api, method, path, status, log } = answered;
  if (log.localReason !== undefined) return cause("gateway-failed", log.localReason, null);
  if (status === 431)
    return cause(
      "headers-too-large",
      `the request line and the headers have more than ${MOST_HEADER_BYTES.toLocaleString("en-US")} bytes together`,
      "have the issuer put less into the token, and send fewer cookies",
      "6.22",
      "UNK",
    );
  if (status === 400)
    return cause(
      "bad-request",
      "HTTP itself forbids the request",
      "send one Host header, and a path that begins with /",
    );
  if (status !== 404) return undefined;
  return log.stage ? noRoute(api, method, log.routePath ?? path) : noStage(api, log);
}

function noStage({ stages, domains = [] }: HttpApiModel, { incoming }: RequestLog): AnswerCause {
  const host = incoming?.header("host")?.replace(/:\d+$/, "").toLowerCase();
  const domain = domains.find(({ name }) => name === host);
  if (domain)
    return cause(
      "no-stage",
      `no mapping of ${domain.name} takes this path; there ${isOrAre(domain.mappings.map(({ key }) => `/${key}`))}`,
      null,
      "6.9",
      "DOC",
    );
  return cause(
    "no-stage",
    `no stage takes this path; there ${isOrAre(stages.map(({ name }) => `/${name}`))}`,
    null,
    "6.1",
    "DOC",
  );
}

const isOrAre = (names: readonly string[]) => `${names.length === 1 ? "is" : "are"} ${names.join(", ")}`;

function noRoute({ routes }: HttpApiModel, method: string, routePath: string): AnswerCause {
  const near = nearestRoute(
    method,
    routePath,
    routes.map(({ key }) => key),
  );
  const nearest = near === undefined ? "" : `; nearest is ${near.key}: ${near.why}`;
  return cause("no-route", `no route takes it${nearest}`, null, "6.3", "DOC");
}
