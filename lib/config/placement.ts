import { z } from "zod";
import { isZoneOf, regionOfArn } from "./regions.ts";

// Where an environment is: regions, network, domain. Much of AWS is of one region: a key or a certificate of another is
// refused by the deployment, halfway through it.

export function regionName() {
  return z.string().regex(/^[a-z]{2}(-[a-z]+)+-\d$/, "a region such as eu-central-1");
}

export function arn(service: string) {
  return z.string().regex(new RegExp(`^arn:aws[a-z-]*:${service}:[a-z0-9-]+:\\d{12}:.+$`), `the ARN of ${service}`);
}

/** An ARN, or one for each region. */
export function regional(service: string) {
  return z.union([arn(service), z.record(regionName(), arn(service))], {
    error: `the ARN of ${service}, or one for each region: {"eu-central-1": "arn:aws:${service}:eu-central-1:…"}`,
  });
}

type Regional = string | Readonly<Record<string, string>>;

/** The ARN for a region. */
export function arnIn(region: string | undefined, value: Regional): string {
  if (typeof value === "string") return value;
  const found = region === undefined ? undefined : value[region];
  if (found === undefined) throw new Error(`no ARN for the region ${region ?? "(none)"}`);
  return found;
}

export const ownDomain = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9.-]+\.[a-z]{2,}$/, "a host name such as api.example.com")
    .describe("Such as api.example.com"),
  certificateArn: regional("acm").describe("Of a certificate for the name, in the region of the API"),
  hostedZoneId: z
    .string()
    .regex(/^Z[A-Z0-9]+$/, "a hosted zone id such as Z0123456789ABC")
    .optional()
    .describe("Of Route 53: gets the record for the name. With several regions each gets one, by latency"),
  mappingKey: z
    .string()
    .regex(/^[A-Za-z0-9$_.+!*'()-]+(\/[A-Za-z0-9$_.+!*'()-]+)*$/, "a path without slashes at its ends")
    .optional()
    .describe("The API answers under this path of the name"),
  truststoreUri: z
    .string()
    .regex(/^s3:\/\/[^/]+\/.+$/, "s3://bucket/key of a PEM bundle")
    .optional()
    .describe("Turns mutual TLS on: the authorities whose certificates clients may show"),
  truststoreVersion: z.string().min(1).optional().describe("Of the object, so that a new bundle is noticed"),
  ownershipCertificateArn: regional("acm")
    .optional()
    .describe("With mutual TLS and a certificate that ACM did not issue: a public one for the name"),
});

export const ownNetwork = z
  .strictObject({
    vpcId: z
      .string()
      .regex(/^vpc-[0-9a-f]+$/, "a VPC id such as vpc-0123abcd")
      .describe("The network, which exists already"),
    availabilityZones: z.array(z.string()).min(1).describe("Of the subnets, in their order"),
    subnetIds: z
      .array(z.string().regex(/^subnet-[0-9a-f]+$/, "a subnet id such as subnet-0123abcd"))
      .min(1)
      .describe("Private ones that reach the issuer"),
    securityGroupIds: z
      .array(z.string().regex(/^sg-[0-9a-f]+$/, "a security group id such as sg-0123abcd"))
      .min(1)
      .describe("Ones that let the function ask the issuer"),
  })
  .refine(({ availabilityZones, subnetIds }) => availabilityZones.length === subnetIds.length, {
    error: "one zone for each subnet, in their order",
    path: ["availabilityZones"],
  });

interface Placed {
  readonly region?: string | undefined;
  readonly regions?: readonly string[] | undefined;
  readonly domain?: z.infer<typeof ownDomain> | undefined;
  readonly logKeyArn?: Regional | undefined;
  readonly alarms?: { readonly topicArn?: string | undefined } | undefined;
  readonly vpc?: z.infer<typeof ownNetwork> | undefined;
}

interface PlacementProblem {
  readonly message: string;
  readonly path: string[];
}

/**
 * The region of an environment that names none, where an ARN of it leaves no other: in another the deployment would be
 * refused halfway.
 */
export function regionByArn({ region, regions, ...placed }: Placed): string | undefined {
  if (region !== undefined || regions !== undefined) return region;
  for (const [, value] of arnsIn(placed)) if (typeof value === "string") return regionOfArn(value);
  return undefined;
}

/** What of an environment cannot be in its region, or in all of them. */
export function regionProblems(placed: Placed): PlacementProblem[] {
  const { region, regions, domain, vpc } = placed;
  const problems: PlacementProblem[] = [];
  if (region !== undefined && regions !== undefined)
    problems.push({ message: "give region or regions, not both", path: ["regions"] });
  if (regions && new Set(regions).size < regions.length)
    problems.push({ message: "a region is listed twice", path: ["regions"] });
  if (regions && regions.length > 1 && vpc)
    problems.push({ message: "a VPC is in one region: make an environment of each", path: ["vpc"] });
  for (const field of ["truststoreVersion", "ownershipCertificateArn"] as const)
    if (domain && domain[field] !== undefined && domain.truststoreUri === undefined)
      problems.push({ message: "goes with truststoreUri, which is missing", path: ["domain", field] });
  const where = regions ?? [regionByArn(placed)];
  for (const [path, value] of arnsIn(placed))
    for (const one of value === undefined ? [] : where) {
      const message = arnProblem(value ?? "", one);
      if (message !== undefined) problems.push({ message, path });
    }
  return [...problems, ...zoneProblems(placed, where)];
}

const arnsIn = ({ domain, logKeyArn, alarms }: Placed): readonly (readonly [string[], Regional | undefined])[] => [
  [["domain", "certificateArn"], domain?.certificateArn],
  [["domain", "ownershipCertificateArn"], domain?.ownershipCertificateArn],
  [["logKeyArn"], logKeyArn],
  [["alarms", "topicArn"], alarms?.topicArn],
];

function zoneProblems({ vpc }: Placed, [region, ...others]: readonly (string | undefined)[]): PlacementProblem[] {
  if (region === undefined || others.length > 0) return [];
  const elsewhere = vpc?.availabilityZones.filter((zone) => !isZoneOf(zone, region)) ?? [];
  const message = `zones of the region ${region}, such as ${region}a, not ${elsewhere.join(", ")}`;
  return elsewhere.length === 0 ? [] : [{ message, path: ["vpc", "availabilityZones"] }];
}

function arnProblem(value: Regional, region: string | undefined): string | undefined {
  const found = typeof value === "string" ? value : region === undefined ? undefined : value[region];
  if (found === undefined) return region === undefined ? "one ARN, since no region is given" : `one for ${region} too`;
  const own = regionOfArn(found);
  return region === undefined || own === region ? undefined : `one of the region ${region}, not of ${own}`;
}
