import { awsText, type LogText, ownText } from "./explanation.ts";
import { EXPLANATIONS, RULES } from "./rules.ts";

/** Texts that no rule of the JWT authorizer writes. */
const OTHER_TEXTS: readonly LogText[] = [
  awsText(["The Lambda function returned the following error: …"], "6.19", "OBS+", {
    cause: "the token was good; the function behind the route failed",
    remedy: "read the function's own log at the same request id",
  }),
  awsText(
    [
      "The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration. Check the permissions and try again.",
    ],
    "6.29",
    "OBS+",
    {
      cause: "no permission lets API Gateway call the route's function, which was not called; the token was good",
      remedy:
        "run 'npx gatehouse local --assembly cdk.out': it names the permission that does not fit; a $default route needs the source API/*/*, since API/*/*/* leaves it out",
    },
  ),
  awsText(
    [
      "The IAM role configured on the authorizer or API Gateway doesn't have permissions to call the authorizer. Check the permissions and try again",
      "The IAM role configured on the authorizer or API Gateway doesn't have permissions to call the authorizer. Check the permissions and try again.",
    ],
    "8.11",
    "DOC",
    {
      cause: "no permission lets API Gateway call the authorizer's function, which was not called",
      remedy: "add an AWS::Lambda::Permission for it whose source is API/authorizers/ID, or API/authorizers/*",
    },
  ),
  awsText(
    [
      "API Gateway doesn't have permissions to assume the IAM role configured on the integration. Check the permissions and try again.",
      "API Gateway doesn't have permissions to assume the IAM role configured on the authorizer. Check the permissions and try again.",
    ],
    "6.31",
    "OBS1",
    {
      cause: "the role that the integration names does not let API Gateway assume it",
      remedy: "let the principal apigateway.amazonaws.com assume the role (sts:AssumeRole) in its trust policy",
    },
  ),
  awsText(["The request for the IAM Authorizer doesn't match the format that API Gateway expects."], "6.25", "OBS1", {
    cause: "the route asks for AWS_IAM and the request is not signed with Signature Version 4",
    remedy: "give the route the JWT authorizer, or sign the request",
  }),
  ownText(["the route is not in ROUTE_SCOPES", "the route is not known to the authorizer"], undefined, {
    cause: "the Lambda authorizer was called for a route that its variable ROUTE_SCOPES does not list",
    remedy: "make the route in the environment and deploy",
  }),
];

/** Every text of a log that is known, in the order of the rules: one source for `explain --error` and the runbook. */
export const LOG_TEXTS: readonly LogText[] = [
  ...RULES.flatMap(({ name }) => EXPLANATIONS[name].logged()),
  ...OTHER_TEXTS,
];

/** What a text of a log means. */
export type LogErrorMeaning = Omit<LogText, "texts">;

/**
 * What a text of `$context.authorizer.error`, of `$context.integrationErrorMessage`, of a `www-authenticate` or of the
 * Lambda authorizer's log means, where it is known. The whole text has to be known, not a part of it.
 */
export function meaningOf(logged: string): LogErrorMeaning | undefined {
  const text = described(logged);
  const known = LOG_TEXTS.find(({ texts }) => texts.some((one) => matches(one, text)));
  if (!known) return undefined;
  const { texts: _, ...meaning } = known;
  return meaning;
}

/** The text without what stands around it: quotation marks, `error_description=`, the word before the colon. */
function described(logged: string): string {
  const [, quoted] = /\berror_description="([^"]*)"/.exec(logged) ?? [];
  const text = (quoted ?? logged).trim().replace(/^"(.*)"$/, "$1");
  return text.replace(/^(?:missing|invalid_token|insufficient_scope): /, "");
}

/** Whether a text is a known one, whose `…` stands for at least one character. */
function matches(known: string, text: string): boolean {
  const [start = "", end] = known.split("…");
  if (end === undefined) return text === known;
  return text.length > start.length + end.length && text.startsWith(start) && text.endsWith(end);
}
