import type { Duration } from "aws-cdk-lib";
import type { IHttpStage } from "aws-cdk-lib/aws-apigatewayv2";
import { type IMetric, MathExpression, type Metric, Stats, Unit } from "aws-cdk-lib/aws-cloudwatch";
import { type IFilterPattern, type ILogGroup, MetricFilter } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { ISSUER_FAULT, REFUSAL_CAUSES, UNANSWERED } from "./refusal-causes.ts";

/** The logs that say why requests are refused. */
export interface RefusalLogs {
  /** In the format of ProtectedHttpApi. */
  readonly accessLog: ILogGroup;
  /** The mirror's own, where it is the authorizer. */
  readonly mirrorLog: ILogGroup | undefined;
}

/** All that is measured of an API. Counts are sums over one period. */
export interface ApiMetrics {
  readonly requests: Metric;
  readonly clientErrors: Metric;
  readonly serverErrors: Metric;
  readonly latency: Readonly<Record<"p50" | "p99", Metric>>;
  readonly integrationLatency: Readonly<Record<"p50" | "p99", Metric>>;
  readonly unauthorized: Metric;
  readonly forbidden: Metric;
  readonly throttled: Metric;
  readonly issuerFault: Metric;
  /** Refusals by their cause. */
  readonly causes: readonly Metric[];
  /** 401s of a cause that has no metric of its own; undefined in lambda mode, where each rule has one. */
  readonly otherCauses: IMetric | undefined;
}

/**
 * Reads API Gateway's own metrics of a stage (`AWS/ApiGateway`, dimensions ApiId and Stage), and makes those that only
 * logs can tell: metric filters without a default value, so that one that never matches is not a metric and costs nothing.
 */
export function measureApi(
  scope: Construct,
  { stage, namespace, period, logs }: ApiToMeasure & { readonly period: Duration },
): ApiMetrics {
  const { accessLog, mirrorLog } = logs;
  const count = (logGroup: ILogGroup, metricName: string, filterPattern: IFilterPattern, label: string) =>
    new MetricFilter(scope, metricName, {
      logGroup,
      filterPattern,
      metricNamespace: namespace,
      metricName,
      unit: Unit.COUNT,
    }).metric({ statistic: Stats.SUM, period, label });
  const causeLog = mirrorLog ?? accessLog;
  const causes = REFUSAL_CAUSES.flatMap(({ metric, label, native, mirror }) => {
    const pattern = mirrorLog ? mirror : native;
    return pattern === undefined ? [] : [count(causeLog, metric, pattern, label)];
  });
  const { unauthorized, forbidden, throttled } = UNANSWERED;
  const unauthorizedMetric = count(accessLog, unauthorized.metric, unauthorized.pattern, "401");
  const issuerFault = count(
    causeLog,
    ISSUER_FAULT.metric,
    mirrorLog ? ISSUER_FAULT.mirror : ISSUER_FAULT.native,
    ISSUER_FAULT.label,
  );
  const sum = { statistic: Stats.SUM, period };
  const percentiles = (metric: "metricLatency" | "metricIntegrationLatency", label: string) => ({
    p50: stage[metric]({ statistic: Stats.percentile(50), period, label: `${label} p50` }),
    p99: stage[metric]({ statistic: Stats.percentile(99), period, label: `${label} p99` }),
  });
  return {
    requests: stage.metricCount({ ...sum, label: "requests" }),
    clientErrors: stage.metricClientError({ ...sum, label: "4xx" }),
    serverErrors: stage.metricServerError({ ...sum, label: "5xx" }),
    latency: percentiles("metricLatency", "latency"),
    integrationLatency: percentiles("metricIntegrationLatency", "integration"),
    unauthorized: unauthorizedMetric,
    forbidden: count(accessLog, forbidden.metric, forbidden.pattern, "403"),
    throttled: count(accessLog, throttled.metric, throttled.pattern, "429"),
    issuerFault,
    causes,
    otherCauses: mirrorLog ? undefined : remainder(unauthorizedMetric, [...causes, issuerFault], period),
  };
}

interface ApiToMeasure {
  readonly stage: IHttpStage;
  readonly namespace: string;
  readonly logs: RefusalLogs;
}

// CloudWatch's arithmetic takes a missing value for 0, and drops a value that is divided by 0 ("Using metric math", DOC).
// FILL is not used: in an alarm it would stand in for values that are merely late, as the same page says.

/** The 401s that no cause explains: texts that AWS writes and no source shows. A missing scope is a 403. */
function remainder(unauthorized: Metric, causes: readonly Metric[], period: Duration): IMetric {
  const known = causes.filter(({ metricName }) => metricName !== "Scope");
  const names = known.map((_, index) => `c${index}`);
  return new MathExpression({
    expression: `refused - (${names.join(" + ")})`,
    usingMetrics: { refused: unauthorized, ...Object.fromEntries(known.map((metric, index) => [`c${index}`, metric])) },
    label: "another cause",
    period,
  });
}

/**
 * The sum of `parts` as a percentage of the requests, as if there were at least `fewest` of them: one refusal among three requests at
 * night is not a wave, and a service that fails for everybody is seen at any hour.
 */
export function percentOfRequests(
  parts: readonly Metric[],
  requests: Metric,
  fewest: number,
  label: string,
): MathExpression {
  const names = parts.map((_, index) => `part${index}`);
  return new MathExpression({
    expression: `100 * (${names.join(" + ")}) / IF(requests < ${fewest}, ${fewest}, requests)`,
    usingMetrics: { requests, ...Object.fromEntries(parts.map((metric, index) => [`part${index}`, metric])) },
    label,
    ...(requests.period === undefined ? {} : { period: requests.period }),
  });
}
