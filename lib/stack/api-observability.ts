import { Duration } from "aws-cdk-lib";
import type { IHttpStage } from "aws-cdk-lib/aws-apigatewayv2";
import type { Alarm, Dashboard } from "aws-cdk-lib/aws-cloudwatch";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { ILogGroup } from "aws-cdk-lib/aws-logs";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import { newAlarms } from "./alarm.ts";
import { type ApiThresholds, planApiAlarms, withDefaults } from "./api-alarms.ts";
import { newApiDashboard } from "./api-dashboard.ts";
import { type ApiMetrics, measureApi } from "./api-metrics.ts";
import type { IssuerWatch } from "./issuer-watch.ts";
import type { MirrorAuthorizer } from "./mirror-authorizer.ts";

/** A stage and its access log, as `ProtectedHttpApi` has them. */
export interface ObservedApi {
  readonly stage: IHttpStage;
  /** JSON lines with at least `status`, `authorizerError` and `integrationStatus`, all of them strings. */
  readonly accessLog: ILogGroup;
}

export interface ApiObservabilityProps {
  readonly api: ObservedApi;
  /** The functions behind the API, by a name for alarms and dashboard. @default - none is watched */
  readonly functions?: Readonly<Record<string, IFunction>>;
  /** The Lambda authorizer, whose own log says why it refuses. @default - API Gateway's JWT authorizer is on guard */
  readonly mirror?: MirrorAuthorizer | undefined;
  /** Its findings join the dashboard; its alarms are its own. @default - the issuer is seen by refusals only */
  readonly issuerWatch?: IssuerWatch | undefined;
  /** Told when an alarm rings and when it is over. @default - nobody; alarms are seen in CloudWatch only */
  readonly topics?: readonly ITopic[];
  /** @default - those of each threshold */
  readonly thresholds?: ApiThresholds | undefined;
  /** Unique in the account: dashboards are of no region. @default - CloudFormation makes one */
  readonly dashboardName?: string;
  /** Of the metrics that are read off the logs. @default "Gatehouse/" and the API's id */
  readonly namespace?: string;
}

/** How long counts are gathered before they are judged. */
const PERIOD = Duration.minutes(5);

/**
 * What happens at an API, for people: a dashboard, and alarms with defaults that fit an API of any size. Refusals are
 * counted by their cause, which API Gateway's own metrics do not tell.
 *
 * @example
 * new ApiObservability(this, "Observability", {
 *   api,
 *   functions: { Orders: orders },
 *   topics: [Topic.fromTopicArn(this, "OnCall", onCallArn)],
 *   thresholds: { latencyP99Ms: 1_000 },
 * });
 */
export class ApiObservability extends Construct {
  readonly dashboard: Dashboard;
  readonly alarms: readonly Alarm[];
  readonly metrics: ApiMetrics;

  constructor(scope: Construct, id: string, props: ApiObservabilityProps) {
    super(scope, id);
    const { api, mirror, issuerWatch, topics = [], thresholds = {}, dashboardName } = props;
    const functions = { ...props.functions, ...(mirror ? { Authorizer: mirror.function.function } : {}) };
    this.metrics = measureApi(this, {
      stage: api.stage,
      namespace: props.namespace ?? `Gatehouse/${api.stage.api.apiId}`,
      period: PERIOD,
      logs: { accessLog: api.accessLog, mirrorLog: mirror?.function.logGroup },
    });
    const shared = { metrics: this.metrics, functions, period: PERIOD };
    const plans = planApiAlarms({ ...shared, thresholds: withDefaults(thresholds), isMirrored: mirror !== undefined });
    this.alarms = newAlarms(this, plans, topics);
    this.dashboard = newApiDashboard(this, "Dashboard", {
      ...shared,
      dashboardName,
      issuerWatch,
      alarms: [...this.alarms, ...(issuerWatch?.alarms ?? [])],
    });
  }
}
