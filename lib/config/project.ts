import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { Mistake } from "../findings/mistake.ts";
import { isJson } from "../json/json.ts";
import { jsonFaultOf } from "../json/json-fault.ts";
import { type EnvironmentRequest, isOwn, type NamedEnvironment, readEnvironment } from "./read-environment.ts";

/** The folder of the nearest `cdk.json`, from `directory` upwards; undefined where there is none. */
export function findProject(directory: string): string | undefined {
  if (existsSync(join(directory, "cdk.json"))) return directory;
  const parent = dirname(directory);
  return parent === directory ? undefined : findProject(parent);
}

/**
 * Whether a project has environments of Gatehouse, or only an app, whose template then says what an environment would.
 * One member has to look like an environment: other apps use the word for things of their own.
 * @throws Mistake `cdk-json-broken`
 */
export function hasEnvironments(project: string, given: GivenContext = {}): boolean {
  const { environments } = { ...readProjectContext(project), ...given };
  if (typeof environments === "string") return environments.endsWith(".json");
  return isJson(environments) && Object.values(environments).some(isOwn);
}

/** Context of a command line, as `-c NAME=VALUE` gives it. */
export type GivenContext = Readonly<Record<string, string>>;

/**
 * Reads one environment of the project in or above `directory`, without the CDK and as `cdk -c …` would: `environments`
 * names a file, `env` an environment, and each field of an environment may be replaced.
 * @throws Mistake `cdk-json-missing`, `cdk-json-broken`, `environments-missing`, `environments-broken`, and those of
 * `readEnvironment`
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
      expected: "the folder of a CDK app, or one below it",
      fix: "run it there, or make an app: npx gatehouse init; local takes --assembly DIR elsewhere, explain and doctor take --issuer and --audience",
    });
  const context = { ...(project === undefined ? {} : readProjectContext(project)), ...given };
  return readEnvironment({
    ...readEnvironments(context.environments, project ?? directory),
    name: name ?? (typeof context.env === "string" ? context.env : undefined),
    overrides: context,
    // A person who typed neither may read about either; the commands say --env in their help.
    naming: (one) => (name === undefined && context.env !== undefined ? `-c env=${one}` : `--env ${one}`),
  });
}

/**
 * Reads all environments of the project in or above `directory` that are as they should be, for anyone who looks for one of
 * them; none where there is no project.
 */
export function readProjectEnvironments(directory: string, given: GivenContext = {}): readonly NamedEnvironment[] {
  const { environments: source } = given;
  const context = source === undefined ? {} : { environments: source };
  return namesIn(directory, context).flatMap((name) => {
    try {
      return [readProjectEnvironment(directory, name, context)];
    } catch (error) {
      if (error instanceof Mistake) return [];
      throw error;
    }
  });
}

function namesIn(directory: string, given: GivenContext): readonly string[] {
  try {
    const project = findProject(directory);
    const context = { ...(project === undefined ? {} : readProjectContext(project)), ...given };
    const { environments } = readEnvironments(context.environments, project ?? directory);
    return Object.keys(environments ?? {});
  } catch (error) {
    if (error instanceof Mistake) return [];
    throw error;
  }
}

/** Environments by name, not yet checked, and the file that they stand in, as a person named it. */
export type GivenEnvironments = Pick<EnvironmentRequest, "environments" | "source">;

const IN_CONTEXT = "cdk.json";

/**
 * The environments that the context points to: an object, or the path of a JSON file that holds it.
 * @param directory what a relative path is relative to
 * @throws Mistake `environments-missing`, `environments-broken`
 */
export function readEnvironments(given: unknown, directory: string): GivenEnvironments {
  const isFile = typeof given === "string";
  const source = isFile ? given : IN_CONTEXT;
  const read = isFile ? parseFile(resolve(directory, given)) : given;
  if (read === undefined) return { environments: read, source };
  if (typeof read !== "object" || read === null || Array.isArray(read))
    throw new Mistake("environments-broken", {
      what: `the environments in ${source} are no object`,
      got: Array.isArray(read) ? "a list" : JSON.stringify(read),
      expected: 'environments by their names: {"dev": {…}, "prod": {…}}',
      fix: `correct ${source}`,
    });
  const { $schema: _, ...environments } = read as Readonly<Record<string, unknown>>;
  return { environments, source };
}

function parseFile(file: string): unknown {
  const isProject = basename(file) === "cdk.json";
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    const isMissing = cause instanceof Error && "code" in cause && cause.code === "ENOENT";
    throw new Mistake(
      isProject ? "cdk-json-missing" : "environments-missing",
      {
        what: isMissing ? `there is no file ${file}` : `the file ${file} cannot be read`,
        got: cause instanceof Error ? cause.message : String(cause),
        expected: isProject
          ? "the project's cdk.json"
          : "a JSON file of environments; a relative path begins at cdk.json",
        fix: isProject ? "run it in the project's folder" : "correct the path in -c environments=FILE, or in cdk.json",
      },
      { cause },
    );
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { line, column } = jsonFaultOf(text);
    throw new Mistake(
      isProject ? "cdk-json-broken" : "environments-broken",
      {
        what: `${file} cannot be read as JSON`,
        got: `no JSON from line ${line}, column ${column} on`,
        expected: "a JSON object",
        fix: `correct ${file}:${line}:${column}`,
      },
      { cause },
    );
  }
}

/** The context of a project's `cdk.json`. @throws Mistake `cdk-json-missing`, `cdk-json-broken` */
export function readProjectContext(project: string): Readonly<Record<string, unknown>> {
  const settings = parseFile(join(project, "cdk.json"));
  if (typeof settings !== "object" || settings === null || !("context" in settings)) return {};
  return (settings.context ?? {}) as Record<string, unknown>;
}
