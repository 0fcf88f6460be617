import type { Duration } from "aws-cdk-lib";
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  Stats,
} from "aws-cdk-lib/aws-cloudwatch";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { ISSUER_DEADLINE_MS } from "../aws/limits.ts";
import type { ApiMetrics } from "./api-metrics.ts";
import type { IssuerWatch } from "./issuer-watch.ts";

export interface ApiDashboardProps {
  readonly dashboardName: string | undefined;
  readonly metrics: ApiMetrics;
  readonly functions: Readonly<Record<string, IFunction>>;
  readonly issuerWatch: IssuerWatch | undefined;
  readonly alarms: readonly Alarm[];
  readonly period: Duration;
}

/** CloudWatch's grid is 24 wide. */
const FULL = 24;
const HALF = 12;
const THIRD = 8;
const FROM_ZERO = { min: 0 };

/** One page, top to bottom in the order of the questions: is something wrong, who is refused and why, what is slow. */
export function newApiDashboard(scope: Construct, id: string, props: ApiDashboardProps): Dashboard {
  const { dashboardName, metrics, functions, issuerWatch, alarms, period } = props;
  const { latency, integrationLatency, causes, otherCauses, issuerFault } = metrics;
  return new Dashboard(scope, id, {
    ...(dashboardName === undefined ? {} : { dashboardName }),
    widgets: [
      [new AlarmStatusWidget({ title: "Alarms", width: FULL, height: 3, alarms: [...alarms] })],
      [
        graph("Requests", HALF, [metrics.requests, metrics.clientErrors, metrics.serverErrors]),
        graph("Latency, and the part of it behind API Gateway", HALF, [
          ...Object.values(latency),
          ...Object.values(integrationLatency),
        ]),
      ],
      [
        new GraphWidget({
          title: "Refused, by cause",
          width: FULL - THIRD,
          left: [...causes, ...(otherCauses ? [otherCauses] : []), issuerFault],
          leftYAxis: FROM_ZERO,
          stacked: true,
        }),
        graph("401, 403 and 429 of API Gateway itself", THIRD, [
          metrics.unauthorized,
          metrics.forbidden,
          metrics.throttled,
        ]),
      ],
      ...(issuerWatch ? [issuerRow(issuerWatch)] : []),
      ...Object.entries(functions).map(([name, func]) => functionRow(name, func, period)),
    ],
  });
}

function issuerRow({ metrics }: IssuerWatch): IWidget[] {
  return [
    new GraphWidget({
      title: "Issuer: time of its two documents",
      width: THIRD,
      left: [metrics.discoveryMs, metrics.jwksMs],
      leftYAxis: FROM_ZERO,
      leftAnnotations: [{ value: ISSUER_DEADLINE_MS, label: "API Gateway gives up" }],
    }),
    graph("Issuer: failed looks, keys that vanished or are WSO2's own", THIRD, [
      metrics.failures,
      metrics.keysVanished,
      metrics.defaultKeys,
    ]),
    new GraphWidget({
      title: "Issuer: keys, certificate, size of the JWKS",
      width: THIRD,
      left: [metrics.keys, metrics.certificateDaysLeft],
      leftYAxis: FROM_ZERO,
      right: [metrics.jwksBytes],
      rightYAxis: FROM_ZERO,
    }),
  ];
}

function functionRow(name: string, func: IFunction, period: Duration): IWidget[] {
  const sum = { statistic: Stats.SUM, period };
  return [
    graph(`${name}: invocations`, THIRD, [func.metricInvocations({ ...sum, label: "invocations" })]),
    graph(`${name}: errors and throttles`, THIRD, [
      func.metricErrors({ ...sum, label: "errors" }),
      func.metricThrottles({ ...sum, label: "throttles" }),
    ]),
    graph(`${name}: duration`, THIRD, [
      func.metricDuration({ statistic: Stats.percentile(50), period, label: "p50" }),
      func.metricDuration({ statistic: Stats.percentile(99), period, label: "p99" }),
    ]),
  ];
}

function graph(title: string, width: number, left: readonly IMetric[]): GraphWidget {
  return new GraphWidget({ title, width, left: [...left], leftYAxis: FROM_ZERO });
}
