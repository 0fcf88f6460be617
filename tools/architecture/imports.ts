import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { MAY_IMPORT } from "./rooms.ts";

/** One import of one file; both paths start at the project's folder. */
export interface Import {
  readonly file: string;
  readonly specifier: string;
}

const ROOT = join(import.meta.dirname, "..", "..");
const FOLDERS = ["lib", "lambda", "bin", "tools", "probe"];

/** Every source file that belongs to a room. */
export const sourceFiles = (): readonly string[] => FOLDERS.flatMap(filesIn);

export const importsOf = (file: string): readonly Import[] =>
  [...readFileSync(join(ROOT, file), "utf8").matchAll(IMPORT)].map(([, specifier = ""]) => ({ file, specifier }));

const IMPORT = /\b(?:from|import|require)\s*\(?\s*"([^"]+)"/g;

/** The room of a file: of the table's paths that it lies in, the longest. */
export const roomOf = (file: string): string | undefined =>
  Object.keys(MAY_IMPORT)
    .filter((room) => file === room || file.startsWith(`${room}/`))
    .toSorted((one, other) => other.length - one.length)[0];

/** The room or package that an import leads to. */
export const targetOf = ({ file, specifier }: Import): string | undefined =>
  specifier.startsWith(".") ? roomOf(join(dirname(file), specifier)) : specifier;

/** Whether the table does not allow an import. */
export function isOffence(one: Import): boolean {
  const own = roomOf(one.file);
  const target = targetOf(one);
  if (own === undefined) return true;
  return target !== own && !MAY_IMPORT[own]?.some((allowed) => matches(allowed, target ?? ""));
}

const matches = (allowed: string, target: string) =>
  allowed === target ||
  (allowed === "node:*" && target.startsWith("node:")) ||
  (!allowed.startsWith("lib/") && target.startsWith(`${allowed}/`));

/** Lines of a room's own files, without those of rooms inside it. */
export function linesOf(room: string): number {
  const files = sourceFiles().filter((file) => roomOf(file) === room);
  return files.reduce((lines, file) => lines + readFileSync(join(ROOT, file), "utf8").split("\n").length - 1, 0);
}

function filesIn(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /(?<!\.d)\.([cm]?[jt]s|tsx)$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
}
