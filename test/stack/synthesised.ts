import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type App, Validations } from "aws-cdk-lib";
import { Annotations, Template } from "aws-cdk-lib/assertions";
import type { CloudAssembly } from "aws-cdk-lib/cx-api";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import { readProjectContext } from "../../lib/config/project.ts";
import type { NamedEnvironment } from "../../lib/config/read-environment.ts";
import { buildApp } from "../../lib/stack/build-app.ts";
import type { GatehouseStack } from "../../lib/stack/gatehouse-stack.ts";
import { PROJECT } from "../test-project.ts";

// One synthesis an environment for all tests of this project: it is what takes the time.

/** The context of the cdk.json that the tests read. */
export const projectContext = (): Readonly<Record<string, unknown>> => readProjectContext(PROJECT);

export interface Synthesised {
  readonly app: App;
  readonly environment: NamedEnvironment;
  /** The first region's. */
  readonly stack: GatehouseStack;
  readonly template: Template;
  /** One a region. */
  readonly stacks: readonly GatehouseStack[];
  readonly annotations: Annotations;
  readonly assembly: CloudAssembly;
  /** What CDK's own validation and both cdk-nag packs report. */
  readonly report: ValidationReport;
}

export interface ValidationReport {
  readonly pluginReports: readonly {
    readonly pluginName?: string;
    readonly conclusion: string;
    readonly violations: readonly {
      readonly ruleName: string;
      readonly severity?: string;
      readonly description: string;
    }[];
  }[];
}

const done = new Map<string, Synthesised>();

export function synthesised(name: string, context: Readonly<Record<string, unknown>> = {}): Synthesised {
  const key = JSON.stringify([name, context]);
  const before = done.get(key);
  if (before) return before;
  const outdir = mkdtempSync(join(tmpdir(), "gatehouse-synth-"));
  const built = buildApp({
    projectDirectory: PROJECT,
    app: { outdir, context: { ...projectContext(), ...context, env: name }, analyticsReporting: false },
  });
  const { app, environment } = built;
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  const [stack] = built.stacks;
  if (!stack) throw new Error("the app has no stack");
  const assembly = app.synth();
  const report = JSON.parse(readFileSync(join(outdir, "validation-report.json"), "utf8")) as ValidationReport;
  const result = {
    app,
    environment,
    stack,
    stacks: built.stacks,
    template: Template.fromStack(stack),
    annotations: Annotations.fromStack(stack),
    assembly,
    report,
  };
  done.set(key, result);
  return result;
}

/** The rules of cdk-nag that a stack acknowledges, and how often. */
export function acknowledgements(assembly: CloudAssembly, stack: GatehouseStack): Record<string, number> {
  const metadata = readFileSync(join(assembly.directory, `${stack.artifactId}.metadata.json`), "utf8");
  const counts: Record<string, number> = {};
  for (const entries of Object.values(JSON.parse(metadata) as Record<string, { type: string; data: unknown }[]>))
    for (const { type, data } of entries)
      if (type === "aws:cdk:acknowledged-rules") for (const id of idsOf(data)) counts[id] = (counts[id] ?? 0) + 1;
  return counts;
}

const idsOf = (data: unknown): string[] =>
  Array.isArray(data)
    ? data.flatMap(idsOf)
    : typeof data === "object" && data !== null
      ? "id" in data
        ? [String(data.id)]
        : Object.keys(data)
      : [];

/** An asset's hash changes with each line of a function; the rest of the template must not. */
export const withoutHashes = (template: object): unknown =>
  JSON.parse(JSON.stringify(template).replace(/[0-9a-f]{64}\.zip/g, "ASSET.zip"));

/** Types of resources, sorted, one a resource. */
export interface TemplateDifference {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  readonly changed: readonly string[];
}

/** What one template has that another has not, by the resources' logical ids. */
export function differenceOf(before: Template, after: Template): TemplateDifference {
  const [one, other] = [resourcesOf(before), resourcesOf(after)];
  const [ids, otherIds] = [Object.keys(one), Object.keys(other)];
  return {
    added: typesOf(
      other,
      otherIds.filter((id) => !(id in one)),
    ),
    removed: typesOf(
      one,
      ids.filter((id) => !(id in other)),
    ),
    changed: typesOf(
      one,
      ids.filter((id) => id in other && JSON.stringify(one[id]) !== JSON.stringify(other[id])),
    ),
  };
}

const typesOf = (resources: Resources, ids: readonly string[]) => ids.map((id) => resources[id]?.Type ?? "").toSorted();

type Resources = Readonly<Record<string, { readonly Type: string }>>;

const resourcesOf = (template: Template) =>
  (withoutHashes(template.toJSON()) as { readonly Resources: Resources }).Resources;
