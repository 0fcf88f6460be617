import { createHash } from "node:crypto";
import { type Dirent, existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { dirname, join, sep } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { Assembly, FunctionModel } from "../../assembly/model.ts";
import { type ReadAssemblyOptions, readAssembly } from "../../assembly/read-assembly.ts";
import { Mistake } from "../../findings/mistake.ts";
import { functionsOf, withFunctions } from "./functions.ts";
import type { Source } from "./source.ts";

export interface AssemblySourceOptions {
  /** What is served. */
  readonly assembly: Assembly;
  readonly reading: ReadAssemblyOptions;
}

/** A synthesis writes for longer than an editor. */
const QUIET_MS = 60;
/** What is broken or incomplete may still be being written. */
const SECOND_LOOK_MS = 400;
const LARGE_BYTES = 1_048_576;

/** An assembly that somebody else writes: `cdk synth`, `cdk watch` or a person, file by file or as a whole. */
export function assemblySource({ assembly, reading }: AssemblySourceOptions): Source {
  const place = assembly.directory;
  const isFile = statSync(place).isFile();
  const directory = realpathSync(isFile ? dirname(place) : place);
  // The folder above it, since one that is removed and made again is another one.
  const above = dirname(directory);
  const states = new CodeStates();
  let served = assembly;

  const read = () => {
    const found = readAssembly(place, reading);
    return { ...found, apis: withFunctions(found.apis, (model) => states.revised(model)) };
  };
  const readPatiently = async () => {
    try {
      const found = read();
      if (found.unserved.length <= served.unserved.length) return found;
    } catch (error) {
      if (!(error instanceof Mistake)) throw error;
    }
    await sleep(SECOND_LOOK_MS);
    return read();
  };
  return {
    folder: directory,
    watched: {
      folder: above,
      files: () => [directory, ...filesIn(directory, 1), ...codeFilesOf(served)],
      quietMs: QUIET_MS,
      isIgnored: (path) =>
        path !== above &&
        ((path !== directory && !path.startsWith(directory + sep)) || path.endsWith(`${sep}node_modules`)),
    },
    prepare: () => {
      for (const model of functionsOf(served.apis)) states.note(model);
      return Promise.resolve();
    },
    update: async (changed) => {
      served = await readPatiently();
      return { assembly: served, causes: [...changed] };
    },
    close: () => Promise.resolve(),
  };
}

/** By which code of the same folder a function began. CDK names folders by their content; other tools and people do not. */
class CodeStates {
  readonly #first = new Map<string, string>();

  note({ code }: FunctionModel): void {
    if ("directory" in code && !this.#first.has(code.directory))
      this.#first.set(code.directory, stateOf(code.directory));
  }

  /** Named again where its code is not what it was. */
  revised(model: FunctionModel): FunctionModel {
    this.note(model);
    if (!("directory" in model.code)) return model;
    const { directory } = model.code;
    const state = stateOf(directory);
    return state === this.#first.get(directory) ? model : { ...model, revision: state };
  }
}

const MOST_FILES = 1_000;
const MOST_LEVELS = 8;

const codeFilesOf = ({ apis }: Assembly) =>
  [...new Set(functionsOf(apis).flatMap(({ code }) => ("directory" in code ? [code.directory] : [])))].flatMap(
    (directory) => [directory, ...filesIn(directory, MOST_LEVELS)],
  );

/** The files in a folder and so many levels below it, packages left out; none where there is no such folder. */
function filesIn(folder: string, levels: number, found: string[] = []): readonly string[] {
  for (const entry of entriesOf(folder)) {
    if (found.length >= MOST_FILES) break;
    const path = join(folder, entry.name);
    if (!entry.isDirectory()) found.push(path);
    else if (levels > 0 && entry.name !== "node_modules") filesIn(path, levels - 1, found);
  }
  return found;
}

function entriesOf(folder: string): readonly Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** A hash of all files in a folder: of their contents, and of a large one's size and time. */
function stateOf(directory: string): string {
  const hash = createHash("sha256");
  if (!existsSync(directory)) return "";
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat?.isFile()) continue;
    hash.update(`${path}\0${stat.size}\0`);
    hash.update(stat.size > LARGE_BYTES ? String(stat.mtimeMs) : readFileSync(path));
  }
  return hash.digest("hex").slice(0, 16);
}
