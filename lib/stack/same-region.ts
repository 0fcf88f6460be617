import { Stack, Token } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { isZoneOf, regionOfArn } from "../config/regions.ts";

// What of another region a deployment refuses, halfway through it. What is known at the deployment only is left to it.

/** @param what such as "the certificate". @throws Error where it is not a certificate of ACM, or of another region */
export function mustBeCertificateHere(scope: Construct, what: string, arn: string): void {
  if (Token.isUnresolved(arn)) return;
  const { region } = Stack.of(scope);
  if (!/^arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate\/.+$/.test(arn))
    throw new Error(`${what} is the ARN of one in ACM, got ${JSON.stringify(arn)}`);
  if (!Token.isUnresolved(region) && regionOfArn(arn) !== region)
    throw new Error(`${what} has to be of the stack's region, ${region}, got one of ${regionOfArn(arn)}`);
}

/** @throws Error where a zone is of another region */
export function mustBeZonesHere(scope: Construct, zones: readonly string[]): void {
  const { region } = Stack.of(scope);
  if (Token.isUnresolved(zones) || Token.isUnresolved(region)) return;
  const elsewhere = zones.filter((zone) => !Token.isUnresolved(zone) && !isZoneOf(zone, region));
  if (elsewhere.length > 0)
    throw new Error(`the availability zones have to be of the stack's region, ${region}, got ${elsewhere.join(", ")}`);
}
