import { authorizerErrorOf, bodyOf, challengeOf } from "./challenge.ts";
import type { Decision, Denied } from "./decision.ts";
import { traceOf } from "./trace.ts";

/** `unknown`: the keys could not be fetched from here and no other rule refuses, so API Gateway may answer either way. */
export type VerdictWord = "allow" | "deny" | "unknown";

/** What is known here of API Gateway's decision. */
export function verdictOf(decision: Decision): VerdictWord {
  if (decision.allowed) return "allow";
  const othersFail = traceOf(decision).some(({ rule, outcome }) => outcome === "fail" && rule !== "key");
  return decision.keyAnswer?.kind === "unavailable" && !othersFail ? "unknown" : "deny";
}

/** What a client of the deployed API gets for a refusal, and what its access log shows. */
export interface RefusalAnswer {
  readonly status: 401 | 403;
  readonly headers: { readonly "www-authenticate"?: string };
  readonly body: string;
  /** `$context.authorizer.error`. */
  readonly accessLogError: string;
}

/**
 * The answer of API Gateway to a refused token.
 * @param by the native JWT authorizer, or this project's own Lambda authorizer: its no is 403 without a challenge (8.5, 8.6),
 * and without a token it is not called and nothing is logged (8.4)
 */
export function refusalAnswerOf(decision: Denied, by: "native" | "lambda"): RefusalAnswer {
  if (by === "lambda") return lambdaRefusalOf(decision);
  const challenge = challengeOf(decision);
  return {
    status: decision.status,
    headers: challenge === undefined ? {} : { "www-authenticate": challenge },
    body: bodyOf(decision),
    accessLogError: authorizerErrorOf(decision),
  };
}

function lambdaRefusalOf(decision: Denied): RefusalAnswer {
  const isMissing = decision.error === "missing";
  return {
    status: isMissing ? 401 : 403,
    headers: {},
    body: isMissing ? '{"message":"Unauthorized"}' : '{"message":"Forbidden"}',
    accessLogError: isMissing ? "-" : authorizerErrorOf(decision),
  };
}
