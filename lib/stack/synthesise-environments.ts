import { SynthesisMessageLevel } from "aws-cdk-lib/cx-api";
import { CLI_CONTEXT } from "../cdk-context.ts";
import { type GivenContext, readEnvironments, readProjectContext } from "../config/project.ts";
import { buildApp } from "./build-app.ts";

export interface SynthesisRequest {
  /** The folder with cdk.json. */
  readonly projectDirectory: string;
  /** As `cdk -c` takes it. */
  readonly context: GivenContext;
  /** Of environments. @default - all of them */
  readonly names?: readonly string[];
  /** Where an environment's assembly goes. */
  readonly outputOf: (name: string) => string;
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
  /** Of the environment's whole synthesis, validation included. */
  readonly milliseconds: number;
}

/**
 * Synthesises every environment of a project, in this one process: what takes the time is loading the CDK and its validator,
 * and that is done once. Each assembly is the one that `cdk synth -c env=NAME` writes.
 * @throws Mistake as `readEnvironment` does, for the first environment that is wrong; ValidationFailed of the CDK
 */
export function synthesiseEnvironments(request: SynthesisRequest): readonly SynthesisedStack[] {
  const { projectDirectory, context: given, outputOf, clockMs } = request;
  const context = { ...readProjectContext(projectDirectory), ...given, ...CLI_CONTEXT };
  const environments = readEnvironments((context as Record<string, unknown>).environments, projectDirectory);
  const { names = Object.keys(environments ?? {}) } = request;
  return names.flatMap((name) => {
    const startedMs = clockMs();
    const { app } = buildApp({
      projectDirectory,
      app: { outdir: outputOf(name), context: { ...context, env: name } },
    });
    const { stacks } = app.synth();
    const milliseconds = clockMs() - startedMs;
    return stacks.map(({ stackName, environment: { region }, template, messages }) => ({
      environment: name,
      stack: stackName,
      region: region === "unknown-region" ? undefined : region,
      resources: Object.keys((template as { Resources: object }).Resources).length,
      complaints: messages
        .filter(({ level }) => level !== SynthesisMessageLevel.INFO)
        .map(({ level, id, entry }) => `${level} ${id}: ${JSON.stringify(entry.data)}`),
      milliseconds,
    }));
  });
}
