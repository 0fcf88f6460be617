import { FilterPattern, type JsonPattern } from "aws-cdk-lib/aws-logs";

// Why requests are refused, as filter patterns over the two logs that say it: the access log of ProtectedHttpApi, and
// the mirror's own log where it is the authorizer. Texts of the access log are those of lib/rules/log-error.ts; a test
// holds the two together. No pattern takes a value of the log as a dimension: whoever sends the token would choose how
// many metrics there are.

/** One cause of refusals, and how each mode's log shows it. */
export interface RefusalCause {
  /** The metric's name, and the id of its filter. */
  readonly metric: string;
  /** For a dashboard. */
  readonly label: string;
  /** In the access log; undefined where no source shows AWS's text, and the refusal counts among the others. */
  readonly native: JsonPattern | undefined;
  /** In the mirror's log; undefined where API Gateway does not call it. */
  readonly mirror: JsonPattern | undefined;
}

const isText = (field: string, value: string) => FilterPattern.stringValue(`$.${field}`, "=", value);

/** No integration was called: API Gateway itself answered, by the authorizer or by the throttle. */
const unanswered = (status: string) => FilterPattern.all(isText("status", status), isText("integrationStatus", "-"));

const error = (...texts: readonly string[]) =>
  FilterPattern.any(...texts.map((text) => isText("authorizerError", `*${text}*`)));

const rule = (...rules: readonly string[]) =>
  FilterPattern.all(isText("message", "refused"), FilterPattern.any(...rules.map((one) => isText("rule", one))));

export const REFUSAL_CAUSES: readonly RefusalCause[] = [
  { metric: "NoToken", label: "no token", native: error("token not provided"), mirror: rule("identity-source") },
  {
    metric: "Malformed",
    label: "no signed JWT, or a damaged one",
    native: error(
      "invalid number of segments",
      "illegal base64 data",
      "invalid character",
      "unexpected end of JSON input",
    ),
    mirror: rule("segments", "header", "claims"),
  },
  {
    metric: "Algorithm",
    label: "algorithm",
    native: error("signing method"),
    mirror: rule("algorithm", "critical"),
  },
  {
    metric: "Signature",
    label: "signature",
    native: error("crypto/rsa: verification error"),
    mirror: rule("signature"),
  },
  {
    metric: "UnknownKey",
    label: "unknown key",
    native: undefined,
    mirror: FilterPattern.all(rule("key-id", "key"), FilterPattern.notExists("$.stage")),
  },
  { metric: "Expired", label: "expired", native: error("Token is expired"), mirror: rule("expiry") },
  {
    metric: "Clock",
    label: "from the future (clock)",
    native: error("Token used before issued", "Token is not valid yet"),
    mirror: rule("not-before", "issued-at"),
  },
  { metric: "Issuer", label: "another issuer", native: error("issuer does not match"), mirror: rule("issuer") },
  {
    metric: "Audience",
    label: "another audience",
    native: error("does not have a valid audience"),
    mirror: rule("audience"),
  },
  { metric: "Scope", label: "scope", native: unanswered("403"), mirror: rule("scope") },
];

/**
 * The issuer's fault, not the caller's. In native mode a good token was refused for it; the mirror's keys serve on for a
 * while after a fetch has failed.
 */
export const ISSUER_FAULT = {
  metric: "IssuerFault",
  label: "the issuer was not reached",
  native: error("communication error", "the issuer in"),
  mirror: FilterPattern.all(isText("message", "issuer"), isText("kind", "failed")),
} as const satisfies RefusalCause;

/** What API Gateway answers by itself, by status. */
export const UNANSWERED = {
  unauthorized: { metric: "Unauthorized", pattern: unanswered("401") },
  forbidden: { metric: "Forbidden", pattern: unanswered("403") },
  throttled: { metric: "Throttled", pattern: unanswered("429") },
} as const;
