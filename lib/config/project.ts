import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Mistake } from "../mistake.ts";
import { type NamedEnvironment, readEnvironment } from "./read-environment.ts";

/** The folder of the nearest `cdk.json`, from `directory` upwards; undefined where there is none. */
export function findProject(directory: string): string | undefined {
  if (existsSync(join(directory, "cdk.json"))) return directory;
  const parent = dirname(directory);
  return parent === directory ? undefined : findProject(parent);
}

/**
 * Reads one environment of the project in or above `directory`, without the CDK.
 * @throws Mistake `cdk-json-missing`, `cdk-json-broken`, and those of `readEnvironment`
 */
export function readProjectEnvironment(directory: string, name: string | undefined): NamedEnvironment {
  return readEnvironment({ environments: readContext(directory).environments, name });
}

/** The context of the project's `cdk.json`. */
function readContext(directory: string): Readonly<Record<string, unknown>> {
  const project = findProject(directory);
  if (project === undefined)
    throw new Mistake("cdk-json-missing", {
      what: "there is no CDK project here",
      got: `no cdk.json in ${directory} or above`,
      expected: "a project with environments in its cdk.json",
      fix: "run it in the project's folder, or give --issuer and --audience",
    });
  const file = join(project, "cdk.json");
  return contextOf(parseFile(file));
}

/**
 * The environments that the context points to: an object, or the path of a JSON file that holds it.
 * @param directory what a relative path is relative to
 */
export function readEnvironments(environments: unknown, directory: string): unknown {
  return typeof environments === "string" ? parseFile(join(directory, environments)) : environments;
}

function parseFile(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new Mistake(
      "cdk-json-broken",
      {
        what: `${file} cannot be read as JSON`,
        got: cause instanceof Error ? cause.message : String(cause),
        expected: "a JSON object",
        fix: "correct the file",
      },
      { cause },
    );
  }
}

function contextOf(settings: unknown): Readonly<Record<string, unknown>> {
  if (typeof settings !== "object" || settings === null || !("context" in settings)) return {};
  return (settings.context ?? {}) as Record<string, unknown>;
}
