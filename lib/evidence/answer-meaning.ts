import type { Confidence } from "../aws/confidence.ts";
import { type Finding, finding } from "../findings/finding.ts";
import { meaningOf } from "../rules/log-error.ts";
import { errorInChallenge } from "./challenge-text.ts";
import type { SeenAnswer, SeenRequest } from "./evidence.ts";

/** The causes of an answer, for a program. */
export type AnswerCode =
  | "authorizer-failed"
  | "body-too-large"
  | "function-failed"
  | "guarded-preflight"
  | "headers-too-large"
  | "iam"
  | "integration-timeout"
  | "lambda-authorizer-denies"
  | "logged"
  | "no-concurrency"
  | "no-identity-source"
  | "no-permission"
  | "no-preflight"
  | "no-route"
  | "no-token"
  | "scope"
  | "throttled"
  | "token-refused";

/** What an answer of a deployed API means. */
export interface AnswerMeaning {
  readonly status: number | undefined;
  /** Who refused, in a sentence. */
  readonly what: string;
  readonly isRefusal: boolean;
  /** The likeliest first; more than one where the text does not tell them apart. */
  readonly causes: readonly Finding[];
  /** What would tell them apart. */
  readonly next: string | undefined;
}

const cause = (
  code: AnswerCode,
  what: string,
  fix: string,
  confidence: Confidence,
  fact: string | null = null,
): Finding<AnswerCode> => finding(code, "fail", what, { fix, confidence, fact });

const NO_ROUTE = cause(
  "no-route",
  "no route or stage takes the request; this is decided before anybody looks at a token, and there is no 405",
  "compare method and path with the routes: a slash at the end counts (6.5), as do a stage or a domain's mapping key in the path; 'npx gatehouse smoke' finds routes that were dropped",
  "DOC",
  "6.3",
);
const NO_PREFLIGHT = cause(
  "no-preflight",
  "a browser's preflight: the API has no CORS of its own and no route takes OPTIONS",
  "give the environment 'cors', or the API a CorsConfiguration",
  "OBS1",
  "C6",
);
const GUARDED_PREFLIGHT = cause(
  "guarded-preflight",
  "a browser's preflight, which carries no token, was taken by an ANY or $default route with an authorizer",
  "add a route 'OPTIONS /{proxy+}' without an authorizer, or list the methods instead of ANY",
  "DOC",
  "C4",
);
const NO_SOURCE = cause(
  "no-identity-source",
  "a value that the Lambda authorizer's identity sources name is missing, so its function was not called",
  "send each header and query parameter that the identity sources name; a context variable such as $context.routeKey is always there",
  "DOC",
  "8.4",
);
const SCOPE = cause(
  "scope",
  "the token is good and holds none of the route's scopes: the only refusal of a JWT authorizer with 403",
  "ask the token endpoint for a scope of the route, and allow the application to have it",
  "OBS+",
  "2.3",
);
const LAMBDA_DENY = cause(
  "lambda-authorizer-denies",
  "a Lambda authorizer said no; or it said yes for another route, and the policy that is kept for the token does not cover this one",
  "read the authorizer's own log at the same request id; where answers are kept (8.9), have its policy cover every route, or add $context.routeKey to the identity sources",
  "OBS1",
  "8.6",
);
const IAM = cause(
  "iam",
  "the route asks for AWS_IAM, and the request is not signed or its signer may not call the route",
  "sign with Signature Version 4, or give the route the JWT authorizer",
  "OBS1",
  "6.25",
);
const THROTTLED = cause(
  "throttled",
  "more requests than the throttle of the stage, of the route or of the account takes",
  "look at 'throttle' of the environment and at who calls; the account's limit is 10,000 requests a second in a region (section 7)",
  "DOC",
  "6.24",
);
const NO_CONCURRENCY = cause(
  "no-concurrency",
  "Lambda throttled the function: no concurrency was left for it",
  "look at the function's reserved concurrency and at the account's",
  "INF",
);
const TOO_LARGE = cause(
  "body-too-large",
  "the body has more than 10 MB",
  "send it in parts, or by a presigned URL of S3",
  "UNK",
  "6.21",
);
const HEADERS = cause(
  "headers-too-large",
  "the request line and the headers have more than 10,240 bytes together; a token with many claims does that",
  "have the issuer put less into the token, and send fewer cookies",
  "UNK",
  "6.22",
);
const BAD_ANSWER = cause(
  "function-failed",
  "the function failed, or answered in a form that API Gateway does not take",
  "read the function's log at the same request id; an answer has a statusCode, and a body that is a text",
  "DOC",
  "6.18",
);
const NO_PERMISSION = cause(
  "no-permission",
  "API Gateway may not call the function: its resource policy has no permission for this route",
  "have the template allow apigateway.amazonaws.com to invoke it, for the route's ARN",
  "DOC",
  "6.18",
);
const AUTHORIZER_FAULT = cause(
  "authorizer-failed",
  "a Lambda authorizer failed, took longer than 10 seconds, may not be called, or answered in a bad form",
  "read the authorizer's log at the same request id",
  "DOC",
  "8.7",
);
const TIMEOUT = cause(
  "integration-timeout",
  "the integration took longer than its timeout, at most 30 seconds",
  "read the function's log and duration; a longer job needs another way of answering",
  "OBS+",
  "6.20",
);
const TOKEN_REFUSED = cause(
  "token-refused",
  "a JWT authorizer refused the token: it says 401 for everything but scopes, also where it could not reach the issuer",
  "give the token: npx gatehouse explain - reads it from standard input and says which rule refuses",
  "OBS+",
  "2.3",
);
const NO_TOKEN = cause(
  "no-token",
  "the request carries no token where the authorizer looks for one",
  "send 'Authorization: Bearer TOKEN', or what the identity source of the authorizer names",
  "OBS+",
  "1.9",
);

