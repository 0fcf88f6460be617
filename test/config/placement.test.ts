import { describe, expect, test } from "vitest";
import { arnIn } from "../../lib/config/placement.ts";
import { readEnvironment } from "../../lib/config/read-environment.ts";
import { Mistake } from "../../lib/findings/mistake.ts";

const certificate = (region: string) => `arn:aws:acm:${region}:123456789012:certificate/0a1b2c3d`;
const key = (region: string) => `arn:aws:kms:${region}:123456789012:key/0a1b2c3d`;

const BASE = {
  issuer: "https://is.example.com/oauth2/token",
  audience: ["client"],
  routes: [{ method: "GET", path: "/me" }],
};
const NAME = { name: "api.example.com", certificateArn: certificate("eu-central-1") };

const network = (...availabilityZones: readonly string[]) => ({
  vpcId: "vpc-0123abcd",
  availabilityZones,
  subnetIds: availabilityZones.map((_, index) => `subnet-${index}`),
  securityGroupIds: ["sg-0123abcd"],
});

function wantedFor(patch: object): string | undefined {
  try {
    readEnvironment({ environments: { dev: { ...BASE, ...patch } } });
  } catch (error) {
    if (error instanceof Mistake) return error.say.expected;
  }
  return undefined;
}

const regionOf = (patch: object) => readEnvironment({ environments: { dev: { ...BASE, ...patch } } }).region;

describe("where an environment is", () => {
  test.for<[object, string]>([
    [{ region: "eu-central-1", regions: ["us-east-1"] }, "regions: give region or regions, not both"],
    [{ regions: ["us-east-1", "us-east-1"] }, "a region is listed twice"],
    [{ region: "us-east-1", domain: NAME }, "domain.certificateArn: one of the region us-east-1, not of eu-central-1"],
    [{ regions: ["eu-central-1", "us-east-1"], domain: NAME }, "one of the region us-east-1, not of eu-central-1"],
    [
      {
        regions: ["eu-central-1", "us-east-1"],
        domain: { ...NAME, certificateArn: { "eu-central-1": certificate("eu-central-1") } },
      },
      "one for us-east-1 too",
    ],
    [{ domain: { ...NAME, certificateArn: { "eu-central-1": certificate("eu-central-1") } } }, "no region is given"],
    [{ region: "us-east-1", logKeyArn: key("eu-central-1") }, "logKeyArn: one of the region us-east-1"],
    [
      { region: "us-east-1", alarms: { topicArn: "arn:aws:sns:eu-central-1:123456789012:pager" } },
      "alarms.topicArn: one of the region us-east-1",
    ],
    [{ domain: NAME, logKeyArn: key("us-east-1") }, "logKeyArn: one of the region eu-central-1, not of us-east-1"],
    [
      { region: "us-east-1", authorizer: "lambda", vpc: network("us-east-1a", "eu-central-1b") },
      "vpc.availabilityZones: zones of the region us-east-1, such as us-east-1a, not eu-central-1b",
    ],
    [{ domain: NAME, authorizer: "lambda", vpc: network("us-east-1a") }, "zones of the region eu-central-1"],
    [
      { authorizer: "lambda", vpc: { ...network("us-east-1a"), subnetIds: ["subnet-0a", "subnet-0b"] } },
      "vpc.availabilityZones: one zone for each subnet, in their order",
    ],
    [{ region: "us-east-1", authorizer: "lambda", vpc: network("us-east-12a") }, "zones of the region us-east-1"],
    [{ domain: { ...NAME, certificateArn: "arn:aws:iam::123456789012:role/x" } }, "the ARN of acm"],
    [{ domain: { ...NAME, name: "https://api.example.com" } }, "a host name such as"],
    [{ domain: { ...NAME, hostedZoneId: "example.com" } }, "a hosted zone id such as"],
    [{ domain: { ...NAME, mappingKey: "/v1" } }, "a path without slashes at its ends"],
    [{ domain: { ...NAME, truststoreUri: "https://bucket/key" } }, "s3://bucket/key"],
    [{ domain: { ...NAME, truststoreVersion: "1" } }, "domain.truststoreVersion: goes with truststoreUri"],
    [{ domain: { ...NAME, ownershipCertificateArn: certificate("eu-central-1") } }, "goes with truststoreUri"],
  ])("refuses %j: %s", ([patch, wanted]) => expect(wantedFor(patch)).toContain(wanted));

  test.for<[string, object]>([
    ["a domain in its region", { region: "eu-central-1", domain: NAME }],
    ["a domain without a region", { domain: NAME }],
    [
      "zones of the region, a local one too",
      { region: "us-west-2", authorizer: "lambda", vpc: network("us-west-2a", "us-west-2-lax-1a") },
    ],
    ["zones of any region where none is given", { authorizer: "lambda", vpc: network("us-west-2a") }],
    [
      "a certificate for each region",
      {
        regions: ["eu-central-1", "us-east-1"],
        domain: {
          ...NAME,
          certificateArn: Object.fromEntries(["eu-central-1", "us-east-1"].map((one) => [one, certificate(one)])),
        },
      },
    ],
    ["mutual TLS", { domain: { ...NAME, truststoreUri: "s3://bucket/ca.pem", truststoreVersion: "1" } }],
  ])("takes %s", ([, patch]) => expect(wantedFor(patch)).toBeUndefined());

  test("is the region of its ARNs where it names none: they leave no other", () => {
    expect(regionOf({ domain: NAME })).toBe("eu-central-1");
    expect(regionOf({ alarms: { topicArn: "arn:aws:sns:us-east-1:123456789012:pager" } })).toBe("us-east-1");
    expect(regionOf({ logKeyArn: key("us-west-2"), regions: ["us-west-2"] })).toBeUndefined();
    expect(regionOf({})).toBeUndefined();
  });

  test("the ARN for a region is the one there is, or that region's", () => {
    expect(arnIn(undefined, key("eu-central-1"))).toBe(key("eu-central-1"));
    expect(arnIn("us-east-1", { "us-east-1": key("us-east-1") })).toBe(key("us-east-1"));
    expect(() => arnIn("eu-west-1", { "us-east-1": key("us-east-1") })).toThrow("no ARN for the region eu-west-1");
  });
});
