import type { RequestAuthorizerModel } from "../../assembly/model.ts";
import type { Json } from "../../json/json.ts";
import { type AnswerCause, cause } from "../answer-cause.ts";

// Why a Lambda authorizer's answer stops a request, in words.

/** An answer that is used again. */
export interface KeptSince {
  /** When it was given. */
  readonly sinceMs: number;
  /** For which route. */
  readonly routeKey: string;
}

type Named = Pick<RequestAuthorizerModel, "name" | "cacheSeconds">;

/** A value that an identity source names is not in the request (8.4, DOC). @param missing as the template names them */
export const missingSource = ({ name }: Named, missing: readonly string[]): AnswerCause =>
  cause(
    "no-identity-source",
    `the request has no ${missing.join(" and no ")}, which the Lambda authorizer ${name} has as identity source, so its function was not called`,
    `send ${missing.map(placeOf).join(" and ")}`,
    "8.4",
    "DOC",
  );

function placeOf(source: string): string {
  const [, kind, name = source] = /^\$(request\.header|request\.querystring|stageVariables)\.(.+)$/.exec(source) ?? [];
  if (kind === "request.header") return `the header ${name}`;
  if (kind === "request.querystring") return `the query parameter ${name}`;
  return kind === "stageVariables" ? `nothing: the stage has no variable ${name}` : source;
}

/** `isAuthorized` is false (8.6, OBS1). */
export function simpleDenial({ name, cacheSeconds }: Named, kept: KeptSince | undefined, nowMs: number): AnswerCause {
  const said = `the Lambda authorizer ${name} answered isAuthorized: false`;
  return kept
    ? cause(
        "lambda-authorizer-denies",
        `${said}, ${ageOf(kept, nowMs)} ago on ${kept.routeKey}; the answer is kept for ${cacheSeconds} s and counts for all its routes`,
        "send other values of its identity sources, or wait until the answer is forgotten",
        "8.9",
        "DOC",
      )
    : cause("lambda-authorizer-denies", said, "read its log above", "8.6", "OBS1");
}

/** A policy that does not allow a request; one that was given for another route often does not (8.9, DOC). */
export function policyDenial(
  { name, cacheSeconds }: Named,
  { statements, arn }: { readonly statements: readonly Json[]; readonly arn: string },
  kept: KeptSince | undefined,
  nowMs: number,
): AnswerCause {
  const resources = statements.flatMap(({ Effect: effect, Resource: resource }) =>
    [resource].flat().map((one) => `${effect === "Allow" ? "allows" : "denies"} ${String(one)}`),
  );
  const shown = [...resources.slice(0, MOST_RESOURCES), ...(resources.length > MOST_RESOURCES ? ["…"] : [])].join(", ");
  if (kept)
    return cause(
      "kept-policy",
      `the policy that the Lambda authorizer ${name} answered ${ageOf(kept, nowMs)} ago on ${kept.routeKey} is kept for ${cacheSeconds} s, and does not cover ${arn}: it ${shown}`,
      "have its policy cover every route of the authorizer, or add $context.routeKey to the identity sources",
      "8.9",
      "DOC",
    );
  return cause(
    "lambda-authorizer-denies",
    `the policy of the Lambda authorizer ${name} does not allow execute-api:Invoke on ${arn}: it ${shown}`,
    "read its log above, and compare the ARN with the policy's Resource",
    "8.6",
    "OBS1",
  );
}

const MOST_RESOURCES = 3;

/** An answer that is not one (8.12). @param how what is wrong with its form; never its content */
export const malformedAnswer = ({ name }: Named, how: string): AnswerCause =>
  cause(
    "authorizer-answer",
    `the answer of the Lambda authorizer ${name} has a form that API Gateway does not take: ${how}`,
    "answer isAuthorized with true or false where EnableSimpleResponses is set, else a policyDocument with a Statement",
    "8.12",
    "OBS1",
  );

/** The function threw, took too long or had no environment. */
export const failedAuthorizer = ({ name }: Named, reason: string): AnswerCause =>
  cause("authorizer-failed", `the Lambda authorizer ${name} failed: ${reason}`, "read its log above", "8.7", "DOC");

/** No permission lets API Gateway call the function. */
export const forbiddenAuthorizer = ({ name }: Named, reason: string): AnswerCause =>
  cause(
    "authorizer-permission",
    `API Gateway may not call the function of the Lambda authorizer ${name}: ${reason}`,
    "add an AWS::Lambda::Permission for apigateway.amazonaws.com; where it is made elsewhere, --assume-permissions",
    "8.11",
    "DOC",
  );

/** A kept answer of payload 1.0 whose context holds a JSON text (8.13, OBS1). It is served here. */
export const keptContext = ({ name }: Named, members: readonly string[]): AnswerCause => ({
  ...cause(
    "kept-context",
    `the kept answer of the Lambda authorizer ${name} has JSON as text in its context (${members.join(", ")}): AWS once answered 500 to that`,
    "put plain texts, numbers and booleans into the context, or turn the cache off",
    "8.13",
    "OBS1",
  ),
  level: "warn",
});

const ageOf = ({ sinceMs }: KeptSince, nowMs: number) => `${((nowMs - sinceMs) / 1_000).toFixed(1)} s`;
