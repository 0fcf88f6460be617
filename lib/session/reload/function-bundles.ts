import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { BuildContext, BuildFailure, BuildOptions, Message } from "esbuild";
import type { HttpApiModel } from "../../assembly/model.ts";
import { type BuildError, brokenBuild } from "../broken-build.ts";
import type { BundleNote } from "../synthesis.ts";
import { functionsOf, withFunctions } from "./functions.ts";

/** One bundle that the app made, kept ready to be made again. */
interface Followed {
  /** The asset in the assembly. */
  readonly assetDirectory: string;
  /** Of the bundle, in that folder. */
  readonly file: string;
  readonly entry: string;
  readonly build: Build;
  /** Of what is served. */
  sha256: string;
  /** Where a newer bundle lies than the asset's. */
  hotDirectory: string | undefined;
  isBroken: boolean;
}

/** A build that begins where the last one ended, and the files that went into it. */
interface Build {
  readonly context: BuildContext;
  readonly directory: string;
  inputs: ReadonlySet<string>;
}

/** What an update left behind. */
export interface Updated {
  /** Those of the changed files that went into a bundle, before or now. */
  readonly causes: readonly string[];
  /** Removes the bundles that were replaced; called when nothing runs from them. */
  readonly removeOld: () => void;
}

/**
 * The functions whose bundles the app made by esbuild in its own process, with the options that it gave. A saved source
 * is bundled again in milliseconds, by the very options, without a synthesis.
 */
export class FunctionBundles {
  readonly #builds = new Map<string, Build>();
  readonly #folder = mkdtempSync(join(tmpdir(), "gatehouse-hot-"));
  #followed: readonly Followed[] = [];
  #isComplete = false;

