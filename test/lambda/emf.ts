import { z } from "zod";

// CloudWatch's embedded metric format, as its specification has it (Amazon CloudWatch user guide, "Specification: Embedded
// metric format", DOC): the members that must be there, their forms, and that each name that is announced is in the root.

const UNITS = ["Milliseconds", "Count", "Bytes", "Percent", "Seconds", "None"] as const;

const directive = z.strictObject({
  Namespace: z.string().min(1).max(1_024),
  Dimensions: z.array(z.array(z.string().min(1)).max(30)).min(1),
  Metrics: z
    .array(
      z.strictObject({
        Name: z.string().min(1).max(1_024),
        Unit: z.enum(UNITS).optional(),
        StorageResolution: z.union([z.literal(1), z.literal(60)]).optional(),
      }),
    )
    .max(100),
});

const root = z.looseObject({
  _aws: z.strictObject({ Timestamp: z.int().positive(), CloudWatchMetrics: z.array(directive).min(1) }),
});

export interface EmfMetrics {
  readonly namespace: string;
  readonly dimensions: Readonly<Record<string, string>>;
  readonly values: Readonly<Record<string, number>>;
  readonly units: Readonly<Record<string, string | undefined>>;
  /** All of the line. */
  readonly line: Readonly<Record<string, unknown>>;
}

/** Reads a line with one directive and one set of dimensions. @throws where the specification is not kept */
export function readEmf(text: string): EmfMetrics {
  if (text !== text.trim()) throw new Error("there is something around the JSON object");
  const line = root.parse(JSON.parse(text));
  const [only, ...others] = line._aws.CloudWatchMetrics;
  if (only === undefined) throw new Error("no directive");
  const { Namespace: namespace, Dimensions: sets, Metrics: metrics } = only;
  const [names = []] = sets;
  if (others.length > 0) throw new Error("more than one directive");
  const dimensions = names.map((name) => [name, z.string().min(1).max(1_024).parse(line[name])] as const);
  const values = metrics.map(({ Name: name }) => [name, z.number().parse(line[name])] as const);
  return {
    namespace,
    dimensions: Object.fromEntries(dimensions),
    values: Object.fromEntries(values),
    units: Object.fromEntries(metrics.map(({ Name: name, Unit: unit }) => [name, unit])),
    line,
  };
}
