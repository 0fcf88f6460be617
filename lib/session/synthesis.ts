import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { basename, join, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { CLI_CONTEXT } from "../config/cdk-context.ts";
import { type FourParts, MISTAKES_VARIABLE, Mistake, reviveMistake } from "../findings/mistake.ts";
import { programFile } from "../functions/program-file.ts";
import { jsonFaultOf } from "../json/json-fault.ts";
import { brokenBuild, printedBuildErrors } from "./broken-build.ts";

export interface SynthesisOptions {
  /** The folder with `cdk.json`. */
  readonly projectDirectory: string;
  /** Context as `-c name=value` gives it; added to that of `cdk.json`. */
  readonly context: Readonly<Record<string, string>>;
  readonly outputDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** What an app did while it synthesised. Empty for one that is not started by `node` itself: nobody could look. */
export interface SynthesisReport {
  /** Files of the project that it read or loaded, full paths. */
  readonly files: readonly string[];
  /** What it had esbuild bundle in its own process. */
  readonly bundles: readonly BundleNote[];
}

export interface BundleNote {
  /** As `buildSync` took them. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Of what came out, in hex. */
  readonly sha256: string;
}

/** An app that has loaded its packages and waits to run. */
export interface WaitingApp {
  run(): Promise<SynthesisReport>;
  /** Ends it, run or not. */
  discard(): void;
}

const NOTHING: SynthesisReport = { files: [], bundles: [] };

/**
 * Runs the app of `cdk.json` as the CDK's own command line does, with its context and feature flags, and leaves the
 * cloud assembly in `outputDirectory`. Only the template's validation is left out, which takes most of a synthesis and
 * changes no byte of it: `cdk synth`, `cdk deploy` and the tests run it.
 * @throws Mistake `cdk-json-missing`, `cdk-json-broken`, `build-broken`, `synthesis-failed`
 */
export async function synthesise(options: SynthesisOptions): Promise<SynthesisReport> {
  rmSync(reportOf(options), { force: true });
  const settings = readCdkJson(options.projectDirectory);
  return finish(start(settings, options, false), options);
}

/**
 * Starts the app again and has it wait with its packages loaded, which is what takes most of a synthesis. Its own code is
 * loaded when it runs, in a process that never ran it before: nothing of an old state can be left.
 */
export function prepareSynthesis(options: SynthesisOptions): WaitingApp {
  const begun = settingsIfGood(options.projectDirectory);
  const waiting = begun && isNode(begun.app) && existsSync(reportOf(options)) ? start(begun, options, true) : undefined;
  // What waits ends when there is nothing to wait for. A signal would end the shell around it only.
  const discard = () => void waiting?.stdin?.destroy();
  return {
    run: () => {
      const settings = settingsIfGood(options.projectDirectory);
      if (!waiting || !settings || waiting.exitCode !== null || settings.app !== begun?.app) {
        discard();
        return synthesise(options);
      }
      const finished = finish(waiting, options);
      waiting.stdin?.end(`${JSON.stringify({ context: contextOf(settings, options) })}\n`);
      return finished;
    },
    discard,
  };
}

/** A command that is one process, so that what is done in that process is done once. */
const isNode = (app: string) => /^node\s/.test(app) && !/[|&;]/.test(app.replace(/"[^"]*"/g, ""));

/** Beside the assembly's own files, of which none has this name. */
const reportOf = ({ outputDirectory }: SynthesisOptions) => join(outputDirectory, "gatehouse-synthesis.json");

/** One process group, one command: nothing is left behind when it is stopped. */
function start(settings: CdkJson, options: SynthesisOptions, waits: boolean): ChildProcess {
  const { projectDirectory, outputDirectory, environment } = options;
  const hook = isNode(settings.app)
    ? {
        NODE_OPTIONS: `${environment.NODE_OPTIONS ?? ""} --import=${pathToFileURL(programFile("lib/session/synthesis-hook.ts")).href}`,
        GATEHOUSE_SYNTHESIS: JSON.stringify({
          report: reportOf(options),
          waits,
          nodeOptions: environment.NODE_OPTIONS,
        }),
      }
    : {};
  const child = spawn(settings.app, {
    cwd: projectDirectory,
    shell: true,
    stdio: [waits ? "pipe" : "ignore", "ignore", "pipe"],
    env: {
      ...environment,
      ...hook,
      CDK_OUTDIR: outputDirectory,
      CDK_CONTEXT_JSON: contextOf(settings, options),
      CDK_VALIDATION: "false",
      [MISTAKES_VARIABLE]: "json",
    },
  });
  // One that ended on its own is noticed when it is asked to run.
  child.stdin?.on("error", () => undefined);
  return child;
}

async function finish(child: ChildProcess, options: SynthesisOptions): Promise<SynthesisReport> {
  let talk = "";
  child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
    talk += chunk;
  });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  const file = reportOf(options);
  if (exitCode === 0) return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as SynthesisReport) : NOTHING;
  const own = reviveMistake(talk);
  if (own) throw own;
  const errors = printedBuildErrors(talk);
  if (errors.length > 0) throw brokenBuild(basename(errors[0]?.place?.file ?? "a source"), errors, "");
  throw new Mistake("synthesis-failed", {
    what: `the CDK app of ${join(options.projectDirectory, "cdk.json")} did not synthesise`,
    got: essenceOf(talk, options.projectDirectory) || `exit code ${exitCode}`,
    expected: "a cloud assembly",
    fix: "put right what it says above; 'npx cdk synth' shows all of it",
  });
}