  constructor() {
    process.once("exit", this.#removeAll);
  }

  /** Takes what a synthesis noted. What was served from here before is in the assembly now. */
  async follow(notes: readonly BundleNote[], apis: readonly HttpApiModel[]): Promise<void> {
    const { context } = await import("esbuild");
    const followed = new Map<string, Followed>();
    for (const { code, handler } of functionsOf(apis)) {
      if (!("directory" in code) || followed.has(code.directory)) continue;
      const found = bundleIn(code.directory, handler, notes);
      if (!found) continue;
      const { file, options, sha256 } = found;
      const key = JSON.stringify(options);
      const build = this.#builds.get(key) ?? (await begin(await context(options), options));
      this.#builds.set(key, build);
      const [entry = file] = Array.isArray(options.entryPoints) ? options.entryPoints.map(String) : [];
      const { directory: assetDirectory } = code;
      followed.set(assetDirectory, {
        assetDirectory,
        file,
        entry,
        build,
        sha256,
        hotDirectory: undefined,
        // Nothing went into it: a source was broken since the app made it, and is to be put right.
        isBroken: build.inputs.size === 0,
      });
    }
    this.#followed = [...followed.values()];
    this.#isComplete = functionsOf(apis).every(
      ({ code, layers }) => layers === undefined && (!("directory" in code) || followed.has(code.directory)),
    );
    const used = new Set(this.#followed.map(({ build }) => build));
    for (const [key, build] of this.#builds)
      if (!used.has(build)) {
        this.#builds.delete(key);
        await build.context.dispose();
      }
  }

  /**
   * Bundles again what the files went into.
   * @returns undefined where they went into nothing
   * @throws Mistake `build-broken`
   */
  async update(changed: ReadonlySet<string>): Promise<Updated | undefined> {
    const due = this.#followed.filter(
      ({ isBroken, build }) => isBroken || [...changed].some((path) => build.inputs.has(path)),
    );
    if (due.length === 0) return undefined;
    const old: string[] = [];
    const known = new Set([...changed].filter((path) => this.has(path)));
    for (const one of due) {
      const replaced = one.hotDirectory;
      const { bundle, map } = await this.#rebuild(one);
      const sha256 = sha256Of(bundle);
      if (sha256 === one.sha256) continue;
      one.hotDirectory = mkdtempSync(join(this.#folder, "function-"));
      one.sha256 = sha256;
      // With what the app put beside the bundle.
      cpSync(one.assetDirectory, one.hotDirectory, { recursive: true });
      writeFileSync(join(one.hotDirectory, one.file), bundle);
      if (map !== undefined) writeMap(join(this.#folder, "source-maps"), sha256, map);
      if (replaced !== undefined) old.push(replaced);
    }
    const causes = [...changed].filter((path) => known.has(path) || this.has(path));
    return { causes: causes.length > 0 ? causes : [...changed], removeOld: () => old.forEach(remove) };
  }

  /** The APIs with the functions' newest bundles. */
  applied(apis: readonly HttpApiModel[]): readonly HttpApiModel[] {
    const hot = new Map(this.#followed.map(({ assetDirectory, hotDirectory }) => [assetDirectory, hotDirectory]));
    return withFunctions(apis, (model) => {
      const directory = "directory" in model.code ? hot.get(model.code.directory) : undefined;
      return directory === undefined ? model : { ...model, code: { directory } };
    });
  }

  /** @returns removes the bundles that are served from here now; to be called when nothing runs from them */
  retire(): () => void {
    const folders = this.#followed.flatMap(({ hotDirectory }) => hotDirectory ?? []);
    return () => folders.forEach(remove);
  }

  /** What went into the bundles. */
  files(): readonly string[] {
    return this.#followed.flatMap(({ build }) => [...build.inputs]);
  }

  /** Whether a file went into a bundle. */
  has(path: string): boolean {
    return this.#followed.some(({ build }) => build.inputs.has(path));
  }

  /** Whether every function's sources are known. Else a file of which nobody knows anything may belong to one. */
  get isComplete(): boolean {
    return this.#isComplete;
  }

  async close(): Promise<void> {
    this.#followed = [];
    await Promise.all([...this.#builds.values()].map(({ context }) => context.dispose()));
    process.off("exit", this.#removeAll);
    this.#removeAll();
  }

  readonly #removeAll = () => remove(this.#folder);

  async #rebuild(one: Followed): Promise<Bundled> {
    one.isBroken = true;
    try {
      const bundled = await run(one.build);
      one.isBroken = false;
      return bundled;
    } catch (cause) {
      throw buildFault(one.entry, cause);
    }
  }
}

const remove = (folder: string) => rmSync(folder, { recursive: true, force: true });

const sha256Of = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

/** The handler's file, where it is byte for byte what the app had esbuild make. */
function bundleIn(directory: string, handler: string, notes: readonly BundleNote[]) {
  const name = handler.slice(0, handler.lastIndexOf("."));
  const file = [".js", ".mjs", ".cjs"].map((ending) => name + ending).find((one) => existsSync(join(directory, one)));
  if (file === undefined) return undefined;
  const sha256 = sha256Of(readFileSync(join(directory, file)));
  const note = notes.find((one) => one.sha256 === sha256);
  return note && { file, sha256, options: optionsOf(note, file) };
}

/** Those of the app, but nothing is written: the place where it lies belongs to the app. */
const optionsOf = ({ options }: BundleNote, file: string): BuildOptions => ({
  ...options,
  outfile: basename(file),
  // Beside the bundle, of which it changes nothing.
  sourcemap: (options.sourcemap || "external") as NonNullable<BuildOptions["sourcemap"]>,
  sourcesContent: false,
  write: false,
  metafile: true,
  logLevel: "silent",
});

async function begin(context: BuildContext, { absWorkingDir }: BuildOptions): Promise<Build> {
  const build: Build = { context, directory: absWorkingDir ?? process.cwd(), inputs: new Set() };
  await run(build).catch(() => undefined);
  return build;
}

/** What a build makes. */
interface Bundled {
  readonly bundle: Uint8Array;
  /** Its sources by their URLs. */
  readonly map: object | undefined;
}

/** Where the function's process looks for it: lib/functions/runtime/source-map.ts. */
function writeMap(folder: string, sha256: string, map: object) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${sha256}.map`), JSON.stringify(map));
}

async function run(build: Build): Promise<Bundled> {
  const { metafile, outputFiles = [] } = await build.context.rebuild();
  build.inputs = new Set(Object.keys(metafile?.inputs ?? {}).map((path) => resolve(build.directory, path)));
  const map = outputFiles.find(({ path }) => path.endsWith(".map"));
  const bundle = outputFiles.find((one) => one !== map);
  return { bundle: bundle?.contents ?? new Uint8Array(), map: map && mapOf(map.text, build.directory) };
}

function mapOf(text: string, directory: string): object {
  const map = JSON.parse(text) as { readonly sources: readonly string[] };
  return { ...map, sources: map.sources.map((source) => pathToFileURL(resolve(directory, source)).href) };
}

function buildFault(entry: string, cause: unknown): Error {
  const errors = (cause as Partial<BuildFailure>).errors ?? [];
  if (errors.length === 0) return cause instanceof Error ? cause : new Error(String(cause));
  return brokenBuild(basename(entry), errors.map(errorOf), " and save; until then the last good build answers", cause);
}

const errorOf = ({ text, location }: Message): BuildError => ({
  text,
  place: location ? { ...location, column: location.column + 1 } : undefined,
});
