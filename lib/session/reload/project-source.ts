import { realpathSync } from "node:fs";
import { join, relative, sep } from "node:path";
import type { Assembly } from "../../assembly/model.ts";
import { type ReadAssemblyOptions, readAssembly } from "../../assembly/read-assembly.ts";
import { prepareSynthesis, type SynthesisOptions, type SynthesisReport, type WaitingApp } from "../synthesis.ts";
import { FunctionBundles } from "./function-bundles.ts";
import type { Source, Update } from "./source.ts";

export interface ProjectSourceOptions {
  readonly synthesis: SynthesisOptions;
  /** Of the synthesis that is served. */
  readonly report: SynthesisReport;
  readonly assembly: Assembly;
  readonly reading: ReadAssemblyOptions;
}

/** What nobody edits, and what tools write. */
const IGNORED = /^(node_modules|\.git|\.gatehouse|\.artifacts|cdk\.out.*|dist|coverage)$/;
/** Read before the app runs. */
const SETTINGS = ["cdk.json", "cdk.context.json", "tsconfig.json"];
/** Other packages than a waiting app has loaded. */
const PACKAGES = "package-lock.json";
/** Long enough for an editor that writes twice. */
const QUIET_MS = 15;

/**
 * The project whose app was synthesised. A file that went into a function's bundle only is bundled again; any other that
 * the app read has it synthesise again. Where nobody saw what it read, every file counts.
 */
export function projectSource({ synthesis, report, assembly, reading }: ProjectSourceOptions): Source {
  const folder = realpathSync(synthesis.projectDirectory);
  const bundles = new FunctionBundles();
  const settings = [...SETTINGS, PACKAGES].map((name) => join(folder, name));
  let latest = { assembly, report };
  let followed: { readonly report: SynthesisReport; readonly done: Promise<void> } | undefined;
  let waiting: WaitingApp | undefined;
  let isAppBroken = false;
  let isClosed = false;

  const follow = () => {
    const { report: current, assembly: served } = latest;
    if (followed?.report !== current)
      // Where esbuild cannot do what the app had it do, no function is followed, and all is synthesised.
      followed = { report: current, done: bundles.follow(current.bundles, served.apis).catch(() => undefined) };
    return followed.done;
  };
  const readByApp = (changed: ReadonlySet<string>) => {
    const read = new Set([...latest.report.files, ...settings]);
    return [...changed].filter((path) => read.has(path));
  };
  const synthesiseAgain = async (changed: ReadonlySet<string>): Promise<Update> => {
    const known = [...readByApp(changed), ...[...changed].filter((path) => bundles.has(path))];
    isAppBroken = true;
    const app = waiting ?? prepareSynthesis(synthesis);
    waiting = undefined;
    const next = await app.run();
    latest = { report: next, assembly: readAssembly(synthesis.outputDirectory, reading) };
    isAppBroken = false;
    return { assembly: latest.assembly, causes: known.length > 0 ? known : [...changed], onDrained: bundles.retire() };
  };
  return {
    folder,
    watched: {
      folder,
      files: () => [...settings, ...latest.report.files, ...bundles.files()],
      quietMs: QUIET_MS,
      isIgnored: (path) =>
        path !== folder &&
        relative(folder, path)
          .split(sep)
          .some((part) => IGNORED.test(part)),
    },
    prepare: async () => {
      await follow();
      if (!isClosed) waiting ??= prepareSynthesis(synthesis);
    },
    update: async (changed) => {
      if (changed.has(join(folder, PACKAGES))) {
        waiting?.discard();
        waiting = undefined;
      }
      if (isAppBroken || readByApp(changed).length > 0) return synthesiseAgain(changed);
      await follow();
      const updated = await bundles.update(changed);
      if (!updated) return bundles.isComplete && latest.report.files.length > 0 ? undefined : synthesiseAgain(changed);
      const { causes, removeOld } = updated;
      const apis = bundles.applied(latest.assembly.apis);
      return { assembly: { ...latest.assembly, apis }, causes, onDrained: removeOld };
    },
    close: async () => {
      isClosed = true;
      waiting?.discard();
      await followed?.done;
      await bundles.close();
    },
  };
}