/** What the statuses mean that API Gateway itself answers with. */
const BY_STATUS: ReadonlyMap<number, readonly Finding<AnswerCode>[]> = new Map([
  [401, [TOKEN_REFUSED, NO_TOKEN, NO_SOURCE]],
  [403, [SCOPE, LAMBDA_DENY, IAM]],
  [404, [NO_ROUTE]],
  [413, [TOO_LARGE]],
  [429, [THROTTLED, NO_CONCURRENCY]],
  [431, [HEADERS]],
  [500, [BAD_ANSWER, NO_PERMISSION, AUTHORIZER_FAULT]],
  [503, [TIMEOUT]],
]);

/** The bodies of API Gateway's own answers (2.1.5). */
const BY_MESSAGE: ReadonlyMap<string, number> = new Map([
  ["Unauthorized", 401],
  ["Forbidden", 403],
  ["Not Found", 404],
  ["Request Entity Too Large", 413],
  ["Too Many Requests", 429],
  ["Request Header Fields Too Large", 431],
  ["Internal Server Error", 500],
  ["Service Unavailable", 503],
]);

const LOG_FIELDS =
  "the access log tells them apart: $context.authorizer.error, $context.integrationErrorMessage and $context.error.message at the same request id";

/** What an answer means, as far as what is seen of it says. */
export function meaningOfAnswer(answer: SeenAnswer, request: Pick<SeenRequest, "method"> | undefined): AnswerMeaning {
  const status = answer.status ?? BY_MESSAGE.get(answer.message ?? "");
  const text = answer.authorizerError ?? errorInChallenge(answer.challenge ?? "");
  if (text !== undefined && text !== null) return byText(status, "the authorizer refused the request", text);
  if (typeof answer.integrationError === "string")
    return byText(
      status,
      "the authorizer let the request through, and the integration failed",
      answer.integrationError,
    );
  if (answer.challenge?.trim() === "Bearer") return refused(status, [NO_TOKEN]);
  if (status === undefined)
    return {
      status,
      what: `API Gateway has no such answer: ${JSON.stringify(answer.message ?? "")}`,
      isRefusal: true,
      causes: [],
      next: LOG_FIELDS,
    };
  if (status < 400)
    return { status, what: "the request was not refused", isRefusal: false, causes: [], next: undefined };
  if (isOfIntegration(status, answer))
    return {
      status,
      what: "the authorizer let the request through, and the integration itself answered so",
      isRefusal: false,
      causes: [],
      next: "read the integration's own log at the same request id",
    };
  return refused(status, causesOf(status, answer, request?.method === "OPTIONS"));
}

/** The body is the integration's own, or the log says that it answered and that the gateway did not. */
function isOfIntegration(status: number, { message, integrationStatus, gatewayMessage }: SeenAnswer): boolean {
  if (gatewayMessage === null && typeof integrationStatus === "number") return true;
  return message !== undefined && BY_MESSAGE.get(message) !== status;
}

function causesOf(status: number, answer: SeenAnswer, isPreflight: boolean): readonly Finding<AnswerCode>[] {
  const { authorizerError, integrationStatus } = answer;
  if (isPreflight && status === 404) return [NO_PREFLIGHT, NO_ROUTE];
  if (isPreflight && (status === 401 || status === 403)) return [GUARDED_PREFLIGHT];
  // A JWT authorizer always writes a text: none is a Lambda authorizer that was not asked (8.4).
  if (status === 401 && authorizerError === null) return [NO_SOURCE];
  if (status === 429 && typeof integrationStatus === "number") return [NO_CONCURRENCY];
  return BY_STATUS.get(status) ?? [];
}

const refused = (status: number | undefined, causes: readonly Finding<AnswerCode>[]): AnswerMeaning => ({
  status,
  what: "API Gateway itself answered, and no integration was called or its answer could not be used",
  isRefusal: true,
  causes,
  next: causes.length === 1 ? undefined : LOG_FIELDS,
});

function byText(status: number | undefined, what: string, text: string): AnswerMeaning {
  const meaning = meaningOf(text);
  if (!meaning)
    return {
      status,
      what: `${what}, with a text that is not known: ${JSON.stringify(text.slice(0, 200))}`,
      isRefusal: true,
      causes: [],
      next: "give the token: npx gatehouse explain -",
    };
  const logged = cause("logged", meaning.cause, meaning.remedy, meaning.confidence, meaning.fact);
  const own = meaning.words === "AWS" ? "" : ", in words of Gatehouse's own: what AWS writes there is not known (UNK)";
  return { status, what: `${what}${own}`, isRefusal: true, causes: [logged], next: undefined };
}