/** As the CDK's command line merges it: what its lookups found counts least. */
const contextOf = ({ context: own }: CdkJson, { projectDirectory, context }: SynthesisOptions) =>
  JSON.stringify({ ...readLookups(projectDirectory), ...own, ...context, ...CLI_CONTEXT });

/** What `cdk synth` found in an account, in `cdk.context.json`. @throws Mistake `cdk-json-broken` */
function readLookups(directory: string): Readonly<Record<string, unknown>> {
  const file = join(directory, "cdk.context.json");
  if (!existsSync(file)) return {};
  const found = parseFile(file, { expected: "what 'npx cdk synth' wrote into it", fix: "npx cdk context --clear" });
  return typeof found === "object" && found !== null && !Array.isArray(found) ? (found as Record<string, unknown>) : {};
}

interface CdkJson {
  readonly app: string;
  readonly context?: Readonly<Record<string, unknown>>;
}

/** Undefined where it is broken: running the app reports that. */
function settingsIfGood(directory: string): CdkJson | undefined {
  try {
    return readCdkJson(directory);
  } catch {
    return undefined;
  }
}

function readCdkJson(directory: string): CdkJson {
  const file = join(directory, "cdk.json");
  const say = {
    expected: "a CDK project's cdk.json with an 'app'",
    fix: "run it in the project's folder, or give --assembly DIR",
  };
  if (!existsSync(file))
    throw new Mistake("cdk-json-missing", { what: "there is no CDK project here", got: `no ${file}`, ...say });
  const settings = parseFile(file, say);
  if (typeof settings !== "object" || settings === null || !("app" in settings) || typeof settings.app !== "string")
    throw new Mistake("cdk-json-broken", { what: `${file} names no app`, got: "no 'app'", ...say });
  return settings as CdkJson;
}

function parseFile(file: string, say: Pick<FourParts, "expected" | "fix">): unknown {
  const text = readFileSync(file, "utf8");
  try {
    return JSON.parse(text);
  } catch (cause) {
    const { line, column } = jsonFaultOf(text);
    const got = `no JSON from line ${line}, column ${column} on`;
    const fix = `correct ${file}:${line}:${column}`;
    throw new Mistake("cdk-json-broken", { what: `${file} is not JSON`, got, ...say, fix }, { cause });
  }
}

const LONGEST_LINE = 400;
const MOST_LINES = 30;

/** What an app said when it failed, without the packages' own places and the line of theirs that Node shows. */
function essenceOf(talk: string, projectDirectory: string): string {
  const lines = talk
    .replaceAll(realpathSync(projectDirectory) + sep, "")
    .replaceAll(projectDirectory + sep, "")
    .split("\n")
    .filter(
      (line) => line.trim() !== "" && line.length < LONGEST_LINE && !/^Node\.js v|node_modules|\(node:/.test(line),
    );
  const thrown = lines.findIndex((line) => /^\w*Error\b/.test(line));
  return lines.slice(Math.max(thrown, 0)).slice(-MOST_LINES).join("\n");
}
