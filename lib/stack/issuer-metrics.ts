import type { Duration } from "aws-cdk-lib";
import { Metric, Stats } from "aws-cdk-lib/aws-cloudwatch";

export type IssuerMetrics = ReturnType<typeof issuerMetricsOf>;

/**
 * What lambda/issuer-watch.ts writes, a test compares the names: the largest value of each period, but for the
 * certificate's days.
 */
export function issuerMetricsOf(functionName: string, period: Duration) {
  const metric = (metricName: string, label: string, statistic: string = Stats.MAXIMUM) =>
    new Metric({
      namespace: "Gatehouse/IssuerWatch",
      metricName,
      dimensionsMap: { service: functionName },
      statistic,
      period,
      label,
    });
  return {
    failures: metric("Failures", "failed looks"),
    /** How many looks were made, good or bad. */
    looks: metric("Failures", "looks", Stats.SAMPLE_COUNT),
    discoveryMs: metric("DiscoveryMs", "discovery, ms"),
    jwksMs: metric("JwksMs", "JWKS, ms"),
    jwksBytes: metric("JwksBytes", "JWKS, bytes"),
    keys: metric("Keys", "keys"),
    keysVanished: metric("KeysVanished", "keys that vanished"),
    defaultKeys: metric("DefaultKeys", "keys that come with WSO2"),
    certificateDaysLeft: metric("CertificateDaysLeft", "days of the certificate", Stats.MINIMUM),
  };
}
