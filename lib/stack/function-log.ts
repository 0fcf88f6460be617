import { RemovalPolicy } from "aws-cdk-lib";
import { Effect, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from "aws-cdk-lib/aws-iam";
import { Key } from "aws-cdk-lib/aws-kms";
import { LogGroup, type RetentionDays } from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";

/** How logs are kept. */
export interface LogSettings {
  /** Days. */
  readonly retentionDays: number;
  /** Whether a log group outlives its stack. */
  readonly retain: boolean;
  /** The KMS key that encrypts them. @default - CloudWatch's own */
  readonly keyArn?: string | undefined;
}

/** A log group of its own, so that retention, encryption and removal are the stack's and not the service's. */
export function newLogGroup(scope: Construct, id: string, { retentionDays, retain, keyArn }: LogSettings): LogGroup {
  return new LogGroup(scope, id, {
    // CDK's enumeration is the number of days; the environment's schema admits no other.
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
