import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fromYAMLFilePath } from "prh";

// `npm run words`: the words of tools/words.yml in pages and sources. docs/style.md explains them.

const ROOT = join(import.meta.dirname, "..");
const PAGES = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "bench/README.md"];
const FOLDERS = ["docs", "lib", "lambda", "bin"];
/** What a person reads; the page about words names them, and lib/aws/facts.json becomes docs/conformance.md. */
const READ = /\.(?:md|m?ts|mjs|json)$/;
const EXCEPT = new Set(["docs/style.md"]);

export interface WordFound {
  /** `README.md:12` */
  readonly place: string;
  readonly word: string;
  readonly instead: string;
}

/** Words of the list in a text. */
export function wordsIn(file: string, text: string): readonly WordFound[] {
  const { diffs } = engine.makeChangeSet(`${file}.txt`, text);
  return diffs.map(({ index, matches, expected }) => ({
    place: `${file}:${text.slice(0, index).split("\n").length}`,
    word: matches?.[0] ?? "",
    instead: expected ?? "",
  }));
}

const engine = fromYAMLFilePath(join(ROOT, "tools", "words.yml"));

/** The files that `npm run words` reads. */
export function proofread(): readonly string[] {
  const below = FOLDERS.flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && READ.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)));
  return [...PAGES, ...below].filter((file) => !EXCEPT.has(file));
}

if (process.argv[1] === import.meta.filename) {
  const found = proofread().flatMap((file) => wordsIn(file, readFileSync(join(ROOT, file), "utf8")));
  for (const { place, word, instead } of found) process.stdout.write(`${place}  ${word}: ${instead}\n`);
  process.stdout.write(`${found.length} words to change\n`);
  process.exitCode = found.length === 0 ? 0 : 1;
}
