import { type Duration, Token } from "aws-cdk-lib";
import { MathExpression, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { ISSUER_DEADLINE_MS } from "../aws/limits.ts";
import type { AlarmPlan } from "./alarm.ts";
import type { IssuerMetrics } from "./issuer-metrics.ts";

/** Alarm thresholds. */
export interface IssuerThresholds {
  /** For either document; API Gateway gives up after 1500. Milliseconds. @default 1000 */
  readonly slowMs?: number | undefined;
  /** Days until the certificate ends. @default 21 */
  readonly certificateDays?: number | undefined;
}

// Where the watch is silent, nobody knows how the issuer is: its alarms then say "insufficient data", and one alarm says
// that the watch is silent.
const unknown = TreatMissingData.MISSING;

/**
 * Plans the alarms of the watch. A slowMs of what API Gateway waits would never ring: a slower answer is a failed look.
 * @throws Error naming a threshold that no alarm could use; CDK tokens are left as it is
 */
export function planIssuerAlarms(metrics: IssuerMetrics, thresholds: IssuerThresholds, period: Duration): AlarmPlan[] {
  const { slowMs = 1_000, certificateDays = 21 } = thresholds;
  if (!Token.isUnresolved(slowMs) && !(slowMs > 0 && slowMs < ISSUER_DEADLINE_MS))
    throw new Error(`the threshold slowMs must be above 0 and below ${ISSUER_DEADLINE_MS}, got ${slowMs}`);
  if (!Token.isUnresolved(certificateDays) && !(certificateDays > 0))
    throw new Error(`the threshold certificateDays must be above 0, got ${certificateDays}`);
  return [
    {
      id: "Slow",
      about: "The issuer is close to what API Gateway waits for it. Runbook: The issuer is slow or down.",
      metric: new MathExpression({
        expression: "IF(discovery > jwks, discovery, jwks)",
        usingMetrics: { discovery: metrics.discoveryMs, jwks: metrics.jwksMs },
        label: "the slower of the two documents, ms",
        period,
      }),
      threshold: slowMs,
      periods: [2, 3],
      whenMissing: unknown,
    },
    {
      id: "Unreachable",
      about: "The watch did not get the issuer's keys. Runbook: The issuer is slow or down.",
      metric: metrics.failures,
      threshold: 1,
      periods: [2, 3],
      whenMissing: unknown,
    },
    {
      id: "Certificate",
      about: "The issuer's certificate ends soon. Runbook: The issuer's certificate ends.",
      metric: metrics.certificateDaysLeft,
      threshold: certificateDays,
      isBelow: true,
      whenMissing: unknown,
    },
    {
      id: "KeyVanished",
      about: "The issuer took a key away while tokens of it may live. Runbook: Keys are changed.",
      metric: metrics.keysVanished,
      threshold: 1,
      whenMissing: unknown,
    },
    {
      id: "DefaultKey",
      about: "The issuer signs with a key that everybody has. Runbook: A key that comes with WSO2.",
      metric: metrics.defaultKeys,
      threshold: 1,
      whenMissing: unknown,
    },
    {
      id: "Silent",
      about: "The issuer watch does not run, or fails before it looks. Runbook: The watch is silent.",
      metric: metrics.looks,
      threshold: 0,
      isBelow: true,
      periods: [3, 3],
      whenMissing: TreatMissingData.BREACHING,
    },
  ];
}
