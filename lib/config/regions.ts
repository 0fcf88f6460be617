// What a name of AWS tells of the region that it is in.

/** The region of an ARN; undefined where it has none, or is no ARN. */
export function regionOfArn(arn: string): string | undefined {
  const [scheme, , , region] = arn.split(":");
  return scheme !== "arn" || region === "" ? undefined : region;
}

/** Whether an availability zone is of a region: `eu-central-1a`, or a local one such as `us-west-2-lax-1a`. */
export function isZoneOf(zone: string, region: string): boolean {
  return zone.startsWith(region) && /^([a-z]|-.+)$/.test(zone.slice(region.length));
}
