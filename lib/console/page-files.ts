import { readFile } from "node:fs/promises";
import { join } from "node:path";

/** One file of the page, in memory. */
export interface PageFile {
  readonly type: string;
  readonly bytes: Buffer;
}

/** The page's files by path. Nothing else is ever served: no path of a request reaches the disk. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const FILES = [
  { path: "/", name: "index.html", type: "text/html; charset=utf-8" },
  { path: "/main.js", name: "main.js", type: "text/javascript; charset=utf-8" },
  { path: "/main.css", name: "main.css", type: "text/css; charset=utf-8" },
  { path: "/icon.svg", name: "icon.svg", type: "image/svg+xml" },
] as const;

/** Reads the page's files. @param folder as `bin/page.mjs` makes it */
export async function readPageFiles(folder: string): Promise<PageFiles> {
  const files = FILES.map(
    async ({ path, name, type }) => [path, { type, bytes: await readFile(join(folder, name)) }] as const,
  );
  return new Map(await Promise.all(files));
}
