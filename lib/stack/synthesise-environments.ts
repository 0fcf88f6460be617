import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type SynthesisMessage, SynthesisMessageLevel } from "aws-cdk-lib/cx-api";
import { CLI_CONTEXT } from "../config/cdk-context.ts";
import { makeOwnFolder } from "../config/own-folder.ts";
import { type GivenContext, readEnvironments, readProjectContext } from "../config/project.ts";
import { DEFAULT_NAME, readEnvironment } from "../config/read-environment.ts";
import { Mistake } from "../findings/mistake.ts";
import { buildApp } from "./build-app.ts";

export interface SynthesisRequest {
  /** The folder with cdk.json. */
  readonly projectDirectory: string;
  /** As `cdk -c` takes it. */
  readonly context: GivenContext;
  /** Of environments. @default - all of them */
  readonly names?: readonly string[];
  /** A folder that exists: an environment's assembly is `cdk.out.NAME` in it. */
  readonly outputDirectory: string;
  /** Milliseconds, from any beginning. */
  readonly clockMs: () => number;
}

/** One stack of an environment, as it would be deployed. */
export interface SynthesisedStack {
  readonly environment: string;
  readonly stack: string;
  /** Undefined: that of the credentials. */
  readonly region: string | undefined;
  readonly resources: number;
  /** Warnings and errors of the CDK, each with the construct's path. */
  readonly complaints: readonly string[];
  /** What the constructs say besides: nothing to be put right. */
  readonly notes: readonly string[];
  /** Of the environment's whole synthesis, validation included. */
  readonly milliseconds: number;
}

/**
 * Synthesises every environment of a project, in this one process: what takes the time is loading the CDK and its validator,
 * and that is done once. Each assembly is the one that `cdk synth -c env=NAME` writes.
 *
 * What was there before is removed first, and so is a new assembly that fails: then there is nothing that could be deployed
 * in place of what was asked for. A name that is none of the project's takes all of them away.
 * @throws Mistake as `readEnvironment` does, before the first synthesis; `validation-failed`; `folder-foreign`; Error of the CDK's
 */
export function synthesiseEnvironments(request: SynthesisRequest): readonly SynthesisedStack[] {
  const { projectDirectory, context: given, outputDirectory } = request;
  removeAssemblies(outputDirectory, request.names);
  const context = { ...readProjectContext(projectDirectory), ...given, ...CLI_CONTEXT };
  const found = readEnvironments((context as Record<string, unknown>).environments, projectDirectory);
  const known = Object.keys(found.environments ?? {});
  const { names = known.length === 0 ? [DEFAULT_NAME] : known } = request;
  try {
    for (const name of names)
      readEnvironment({ ...found, name, overrides: context, naming: (one) => `npm run synth -- ${one}` });
  } catch (error) {
    // Which one was meant is not known, so none is left that the next line could deploy in its place.
    if (error instanceof Mistake && error.code === "environment-unknown") removeAssemblies(outputDirectory, undefined);
    throw error;
  }
  return names.flatMap((name) => synthesise(name, context, request));
}

function synthesise(
  name: string,
  context: Readonly<Record<string, unknown>>,
  { projectDirectory, outputDirectory, clockMs }: SynthesisRequest,
): readonly SynthesisedStack[] {
  const outdir = join(outputDirectory, assemblyName(name));
  const startedMs = clockMs();
  try {
    makeOwnFolder(outdir);
    const { app } = buildApp({ projectDirectory, app: { outdir, context: { ...context, env: name } } });
    const { stacks } = app.synth();
    mustBeValid(name, join(outdir, REPORT));
    const milliseconds = clockMs() - startedMs;
    return stacks.map(({ stackName, environment: { region }, template, messages }) => ({
      environment: name,
      stack: stackName,
      region: region === "unknown-region" ? undefined : region,
      resources: Object.keys((template as { Resources: object }).Resources).length,
      complaints: linesOf(messages.filter(({ level }) => level !== SynthesisMessageLevel.INFO)),
      notes: linesOf(messages.filter(({ level }) => level === SynthesisMessageLevel.INFO)),
      milliseconds,
    }));
  } catch (error) {
    leaveReport(outdir);
    throw error;
  }
}

const REPORT = "validation-report.json";

/** The CDK tells of a failed validation by its process's exit code only, and leaves the assembly where it is. */
function mustBeValid(name: string, file: string): void {
  if (!existsSync(file)) return;
  const { pluginReports = [] } = JSON.parse(readFileSync(file, "utf8")) as {
    pluginReports?: readonly { readonly pluginName?: string; readonly conclusion: string }[];
  };
  const failed = pluginReports.filter(({ conclusion }) => conclusion === "failure");
  if (failed.length > 0)
    throw new Mistake("validation-failed", {
      what: `the environment ${name} does not pass its validation`,
      got: `findings of ${failed.map(({ pluginName }) => pluginName ?? "a plugin without a name").join(", ")}`,
      expected: "no findings (listed above)",
      fix: `correct what they name; all of it is in ${file}`,
    });
}

const linesOf = (messages: readonly SynthesisMessage[]) =>
  messages.map(({ level, id, entry }) => `${level} ${id}: ${JSON.stringify(entry.data)}`);

/** The folder of an environment's assembly. */
export const assemblyName = (environment: string): string => `cdk.out.${environment}`;

/** Removes those of the environments named, or of all that ever were: which they are now, a wrong file does not say. */
export function removeAssemblies(directory: string, names: readonly string[] | undefined): void {
  for (const entry of readdirSync(directory)) {
    const [, name = ""] = /^cdk\.out\.([a-z0-9-]+)$/.exec(entry) ?? [];
    if (name !== "" && (names?.includes(name) ?? true)) rmSync(join(directory, entry), { recursive: true });
  }
}

/** Takes a failed assembly away, but for what the CDK's message names: why the validation failed. Nobody deploys that. */
function leaveReport(outdir: string): void {
  for (const entry of existsSync(outdir) ? readdirSync(outdir) : [])
    if (entry !== REPORT) rmSync(join(outdir, entry), { recursive: true });
  if (existsSync(outdir) && readdirSync(outdir).length === 0) rmSync(outdir, { recursive: true });
}
