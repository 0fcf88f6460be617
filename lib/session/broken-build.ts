import { Mistake } from "../findings/mistake.ts";

/** An error of esbuild's, with its place where it has one. */
export interface BuildError {
  readonly text: string;
  readonly place?:
    | {
        readonly file: string;
        readonly line: number;
        /** From 1. */
        readonly column: number;
        readonly lineText: string;
      }
    | undefined;
}

/**
 * Says what does not build, the same at the start and at a reload.
 * @param name the source that was to be bundled
 * @param then what follows once it is put right
 */
export function brokenBuild(name: string, errors: readonly BuildError[], then: string, cause?: unknown): Mistake {
  const [place] = errors.flatMap((error) => error.place ?? []);
  return new Mistake(
    "build-broken",
    {
      what: `${name} does not build`,
      got: errors.map(said).join("\n"),
      expected: "sources that esbuild can bundle",
      fix: `put right ${place ? `${place.file}:${place.line}` : "what it says above"}${then}`,
    },
    { cause },
  );
}

/** What esbuild printed of its errors, out of all that an app wrote when it failed. */
export const printedBuildErrors = (talk: string): readonly BuildError[] =>
  [...talk.slice(0, MOST_CHARACTERS).matchAll(PRINTED)].map(({ groups = {} }) => ({
    text: groups.text ?? "",
    place: {
      file: groups.file ?? "",
      line: Number(groups.line),
      column: Number(groups.column) + 1,
      lineText: groups.lineText ?? "",
    },
  }));

const MOST_CHARACTERS = 100_000;
/** As its command line and its `logLevel` print one: the text, the place, the line with a mark below it. */
const PRINTED =
  /✘ \[ERROR\] (?<text>[^\n]+)\n\s*\n {4}(?<file>[^\n:]+):(?<line>\d+):(?<column>\d+):\n +\d+ │ (?<lineText>[^\n]*)/g;

const said = ({ text, place }: BuildError) =>
  place ? `${place.file}:${place.line}:${place.column}: ${text}\n${place.lineText.trim()}` : text;
