import { createHash } from "node:crypto";
import { readFileSync, statSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { claimOutputFolder } from "../config/output-folder.ts";
import { findProject, type GivenContext, hasEnvironments } from "../config/project.ts";
import { Mistake } from "../findings/mistake.ts";
import { type SynthesisOptions, type SynthesisReport, synthesise } from "../session/synthesis.ts";
import type { Io } from "./io.ts";

/** What a person said of where the API is described. */
export interface GivenPlace {
  readonly env?: string;
  readonly context?: GivenContext;
  readonly assembly?: string;
  readonly issuer?: string;
}

/**
 * Finds the project whose template says what an environment would: a CDK app without environments of Gatehouse.
 * @returns its folder; undefined where the options name something else, or where there are environments or no project
 */
export function appWithoutEnvironments(
  { env, context, assembly, issuer }: GivenPlace,
  cwd: string,
): string | undefined {
  if (env !== undefined || assembly !== undefined || issuer !== undefined) return undefined;
  const project = findProject(cwd);
  return project !== undefined && !hasEnvironments(project, context) ? project : undefined;
}

/** A synthesised app. */
export interface AppSynthesis {
  /** Full path of the assembly. */
  readonly directory: string;
  /** Undefined where `app` in cdk.json is an assembly already. */
  readonly synthesis: { readonly options: SynthesisOptions; readonly report: SynthesisReport } | undefined;
  /** Lets another run write there. */
  readonly release: () => void;
}

/**
 * Synthesises an app by the command of its `cdk.json`, into a folder for this context and this run.
 * @throws Mistake `cdk-json-broken`, `synthesis-failed`
 */
export async function synthesiseApp(project: string, context: GivenContext, io: Io): Promise<AppSynthesis> {
  const { app } = settingsOf(project);
  // The CDK's command line takes an assembly there as well.
  if (app !== undefined && isDirectory(resolve(project, app)))
    return { directory: resolve(project, app), synthesis: undefined, release: () => undefined };
  const { path: directory, release } = claimOutputFolder(outputOf(project, context));
  io.err(io.paint.dim("synthesising the app of cdk.json …"));
  const options = { projectDirectory: project, outputDirectory: directory, context, environment: io.env };
  const report = await synthesise(options).catch((error: unknown) => {
    release();
    throw error;
  });
  if (changedAt(join(directory, "manifest.json")) === undefined) {
    release();
    throw new Mistake("synthesis-failed", {
      what: "the app of cdk.json ended and left no cloud assembly",
      got: `app: ${JSON.stringify(app)}`,
      expected: "a command that starts a CDK app: one with stacks, which it synthesises",
      fix: "npx cdk synth, which says the same of it",
    });
  }
  return { directory, synthesis: { options, report }, release };
}

/**
 * The app's assembly for a question: the newest that there is, of `gatehouse local` or `cdk synth`, unless `cdk.json` is newer
 * or a context is given; else it is synthesised.
 * @returns its path, relative to the working directory
 */
export async function appAssembly(place: GivenPlace, io: Io): Promise<string | undefined> {
  const project = appWithoutEnvironments(place, io.cwd);
  if (project === undefined) return undefined;
  const { context = {} } = place;
  const directory = newestOf(project, context) ?? (await synthesisedOnce(project, context, io));
  return relative(io.cwd, directory) || ".";
}

/** Its folder is given back at once: it is read by this process only, and soon. */
async function synthesisedOnce(project: string, context: GivenContext, io: Io): Promise<string> {
  const { directory, release } = await synthesiseApp(project, context, io);
  release();
  return directory;
}

function newestOf(project: string, context: GivenContext): string | undefined {
  const { output = "cdk.out" } = settingsOf(project);
  const own = Object.keys(context).length > 0 ? [] : [resolve(project, output)];
  const leastMs = changedAt(join(project, "cdk.json")) ?? 0;
  const [newest] = [outputOf(project, context), ...own]
    .map((directory) => ({ directory, changedAtMs: changedAt(join(directory, "manifest.json")) ?? 0 }))
    .filter(({ changedAtMs }) => changedAtMs > leastMs)
    .toSorted((one, other) => other.changedAtMs - one.changedAtMs);
  return newest?.directory;
}

/** Another context is another template: it gets a folder of its own. */
function outputOf(project: string, context: GivenContext): string {
  const entries = Object.entries(context).toSorted(([one], [other]) => (one < other ? -1 : 1));
  const suffix =
    entries.length === 0 ? "" : `.${createHash("sha256").update(JSON.stringify(entries)).digest("hex").slice(0, 8)}`;
  return join(project, ".gatehouse", `cdk.out${suffix}`);
}

/** Undefined members where `cdk.json` is broken: running the app reports that. */
function settingsOf(project: string): { readonly app?: string; readonly output?: string } {
  try {
    const { app, output } = JSON.parse(readFileSync(join(project, "cdk.json"), "utf8")) as Readonly<
      Record<string, unknown>
    >;
    return { ...(typeof app === "string" ? { app } : {}), ...(typeof output === "string" ? { output } : {}) };
  } catch {
    return {};
  }
}

const isDirectory = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
const changedAt = (file: string) => statSync(file, { throwIfNoEntry: false })?.mtimeMs;
