import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, CommanderError } from "commander";
import { contextOption } from "../lib/cli/options.ts";
import { Mistake, mistakeText } from "../lib/findings/mistake.ts";
import {
  assemblyName,
  removeAssemblies,
  type SynthesisedStack,
  synthesiseEnvironments,
} from "../lib/stack/synthesise-environments.ts";

// npm run synth [-- NAME…] [-c name=value]: every environment, each into cdk.out.NAME, and what came of it. A warning is
// exit code 1: this is the proof before a deploy. 'cdk synth' stays the CDK's own.

const projectDirectory = dirname(dirname(fileURLToPath(import.meta.url)));
const EXIT_USAGE = 2;

const command = new Command("npm run synth --")
  .description("Synthesise environments, each into cdk.out.NAME, and say what is in them; a warning is exit code 1.")
  .usage("[NAME…] [-c name=value]")
  .argument("[name...]", "environments (default: all, or that of -c env=NAME)")
  .addOption(contextOption())
  .exitOverride()
  .showHelpAfterError("usage: npm run synth -- [NAME…] [-c name=value], such as: npm run synth -- prod");

function run(argv: readonly string[]): number {
  command.parse(argv, { from: "user" });
  const { context } = command.opts<{ context: Readonly<Record<string, string>> }>();
  const names = namesOf(command.args, context.env);
  const stacks = synthesiseEnvironments({
    projectDirectory,
    context,
    ...(names.length === 0 ? {} : { names }),
    outputDirectory: projectDirectory,
    clockMs: () => performance.now(),
  });
  process.stdout.write(`${tableOf(stacks).join("\n")}\n`);
  const complaints = stacks.flatMap((one) => one.complaints);
  for (const line of [...stacks.flatMap((one) => one.notes), ...complaints]) process.stderr.write(`${line}\n`);
  return complaints.length === 0 ? 0 : 1;
}

/** Names as such, or the one that the context names as it does for `cdk`. */
function namesOf(given: readonly string[], env: string | undefined): readonly string[] {
  if (env === undefined) return [...new Set(given)];
  if (given.some((name) => name !== env)) {
    removeAssemblies(projectDirectory, [...given, env]);
    throw new Mistake("environment-twice", {
      what: "the environments are named twice, and not alike",
      got: `${given.join(" ")}, and -c env=${env}`,
      expected: "names, or -c env=NAME",
      fix: `npm run synth -- ${given.join(" ")}`,
    });
  }
  return [env];
}

function tableOf(stacks: readonly SynthesisedStack[]): readonly string[] {
  const rows = stacks.map(({ environment, stack, region, resources, complaints, milliseconds }) => [
    environment,
    stack,
    region ?? "of the credentials",
    String(resources),
    String(complaints.length),
    (milliseconds / 1_000).toFixed(1),
    assemblyName(environment),
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

function exitCodeOf(error: unknown): number {
  // Commander has said it already, or shown its help.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE;
  const isMistake = error instanceof Mistake;
  process.stderr.write(`${isMistake ? mistakeText(error) : error instanceof Error ? error.message : String(error)}\n`);
  return 1;
}

try {
  process.exitCode = run(process.argv.slice(1));
} catch (error) {
  process.exitCode = exitCodeOf(error);
}
