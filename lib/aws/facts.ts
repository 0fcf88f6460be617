import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { CONFIDENCES } from "./confidence.ts";

// What is known of API Gateway, as data: each rule, case and text cites a fact by its number. docs/conformance.md is
// written from it.

const factNumber = z.string().regex(/^([0-9]+(\.[0-9]+)*|C[1-9])$/);

const fact = z.strictObject({
  fact: factNumber,
  /** What API Gateway does, in our own words. */
  says: z.string().min(1),
  confidence: z.enum(CONFIDENCES),
  /** `DG:page` of API Gateway's developer guide, `owner/repo#number` of GitHub, or who saw it. */
  source: z.string().min(1),
  /** What this project does where API Gateway's way is not known. */
  choice: z.string().optional(),
  /** What one account would have to be asked. */
  probe: z.string().optional(),
});

const sections = z.array(z.strictObject({ number: z.string(), title: z.string(), facts: z.array(fact) }));

export type Fact = z.infer<typeof fact>;
export type FactSection = z.infer<typeof sections>[number];

/**
 * Reads the facts.
 * @param home where Gatehouse itself is: the folder with its package.json
 * @throws Error naming the member that does not fit
 */
export function readFacts(home: string): readonly FactSection[] {
  const file = join(home, "lib", "aws", "facts.json");
  const parsed = sections.safeParse(JSON.parse(readFileSync(file, "utf8")));
  if (!parsed.success) throw new Error(`facts.json: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** The facts that a case or a rule cites: `"1.8, 2.1.5"`. */
export const citedIn = (source: string): readonly string[] => source.split(", ");
