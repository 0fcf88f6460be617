import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CLI_CONTEXT } from "../cdk-context.ts";
import { Mistake } from "../mistake.ts";

export interface SynthesisOptions {
  /** The folder with `cdk.json`. */
  readonly projectDirectory: string;
  /** Context as `-c name=value` gives it; added to that of `cdk.json`. */
  readonly context: Readonly<Record<string, string>>;
  readonly outputDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Runs the app of `cdk.json` as the CDK's own command line does, with its context and feature flags, and leaves the
 * cloud assembly in `outputDirectory`. Only the template's validation is left out, which takes most of a synthesis and
 * changes no byte of it: `cdk synth`, `cdk deploy` and the tests run it.
 */
export async function synthesise(options: SynthesisOptions): Promise<void> {
  const { projectDirectory, context, outputDirectory, environment } = options;
  const { app, context: ownContext } = readCdkJson(projectDirectory);
  // One process group, one command: nothing is left behind when it is stopped.
  const child = spawn(app, {
    cwd: projectDirectory,
    shell: true,
    stdio: ["ignore", "ignore", "pipe"],
    env: {
      ...environment,
      CDK_OUTDIR: outputDirectory,
      CDK_CONTEXT_JSON: JSON.stringify({ ...ownContext, ...context, ...CLI_CONTEXT }),
      CDK_VALIDATION: "false",
    },
  });
  let talk = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    talk += chunk;
  });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (exitCode !== 0)
    throw new Mistake("synthesis-failed", {
      what: `the CDK app of ${join(projectDirectory, "cdk.json")} did not synthesise`,
      got: lastLines(talk) || `exit code ${exitCode}`,
      expected: "a cloud assembly",
      fix: "put right what it says above; 'npx cdk synth' shows all of it",
    });
}

interface CdkJson {
  readonly app: string;
  readonly context?: Readonly<Record<string, unknown>>;
}

function readCdkJson(directory: string): CdkJson {
  const file = join(directory, "cdk.json");
  const say = {
    expected: "a CDK project's cdk.json with an 'app'",
    fix: "run it in the project's folder, or give --assembly DIR",
  };
  if (!existsSync(file))
    throw new Mistake("cdk-json-missing", { what: "there is no CDK project here", got: `no ${file}`, ...say });
  let settings: unknown;
  try {
    settings = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new Mistake("cdk-json-broken", { what: `${file} is not JSON`, got: String(cause), ...say }, { cause });
  }
  if (typeof settings !== "object" || settings === null || !("app" in settings) || typeof settings.app !== "string")
    throw new Mistake("cdk-json-broken", { what: `${file} names no app`, got: "no 'app'", ...say });
  return settings as CdkJson;
}

const lastLines = (text: string) => text.trim().split("\n").slice(-30).join("\n");
