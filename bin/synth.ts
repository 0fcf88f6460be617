import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Mistake } from "../lib/mistake.ts";
import { type SynthesisedStack, synthesiseEnvironments } from "../lib/stack/synthesise-environments.ts";

// npm run synth [-- NAME…] [-c name=value]: every environment, each into cdk.out.NAME, and what came of it. A warning is
// exit code 1: this is the proof before a deploy. 'cdk synth' stays the CDK's own.

const projectDirectory = dirname(dirname(fileURLToPath(import.meta.url)));

function run(argv: readonly string[]): number {
  const { positionals, values } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: { context: { type: "string", short: "c", multiple: true, default: [] } },
  });
  const context = Object.fromEntries(
    values.context.map((one) => {
      const [name = "", ...value] = one.split("=");
      return [name, value.join("=")];
    }),
  );
  const stacks = synthesiseEnvironments({
    projectDirectory,
    context,
    ...(positionals.length === 0 ? {} : { names: positionals }),
    outputOf: (name) => join(projectDirectory, `cdk.out.${name}`),
    clockMs: () => performance.now(),
  });
  process.stdout.write(`${tableOf(stacks).join("\n")}\n`);
  const complaints = stacks.flatMap((one) => one.complaints);
  for (const complaint of complaints) process.stderr.write(`${complaint}\n`);
  return complaints.length === 0 ? 0 : 1;
}

function tableOf(stacks: readonly SynthesisedStack[]): readonly string[] {
  const rows = stacks.map(({ environment, stack, region, resources, complaints, milliseconds }) => [
    environment,
    stack,
    region ?? "of the credentials",
    String(resources),
    String(complaints.length),
    (milliseconds / 1_000).toFixed(1),
    `cdk.out.${environment}`,
  ]);
  const all = [["environment", "stack", "region", "resources", "warnings", "seconds", "assembly"], ...rows];
  const widths = all[0]?.map((_, at) => Math.max(...all.map((row) => row[at]?.length ?? 0))) ?? [];
  return all.map((row) =>
    row
      .map((cell, at) => cell.padEnd(widths[at] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

try {
  process.exitCode = run(process.argv.slice(1));
} catch (error) {
  if (error instanceof Mistake) process.stderr.write(`mistake ${error.code}\n  what      ${error.message}\n`);
  else process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
