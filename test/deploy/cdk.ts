import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { CHECKOUT } from "../project-copy.ts";
import { PROJECT } from "../test-project.ts";
import { ACCOUNT, type Engine, REGION } from "./engine.ts";

// The genuine command line of the CDK, with the engine's address for AWS.

const CDK = join(CHECKOUT, "node_modules", "aws-cdk", "bin", "cdk");

const LONGEST_RUN_MS = 100_000;

export interface Ran {
  readonly exitCode: number;
  /** What it wrote to stdout and stderr, in the order in which it came. */
  readonly text: string;
}

/** A new folder's worth of variables: nothing of the developer's own AWS configuration. */
const awsVariables = (engine: Engine, home: string): Readonly<Record<string, string>> => ({
  PATH: process.env.PATH ?? "",
  HOME: home,
  AWS_ENDPOINT_URL: engine.endpoint,
  AWS_ACCESS_KEY_ID: "test",
  AWS_SECRET_ACCESS_KEY: "test",
  AWS_REGION: REGION,
  AWS_EC2_METADATA_DISABLED: "true",
  CDK_DISABLE_CLI_TELEMETRY: "1",
  CDK_DISABLE_VERSION_CHECK: "1",
  JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION: "1",
  NODE_NO_WARNINGS: "1",
  NO_COLOR: "1",
});

interface CdkOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** @default - the folder of the tests' project */
  readonly cwd?: string;
}

/** Starts `cdk`, and hands over what it writes to stdout and stderr. */
function startCdk(
  engine: Engine,
  home: string,
  args: readonly string[],
  { env = {}, cwd = PROJECT }: CdkOptions,
  onText: (text: string) => void,
): ChildProcess {
  const child = spawn(process.execPath, [CDK, ...args, "--no-notices"], {
    cwd,
    env: { ...awsVariables(engine, home), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const read = (chunk: Buffer) => onText(chunk.toString());
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  return child;
}

/** Runs `cdk`. Never rejects for what the CDK says. */
async function cdk(engine: Engine, home: string, args: readonly string[], options: CdkOptions = {}): Promise<Ran> {
  let text = "";
  const child = startCdk(engine, home, args, options, (more) => (text += more));
  // A deployment that hangs is ended here, by its own pid; a test's own limit would leave the process behind.
  const limit = setTimeout(() => child.kill("SIGKILL"), LONGEST_RUN_MS);
  const [code] = (await once(child, "close")) as [number | null];
  clearTimeout(limit);
  return { exitCode: code ?? 1, text };
}

export const bootstrap = (engine: Engine, home: string, region: string = REGION): Promise<Ran> =>
  cdk(engine, home, ["bootstrap", `aws://${ACCOUNT}/${region}`], { env: { AWS_REGION: region } });

/** Deploys every stack of an assembly, and nothing that is not in it. */
export const deploy = (engine: Engine, home: string, assembly: string, outputs?: string): Promise<Ran> =>
  cdk(engine, home, [
    "deploy",
    "--all",
    "--app",
    assembly,
    "--require-approval",
    "never",
    "--progress",
    "events",
    ...(outputs === undefined ? [] : ["--outputs-file", outputs]),
  ]);

export const destroy = (engine: Engine, home: string, assembly: string): Promise<Ran> =>
  cdk(engine, home, ["destroy", "--all", "--force", "--app", assembly]);

/** The linter of aws-cdk-lib starts for five seconds; these runs are not about it. */
const WITHOUT_LINTER = { CDK_VALIDATION: "false" };

/** Deploys as a person does in the project's folder: the app of `cdk.json`, an environment by its name. */
export const deployByName = (
  engine: Engine,
  home: string,
  { cwd, environment, outputs }: { readonly cwd: string; readonly environment: string; readonly outputs: string },
): Promise<Ran> =>
  cdk(engine, home, ["deploy", "-c", `env=${environment}`, "--require-approval", "never", "--outputs-file", outputs], {
    cwd,
    env: WITHOUT_LINTER,
  });

/** Compares as the pull request's job does: templates only. */
export const diff = (engine: Engine, home: string, cwd: string, environment: string): Promise<Ran> =>
  cdk(engine, home, ["diff", "-c", `env=${environment}`, "--method", "template"], { cwd, env: WITHOUT_LINTER });

/** `cdk watch`, until it is closed. */
export interface Watch {
  /** What it has written so far. */
  readonly text: () => string;
  /** Ends it by its pid. */
  close(): Promise<void>;
}

/** Starts `cdk watch` in the project's folder. */
export function watch(engine: Engine, home: string, cwd: string, environment: string): Watch {
  let text = "";
  const options = { cwd, env: WITHOUT_LINTER };
  const child = startCdk(engine, home, ["watch", "-c", `env=${environment}`], options, (more) => (text += more));
  return {
    text: () => text,
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}
