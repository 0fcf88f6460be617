import { Aws, Duration, Token } from "aws-cdk-lib";
import type { Alarm } from "aws-cdk-lib/aws-cloudwatch";
import { Rule, Schedule } from "aws-cdk-lib/aws-events";
import { LambdaFunction } from "aws-cdk-lib/aws-events-targets";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { StringParameter } from "aws-cdk-lib/aws-ssm";
import { Construct } from "constructs";
import type { CaBundle } from "../config/ca-bundle.ts";
import { acknowledgeSchedule } from "./acknowledged.ts";
import { newAlarms } from "./alarm.ts";
import { checkIssuer } from "./deployable.ts";
import type { LogSettings } from "./function-log.ts";
import { type IssuerThresholds, planIssuerAlarms } from "./issuer-alarms.ts";
import { type IssuerMetrics, issuerMetricsOf } from "./issuer-metrics.ts";
import { NodeFunction } from "./node-function.ts";
import type { Network } from "./vpc-access.ts";

export interface IssuerWatchProps {
  /** Exactly as the authorizer has it. */
  readonly issuer: string;
  /** From 1 to 60. @default 5 */
  readonly everyMinutes?: number;
  /** The longest that the issuer's access tokens are good. @default 60, WSO2's default */
  readonly tokenLifetimeMinutes?: number;
  /** Where the issuer can be reached from: that of the mirror. @default - outside any VPC */
  readonly network?: Network | undefined;
  /** The authorities that the issuer's certificate needs, these only. @default - those that come with Node */
  readonly caBundle?: CaBundle | undefined;
  /** Told when an alarm rings and when it is over. @default - nobody; alarms are seen in CloudWatch only */
  readonly topics?: readonly ITopic[];
  /** @default - those of each threshold */
  readonly thresholds?: IssuerThresholds | undefined;
  /** Of the function. @default 30 days, removed with the stack */
  readonly logs?: LogSettings | undefined;
  /** Send traces to X-Ray. @default false */
  readonly tracing?: boolean | undefined;
  /** Deploy source maps with the code. @default false */
  readonly sourceMaps?: boolean | undefined;
  /** The folder with lambda/, package.json and the lock file. @default - the one that this construct is in */
  readonly projectDirectory?: string | undefined;
}

/** Two documents of 1,500 ms, two calls of a second to Systems Manager, and a start. */
const TIMEOUT = Duration.seconds(10);

/**
 * Looks at an issuer every few minutes as API Gateway would, and tells of it before callers do: too slow or not reached,
 * a certificate that ends, a key that was taken away while tokens of it live, a key that comes with WSO2 for everybody.
 *
 * The function has a role of its own: its log, one parameter that keeps the history of the keys, and no more. It has no
 * reserved concurrency: one run at a time is what the schedule starts, and a reservation takes from the whole account.
 *
 * @example
 * new IssuerWatch(this, "IssuerWatch", {
 *   issuer: "https://is.example.com/oauth2/token",
 *   topics: [Topic.fromTopicArn(this, "OnCall", onCallArn)],
 * });
 */
export class IssuerWatch extends Construct {
  readonly function: NodeFunction;
  readonly metrics: IssuerMetrics;
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: IssuerWatchProps) {
    super(scope, id);
    const { issuer, everyMinutes = 5, tokenLifetimeMinutes = 60, topics = [], thresholds = {} } = props;
    checkIssuer(this, issuer);
    assertUsable(everyMinutes, tokenLifetimeMinutes);
    const history = new StringParameter(this, "History", {
      description: "The issuer's keys and since when they are known; written by the issuer watch",
      stringValue: "{}",
    });
    this.function = new NodeFunction(this, "Function", {
      entry: "lambda/issuer-watch.ts",
      description: Token.isUnresolved(issuer) ? "Looks at the issuer" : `Looks at ${issuer}`.slice(0, 256),
      caller: "schedule",
      timeout: TIMEOUT,
      environment: {
        ISSUER: issuer,
        TOKEN_LIFETIME_MINUTES: String(tokenLifetimeMinutes),
        HISTORY_PARAMETER: history.parameterName,
        SSM_ENDPOINT: `https://ssm.${Aws.REGION}.${Aws.URL_SUFFIX}/`,
      },
      logs: props.logs,
      projectDirectory: props.projectDirectory,
      tracing: props.tracing,
      sourceMaps: props.sourceMaps,
      network: props.network,
      caBundle: props.caBundle,
    });
    this.function.function.addToRolePolicy(
      new PolicyStatement({
        actions: ["ssm:GetParameter", "ssm:PutParameter"],
        resources: [history.parameterArn],
      }),
    );
    const every = Duration.minutes(everyMinutes);
    // A rule and not EventBridge Scheduler: it needs no role, since the function lets this one rule call it.
    const rule = new Rule(this, "Schedule", {
      description: `Starts the issuer watch every ${everyMinutes} minutes`,
      schedule: Schedule.rate(every),
      // A run that could not be started is worth nothing later.
      targets: [new LambdaFunction(this.function.function, { retryAttempts: 0 })],
    });
    acknowledgeSchedule(rule);
    this.metrics = issuerMetricsOf(this.function.function.functionName, every);
    this.alarms = newAlarms(this, planIssuerAlarms(this.metrics, thresholds, every), topics);
  }
}

const isWhole = (value: number, most = Number.MAX_SAFE_INTEGER) =>
  Number.isInteger(value) && value >= 1 && value <= most;

function assertUsable(everyMinutes: number, tokenLifetimeMinutes: number) {
  if (!Token.isUnresolved(everyMinutes) && !isWhole(everyMinutes, 60))
    throw new Error(`everyMinutes must be a whole number from 1 to 60, got ${everyMinutes}`);
  if (!Token.isUnresolved(tokenLifetimeMinutes) && !isWhole(tokenLifetimeMinutes))
    throw new Error(`tokenLifetimeMinutes must be a whole number from 1 on, got ${tokenLifetimeMinutes}`);
}
