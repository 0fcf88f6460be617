import { type Duration, Token } from "aws-cdk-lib";
import { MathExpression, Stats, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { AlarmPlan } from "./alarm.ts";
import { type ApiMetrics, percentOfRequests } from "./api-metrics.ts";

/** Alarm thresholds. Counts and shares are over five minutes. */
export interface ApiThresholds {
  /** Of the requests, with status 5xx. @default 1 */
  readonly serverErrorPercent?: number | undefined;
  /** Of the requests, refused by the authorizer. @default 20 */
  readonly refusedPercent?: number | undefined;
  /** Shares are of at least so many requests, so that one at night is not a wave. @default 50 */
  readonly fewestRequests?: number | undefined;
  /** 99 of 100 requests are quicker. Milliseconds. @default 3000 */
  readonly latencyP99Ms?: number | undefined;
  /** Requests with status 429. @default 10 */
  readonly throttledRequests?: number | undefined;
  /** Requests refused, or in lambda mode fetches failed, because the issuer was not reached. @default 1 */
  readonly issuerFaults?: number | undefined;
  /** Of each function: invocations that failed or were throttled. @default 1 */
  readonly functionFailures?: number | undefined;
}

type Thresholds = Readonly<Record<keyof ApiThresholds, number>>;

const DEFAULTS: Thresholds = {
  serverErrorPercent: 1,
  refusedPercent: 20,
  fewestRequests: 50,
  latencyP99Ms: 3_000,
  throttledRequests: 10,
  issuerFaults: 1,
  functionFailures: 1,
};

/** All of them, checked. @throws Error naming a threshold that no alarm could use; CDK tokens are left as it is */
export function withDefaults(given: ApiThresholds): Thresholds {
  const all: Record<keyof ApiThresholds, number> = { ...DEFAULTS };
  for (const [name, value] of Object.entries(given) as [keyof ApiThresholds, number | undefined][]) {
    if (value === undefined) continue;
    all[name] = value;
    if (Token.isUnresolved(value)) continue;
    if (!(value > 0)) throw new Error(`the threshold ${name} must be above 0, got ${value}`);
    if (name.endsWith("Percent") && value > 100) throw new Error(`the threshold ${name} is a percentage, got ${value}`);
  }
  return all;
}

// An API that nobody calls reports nothing, and that is not a fault: what is missing is not breaching. That callers stay
// away altogether is for a check from outside to see.
const whenMissing = TreatMissingData.NOT_BREACHING;

export interface ApiToAlarm {
  readonly metrics: ApiMetrics;
  readonly functions: Readonly<Record<string, IFunction>>;
  readonly thresholds: Thresholds;
  /** The mirror answers 403 where the native authorizer answers 401 (8.6). */
  readonly isMirrored: boolean;
  readonly period: Duration;
}

export function planApiAlarms({ metrics, functions, thresholds, isMirrored, period }: ApiToAlarm): AlarmPlan[] {
  const { fewestRequests } = thresholds;
  const share = (parts: Parameters<typeof percentOfRequests>[0], label: string) =>
    percentOfRequests(parts, metrics.requests, fewestRequests, label);
  return [
    {
      id: "ServerErrors",
      about: "Callers get 5xx: the function fails or is too slow, or API Gateway may not call it. Runbook: By status.",
      metric: share([metrics.serverErrors], "5xx in % of requests"),
      threshold: thresholds.serverErrorPercent,
      periods: [2, 3],
      whenMissing,
    },
    {
      id: "Latency",
      about: "One caller in a hundred waits too long. Runbook: Latency.",
      metric: metrics.latency.p99,
      threshold: thresholds.latencyP99Ms,
      periods: [3, 3],
      whenMissing,
    },
    {
      // A share, not a band that CloudWatch learns: see docs/observability.md.
      id: "Refusals",
      about: "Many requests are refused by the authorizer. Runbook: A jump of refusals.",
      metric: share(
        isMirrored ? [metrics.unauthorized, metrics.forbidden] : [metrics.unauthorized],
        "refused in % of requests",
      ),
      threshold: thresholds.refusedPercent,
      periods: [2, 3],
      whenMissing,
    },
    {
      id: "IssuerFaults",
      about: "API Gateway, or the mirror, did not get the issuer's documents. Runbook: The issuer is slow or down.",
      metric: metrics.issuerFault,
      threshold: thresholds.issuerFaults,
      whenMissing,
    },
    {
      id: "Throttling",
      about: "Requests are throttled (429): the stage's limit or the account's. Runbook: By status.",
      metric: metrics.throttled,
      threshold: thresholds.throttledRequests,
      periods: [2, 3],
      whenMissing,
    },
    ...Object.entries(functions).map(([name, func]) => ({
      id: `${name}Failures`,
      about: `The function ${name} fails, or is not run for lack of concurrency. Runbook: A function fails.`,
      metric: failuresOf(name, func, period),
      threshold: thresholds.functionFailures,
      whenMissing,
    })),
  ];
}

/** Lambda counts an invocation that it did not start for lack of concurrency as a throttle and not as an error. */
function failuresOf(name: string, func: IFunction, period: Duration): MathExpression {
  return new MathExpression({
    expression: "errors + throttles",
    usingMetrics: {
      errors: func.metricErrors({ statistic: Stats.SUM, period }),
      throttles: func.metricThrottles({ statistic: Stats.SUM, period }),
    },
    label: `${name}: errors and throttles`,
    period,
  });
}
