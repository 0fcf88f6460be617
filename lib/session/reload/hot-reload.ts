import { relative } from "node:path";
import { type ApiChoice, chooseApis } from "../../assembly/choose-apis.ts";
import type { Assembly } from "../../assembly/model.ts";
import { Mistake } from "../../findings/mistake.ts";
import type { Session } from "../session.ts";
import { type Differences, differencesOf, isNothing, type Served } from "./differences.ts";
import { type FileChange, watchFiles } from "./file-watch.ts";
import type { Source } from "./source.ts";

export { assemblySource } from "./assembly-source.ts";
export { projectSource } from "./project-source.ts";

export interface HotReloadOptions {
  readonly source: Source;
  readonly session: Session;
  /** What the laptop began with. */
  readonly assembly: Assembly;
  /** When that was read, in milliseconds since 1970. */
  readonly readAtMs: number;
  readonly choice: ApiChoice;
  readonly onReload: (event: ReloadEvent) => void;
}

/** What came of a change. Files that concern nothing are not told. */
export type ReloadEvent = {
  /** From the source's folder on. */
  readonly changed: readonly string[];
  /** From the first change that was noticed on, in milliseconds. */
  readonly durationMs: number;
} & (
  | { readonly kind: "reloaded"; readonly differences: Differences }
  /** Nothing that is served is different. */
  | { readonly kind: "unchanged" }
  /** What was served before goes on. */
  | { readonly kind: "failed"; readonly mistake: Mistake; readonly place: Place | undefined }
);

/** Where a source is broken; line and column count from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export interface HotReload {
  /** When every change from now on is noticed. */
  readonly ready: Promise<void>;
  close(): Promise<void>;
}

/** A start is not disturbed: what makes reloads quick is done a little later. */
const PREPARING_AFTER_MS = 500;

/** Serves what changes while it runs, one change after the other; those that come meanwhile are the next one. */
export function startHotReload(options: HotReloadOptions): HotReload {
  const { source, session, choice, onReload } = options;
  let served: Served = {
    apis: chooseApis(options.assembly, choice),
    unserved: options.assembly.unserved,
    findings: options.assembly.findings,
  };
  let next: FileChange | undefined;
  let working: Promise<void> | undefined;
  let failure: string | undefined;
  const closing = new AbortController();

  const tell = (sinceMs: number, causes: Iterable<string>, event: Told) => {
    if (closing.signal.aborted) return;
    const changed = [...causes].map((path) => relative(source.folder, path)).toSorted((a, b) => a.localeCompare(b));
    onReload({ changed, durationMs: performance.now() - sinceMs, ...event });
  };
  const serve = async ({ paths, sinceMs }: FileChange) => {
    const update = await source.update(paths);
    if (!update || closing.signal.aborted) return;
    const { causes, assembly, onDrained } = update;
    const serving = { apis: chooseApis(assembly, choice), unserved: assembly.unserved, findings: assembly.findings };
    const differences = differencesOf(served, serving);
    const { drained } = await session.reload(serving.apis);
    if (onDrained) void drained.then(onDrained);
    served = serving;
    failure = undefined;
    tell(sinceMs, causes, isNothing(differences) ? { kind: "unchanged" } : { kind: "reloaded", differences });
  };
  const take = async (change: FileChange) => {
    try {
      await serve(change);
    } catch (error) {
      const mistake = error instanceof Mistake ? error : faultOf(error);
      // Said once, however often a person saves before it is right.
      if (mistake.message === failure) return;
      failure = mistake.message;
      tell(change.sinceMs, change.paths, { kind: "failed", mistake, place: placeIn(mistake.say.got) });
    }
  };
  const work = async () => {
    for (let change = next; change && !closing.signal.aborted; change = next) {
      next = undefined;
      await take(change);
    }
    working = undefined;
    if (!closing.signal.aborted) await source.prepare();
  };
  const watch = watchFiles({
    ...source.watched,
    readAtMs: options.readAtMs,
    onChange: (change) => {
      next = next ? { paths: new Set([...next.paths, ...change.paths]), sinceMs: next.sinceMs } : change;
      working ??= work();
    },
    onError: (error) => tell(performance.now(), [], unwatched(error)),
  });
  const preparing = setTimeout(() => void source.prepare(), PREPARING_AFTER_MS).unref();
  return {
    ready: watch.ready,
    close: async () => {
      closing.abort();
      clearTimeout(preparing);
      await watch.close();
      await working;
      await source.close();
    },
  };
}

/** A plain omit would forget which members belong together. */
type Told = ReloadEvent extends infer Event
  ? Event extends unknown
    ? Omit<Event, "changed" | "durationMs">
    : never
  : never;

/** The first `file:line:column` that a tool wrote, of a source of one's own. */
function placeIn(text: string): Place | undefined {
  for (const [, file = "", line, column] of text.matchAll(/((?:[A-Za-z]:)?[^\s:()"']+\.[cm]?[jt]sx?):(\d+):(\d+)/g))
    if (!file.includes("node_modules") && !file.startsWith("node:"))
      return { file, line: Number(line), column: Number(column) };
  return undefined;
}

const faultOf = (error: unknown) =>
  new Mistake(
    "reload-failed",
    {
      what: "the change could not be served",
      got: error instanceof Error ? error.message : String(error),
      expected: "sources as they were when this began",
      fix: "save again; if that does not help, stop it and start it again",
    },
    { cause: error },
  );

const unwatched = (error: unknown): Told => ({
  kind: "failed",
  mistake: new Mistake(
    "files-unwatched",
    {
      what: "the system does not let all files be watched, so some changes will not be noticed",
      got: error instanceof Error ? error.message : String(error),
      expected: "as many watches as there are files; on Linux, fs.inotify.max_user_watches says how many there may be",
      fix: "raise that limit, or start it again after a change (--no-watch says nothing more)",
    },
    { cause: error },
  ),
  place: undefined,
});
