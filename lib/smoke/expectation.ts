import { printable } from "../findings/terminal-text.ts";
import type { Answered } from "../http/exchange.ts";

/** Who decides: API Gateway's JWT authorizer, or the mirror as a Lambda authorizer. Their refusals differ. */
export type AuthorizerMode = "native" | "lambda";

/** What an answer has to show. */
export type Wanted = "let-through" | "no-token" | "bad-token" | "no-scope";

/** An answer, held against what it had to show. */
export interface Judgement {
  readonly isRight: boolean;
  readonly expected: string;
  readonly got: string;
  /** Null where it is right. */
  readonly fix: string | null;
}

interface Refusal {
  readonly status: 401 | 403;
  /** `www-authenticate`: the pattern that it must have, or null where there must be none; undefined: not known. */
  readonly challenge: RegExp | null | undefined;
}

const MESSAGES: Readonly<Record<401 | 403, string>> = { 401: "Unauthorized", 403: "Forbidden" };
const NO_ROUTE = "Not Found";
/** Longer than any answer that API Gateway makes itself. */
const LONGEST_OWN_BODY = 100;

/** Whether a body is `{"message":"…"}` and nothing else: a proxy or an engine before the API may space it its own way. */
function hasMessage(body: string, message: string): boolean {
  if (body.length > LONGEST_OWN_BODY) return false;
  try {
    return JSON.stringify(JSON.parse(body)) === JSON.stringify({ message });
  } catch {
    return false;
  }
}

/**
 * The native authorizer answers 401 with a challenge to everything but a missing scope (2.3, OBS+; 1.8, OBS1; 2.1, DOC).
 * A Lambda authorizer is not called without a token, which is 401 (8.4, DOC); its no is 403 (8.6, OBS1); neither has a
 * challenge (8.5, OBS1).
 */
const REFUSALS: Readonly<Record<AuthorizerMode, Readonly<Record<Exclude<Wanted, "let-through">, Refusal>>>> = {
  native: {
    "no-token": { status: 401, challenge: /^Bearer\b/ },
    "bad-token": { status: 401, challenge: /^Bearer .*error="invalid_token"/ },
    "no-scope": { status: 403, challenge: undefined },
  },
  lambda: {
    "no-token": { status: 401, challenge: null },
    "bad-token": { status: 403, challenge: null },
    "no-scope": { status: 403, challenge: null },
  },
};

/** Holds an answer to a request of this method against what a deployed API of this mode must answer. */
export function judge(wanted: Wanted, mode: AuthorizerMode, answer: Answered, method: string): Judgement {
  const got = describe(answer);
  if (wanted === "let-through") {
    const fix = whyNotLetThrough(answer);
    return { isRight: fix === null, expected: "let through to the function", got, fix };
  }
  const refusal = REFUSALS[mode][wanted];
  const fix = whyNotRefused(refusal, mode, answer, method);
  return { isRight: fix === null, expected: expectedText(refusal), got, fix };
}

function expectedText({ status, challenge }: Refusal): string {
  if (challenge === undefined) return `${status} by API Gateway`;
  return `${status} by API Gateway ${challenge === null ? "without" : "with"} www-authenticate`;
}

/** Whether API Gateway's own answer refuses, whatever the function might say with the same status. */
export const isRefused = ({ status, body }: Answered): boolean =>
  status === 401 || (status === 403 && hasMessage(body, MESSAGES[403]));

/** Whether the stage or the route is not there (6.3, DOC and OBS1). */
export const isNoRoute = ({ status, body }: Answered): boolean => status === 404 && hasMessage(body, NO_ROUTE);

function whyNotLetThrough(answer: Answered): string | null {
  if (answer.status === 429) return "the stage is throttled: raise the environment's throttle, or ask when it is quiet";
  if (answer.status === 503) return "the function took too long (6.20): read its log";
  if (answer.status >= 500) return "the function or the authorizer failed (6.18, 8.7): read its log";
  if (isNoRoute(answer)) return "the API has no such route: deploy this environment, and see that no route was dropped";
  if (!isRefused(answer)) return null;
  if (/communication error/.test(challengeOf(answer) ?? ""))
    return "API Gateway could not fetch the issuer's documents within 1,500 ms (4.13): run 'npx gatehouse doctor'";
  return "run 'npx gatehouse explain -' with the token, and look for authorizerError in the access log";
}

function whyNotRefused(
  { status, challenge }: Refusal,
  mode: AuthorizerMode,
  answer: Answered,
  method: string,
): string | null {
  const seenChallenge = challengeOf(answer);
  if (isNoRoute(answer)) return "the API has no such route: deploy this environment, and see that no route was dropped";
  if (answer.status === 429 || answer.status >= 500)
    return "that is not an answer of the authorizer: read the access log at the same time";
  if (answer.status !== 401 && answer.status !== 403)
    return "the route lets it through: see that the authorizer is on the route, and that this is the API you mean";
  // An answer to HEAD has no body (RFC 9110 section 9.3.2).
  if (method !== "HEAD" && !hasMessage(answer.body, MESSAGES[answer.status]))
    return "the refusal is not API Gateway's own: the function answered, so the route has no authorizer";
  const isRight =
    answer.status === status &&
    (challenge === undefined ||
      (challenge === null ? seenChallenge === undefined : challenge.test(seenChallenge ?? "")));
  if (isRight) return null;
  const other = mode === "native" ? "lambda" : "native";
  return `the environment says "authorizer": "${mode}"; an API of "${other}" may answer so: deploy, or name its --env`;
}

function challengeOf({ headers }: Answered): string | undefined {
  const challenge = headers["www-authenticate"];
  return Array.isArray(challenge) ? challenge.join(", ") : challenge;
}

const LONGEST_TEXT = 160;
/** Anything that may be a token: a server could send back what it was sent. */
const TOKEN_LIKE = /[A-Za-z0-9_-]{12,}(\.[A-Za-z0-9_-]*){1,2}|[A-Za-z0-9_-]{32,}/g;

/** The status and, where there is one, what the challenge says: API Gateway's own word on the cause (2.1.3, OBS+). */
function describe(answer: Answered): string {
  const challenge = challengeOf(answer);
  if (challenge === undefined) return String(answer.status);
  const [, error, description] = /error="([^"]*)" error_description="([^"]*)"/.exec(challenge) ?? [];
  const text = error === undefined ? `www-authenticate: ${challenge}` : `${error}: ${description}`;
  return `${answer.status} ${printable(text.slice(0, 2_000).replace(TOKEN_LIKE, "***"), LONGEST_TEXT)}`;
}
