import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { assemblyName, synthesiseEnvironments } from "../../lib/stack/synthesise-environments.ts";
import { PROJECT } from "../test-project.ts";

/** Environments as `cdk.json` holds them. */
export type Environments = Readonly<Record<string, object>>;

/** Synthesises one environment, as `npm run synth` does, into a folder below `directory`. @returns the assembly */
export function synthesise(directory: string, name: string, environments?: Environments): string {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, "environments.json");
  if (environments) writeFileSync(file, JSON.stringify(environments));
  synthesiseEnvironments({
    projectDirectory: PROJECT,
    context: environments ? { environments: file } : {},
    names: [name],
    outputDirectory: directory,
    clockMs: () => performance.now(),
  });
  return join(directory, assemblyName(name));
}

interface Template {
  readonly Resources: Record<string, { readonly Type: string; readonly Properties?: Record<string, unknown> }>;
}

/** The templates of an assembly, by file name. */
export const templatesOf = (assembly: string): Readonly<Record<string, Template>> =>
  Object.fromEntries(
    readdirSync(assembly)
      .filter((name) => name.endsWith(".template.json"))
      .map((name) => [name, JSON.parse(readFileSync(join(assembly, name), "utf8")) as Template]),
  );

/**
 * Leaves out, in the synthesised templates only, alarms of a metric formula: MiniStack refuses them by name.
 * @returns their logical ids, sorted
 */
export function leaveOutFormulaAlarms(assembly: string): readonly string[] {
  const left: string[] = [];
  for (const [name, template] of Object.entries(templatesOf(assembly))) {
    for (const [id, { Type, Properties }] of Object.entries(template.Resources))
      if (Type === "AWS::CloudWatch::Alarm" && Properties?.Metrics !== undefined) {
        left.push(id);
        delete template.Resources[id];
      }
    writeFileSync(join(assembly, name), JSON.stringify(template));
  }
  return left.toSorted();
}
