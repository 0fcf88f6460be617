import { join, resolve } from "node:path";
import type { Assembly } from "../assembly/model.ts";
import { type ReadAssemblyOptions, readAssembly } from "../assembly/read-assembly.ts";
import { claimOutputFolder } from "../config/output-folder.ts";
import type { GivenContext } from "../config/project.ts";
import { type SynthesisOptions, type SynthesisReport, synthesise } from "../session/synthesis.ts";
import { makeSigningKey, type SigningKey } from "../tokens/signing-keys.ts";
import { type AssemblyOptions, readingOf } from "./assembly-options.ts";
import type { Io } from "./io.ts";
import type { Opened } from "./opened.ts";

/** What `local`, `check` and `demo` begin with. */
export interface PreparedAssembly {
  readonly assembly: Assembly;
  /** When its files, or the sources that it was synthesised from, were read: milliseconds since 1970. */
  readonly readAtMs: number;
  readonly reading: ReadAssemblyOptions;
  /** Undefined for a foreign assembly. */
  readonly synthesis?: { readonly options: SynthesisOptions; readonly report: SynthesisReport };
  readonly signingKey: Promise<SigningKey> | undefined;
  /** Null for a foreign assembly, and for an app without environments. */
  readonly environment: string | null;
}

/** What a person calls it: the environment, the stacks of the app, or the folder of a foreign assembly. */
export const titleOf = ({ environment, synthesis, assembly: { apis, directory } }: PreparedAssembly): string =>
  environment ??
  (synthesis === undefined || apis.length === 0
    ? directory
    : [...new Set(apis.map(({ stack }) => stack))].slice(0, MOST_STACKS_NAMED).join(", "));

/** A title is a part of one line. */
const MOST_STACKS_NAMED = 4;

/** Which assembly, and whether an embedded issuer needs a key. */
export interface PreparedFrom extends AssemblyOptions {
  readonly env?: string;
  readonly context?: GivenContext;
  readonly assembly?: string;
  readonly realIssuer?: boolean;
}

/**
 * The assembly: the given one, or that of an environment or of the app, synthesised while the issuer's key is made.
 * @param opened gives the folder of the output back when it is closed
 */
export async function prepareAssembly(wanted: PreparedFrom, opened: Opened, io: Io): Promise<PreparedAssembly> {
  const { env, context, assembly, realIssuer } = wanted;
  const readAtMs = io.nowMs();
  const reading = readingOf(wanted, io);
  const signingKey = realIssuer ? undefined : makeSigningKey(io.nowMs());
  // It is awaited when an issuer starts; a mistake before that must not leave it unhandled.
  signingKey?.catch(() => undefined);
  if (assembly !== undefined)
    return {
      assembly: readAssembly(resolve(io.cwd, assembly), reading),
      readAtMs,
      reading,
      signingKey,
      environment: null,
    };
  // Loaded for a project only: the schema of an environment is a quarter of the code.
  const { appWithoutEnvironments, synthesiseApp } = await import("./app-assembly.ts");
  const app = appWithoutEnvironments(wanted, io.cwd);
  if (app !== undefined) {
    const { directory, synthesis, release } = await synthesiseApp(app, context ?? {}, io);
    opened.onClose(release);
    const ofApp = { assembly: readAssembly(directory, reading), readAtMs, reading, signingKey, environment: null };
    return synthesis === undefined ? ofApp : { ...ofApp, synthesis };
  }
  const { findProject, readProjectEnvironment } = await import("../config/project.ts");
  const environment = readProjectEnvironment(io.cwd, env, context);
  const projectDirectory = findProject(io.cwd) ?? io.cwd;
  const output = claimOutputFolder(join(projectDirectory, ".gatehouse", `cdk.out.${environment.name}`));
  opened.onClose(() => output.release());
  const outputDirectory = output.path;
  io.err(io.paint.dim(`synthesising ${environment.name} …`));
  const synthesis = {
    projectDirectory,
    outputDirectory,
    context: { ...context, env: environment.name },
    environment: io.env,
  };
  const report = await synthesise(synthesis);
  return {
    assembly: readAssembly(outputDirectory, reading),
    readAtMs,
    reading,
    synthesis: { options: synthesis, report },
    signingKey,
    environment: environment.name,
  };
}
