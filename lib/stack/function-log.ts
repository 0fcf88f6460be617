import { RemovalPolicy, Token } from "aws-cdk-lib";
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { RETENTIONS_IN_DAYS } from "../config/forms.ts";

/** How logs are kept. */
export interface LogSettings {
  /** Days. */
  readonly retentionDays: number;
  /** Whether a log group outlives its stack. */
  readonly retain: boolean;
  /** The KMS key that encrypts them. @default - CloudWatch's own */
  readonly keyArn?: string | undefined;
}

/** How logs are kept by default. */
const DEFAULT: LogSettings = { retentionDays: 30, retain: false };

/**
 * A log group of its own, so that retention, encryption and removal are the stack's and not the service's.
 * @throws Error for a retention that CloudWatch does not know
 */
export function newLogGroup(scope: Construct, id: string, settings: LogSettings = DEFAULT): LogGroup {
  const { retentionDays, retain, keyArn } = settings;
  if (!Token.isUnresolved(retentionDays) && !RETENTIONS_IN_DAYS.includes(retentionDays))
    throw new Error(`logs are kept one of ${RETENTIONS_IN_DAYS.join(", ")} days, got ${retentionDays}`);
  return new LogGroup(scope, id, {
    // CDK's enumeration is the number of days.
    retention: retentionDays as RetentionDays,
    // A first deployment that fails takes its log groups back; otherwise each try would leave some behind.
    removalPolicy: retain ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY,
    ...(keyArn === undefined ? {} : { encryptionKey: Key.fromKeyArn(scope, `${id}Key`, keyArn) }),
  });
}

/** A function's role that may write its own log and nothing else: no managed policy, no wildcard. */
export function newLoggingRole(scope: Construct, id: string, logGroup: LogGroup): Role {
  return new Role(scope, id, {
    assumedBy: new ServicePrincipal("lambda.amazonaws.com"),
    inlinePolicies: {
      WriteOwnLog: new PolicyDocument({
        statements: [
          new PolicyStatement({
            effect: Effect.ALLOW,
            actions: ["logs:CreateLogStream", "logs:PutLogEvents"],
            resources: [logGroup.logGroupArn],
          }),
        ],
      }),
    },
  });
}
