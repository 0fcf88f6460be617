import { spawn } from "node:child_process";
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

/** Runs `cdk` from the folder of the tests' project. Never rejects for what the CDK says. */
async function cdk(
  engine: Engine,
  home: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ran> {
  const child = spawn(process.execPath, [CDK, ...args, "--no-notices"], {
    cwd: PROJECT,
    env: { ...awsVariables(engine, home), ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  // A deployment that hangs is ended here, by its own pid; a test's own limit would leave the process behind.
  const limit = setTimeout(() => child.kill("SIGKILL"), LONGEST_RUN_MS);
  let text = "";
  const read = (chunk: Buffer) => void (text += chunk.toString());
  child.stdout.on("data", read);
  child.stderr.on("data", read);
  const [code] = (await once(child, "close")) as [number | null];
  clearTimeout(limit);
  return { exitCode: code ?? 1, text };
}

export const bootstrap = (engine: Engine, home: string, region: string = REGION): Promise<Ran> =>
  cdk(engine, home, ["bootstrap", `aws://${ACCOUNT}/${region}`], { AWS_REGION: region });

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
