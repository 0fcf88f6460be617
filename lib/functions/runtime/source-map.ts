// Traces and breakpoints in the sources that a bundle was made of. A source map lies beside the function's folder, not in it,
// since what lies in it is deployed: `source-maps/<SHA-256 of the bundle>.map`.
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of the source maps, beside the folders of the functions. */
const FOLDER = "source-maps";

/**
 * Adds the comment that names its source map to a file of a function, where there is a map of it. The address is a relative
 * one: Node 20 reads no other, but for data.
 * @param root the function's folder
 */
export function withSourceMap(text: string, path: string, root: string): string {
  const folder = join(dirname(root), FOLDER);
  if (!existsSync(folder)) return text;
  const map = join(folder, `${createHash("sha256").update(text).digest("hex")}.map`);
  return existsSync(map) ? `${text}\n//# sourceMappingURL=${relative(dirname(path), map).split(sep).join("/")}` : text;
}

const OWN_FILE = basename(fileURLToPath(import.meta.url));
const isFrame = (line: string) => /^\s+at /.test(line);
const isOwn = (line: string) => line.includes(`/${OWN_FILE}:`) || line.includes("node:internal/");

/** A stack without the frames of this runtime, and of Node where it called the function; the whole of it where no other is left. */
export function ownFrames(stack: string): string {
  const lines = stack.split("\n").filter((line) => !isFrame(line) || !isOwn(line));
  while (/^\s+at .*\(node:/.test(lines.at(-1) ?? "")) lines.pop();
  return lines.some(isFrame) ? lines.join("\n") : stack;
}
