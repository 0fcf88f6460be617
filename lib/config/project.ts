import { existsSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { Mistake } from "../mistake.ts";
import { type NamedEnvironment, readEnvironment } from "./read-environment.ts";

/** The folder of the nearest `cdk.json`, from `directory` upwards; undefined where there is none. */
export function findProject(directory: string): string | undefined {
  if (existsSync(join(directory, "cdk.json"))) return directory;
  const parent = dirname(directory);
  return parent === directory ? undefined : findProject(parent);
}

/** Context of a command line, as `-c NAME=VALUE` gives it. */
export type GivenContext = Readonly<Record<string, string>>;

/**
 * Reads one environment of the project in or above `directory`, without the CDK and as `cdk -c …` would: `environments`
 * names a file, `env` an environment, and each field of an environment may be replaced.
 * @throws Mistake `cdk-json-missing`, `cdk-json-broken`, `environments-broken`, and those of `readEnvironment`
 */
export function readProjectEnvironment(
  directory: string,
  name: string | undefined,
  given: GivenContext = {},
): NamedEnvironment {
  const project = findProject(directory);
  if (project === undefined && given.environments === undefined)
    throw new Mistake("cdk-json-missing", {
      what: "there is no CDK project here",
      got: `no cdk.json in ${directory} or above`,
      expected: "a project with environments in its cdk.json",
      fix: "run it in the project's folder, or give --issuer and --audience",
    });
  const context = { ...(project === undefined ? {} : readProjectContext(project)), ...given };
  return readEnvironment({
    environments: readEnvironments(context.environments, project ?? directory),
    name: name ?? (typeof context.env === "string" ? context.env : undefined),
    overrides: context,
  });
}

/**
 * The environments that the context points to: an object, or the path of a JSON file that holds it.
 * @param directory what a relative path is relative to
 */
export function readEnvironments(environments: unknown, directory: string): unknown {
  const read = typeof environments === "string" ? parseFile(resolve(directory, environments)) : environments;
  if (typeof read !== "object" || read === null || !("$schema" in read)) return read;
  const { $schema: _, ...named } = read;
  return named;
}

function parseFile(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw new Mistake(
      file.endsWith("cdk.json") ? "cdk-json-broken" : "environments-broken",
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

/** The context of a project's `cdk.json`. @throws Mistake `cdk-json-broken` */
export function readProjectContext(project: string): Readonly<Record<string, unknown>> {
  const settings = parseFile(join(project, "cdk.json"));
  if (typeof settings !== "object" || settings === null || !("context" in settings)) return {};
  return (settings.context ?? {}) as Record<string, unknown>;
}
