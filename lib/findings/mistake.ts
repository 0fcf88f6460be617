import { MISTAKE_CODES, type MistakeCode } from "./mistake-codes.ts";
import { jsonText, printableLines, wrapped } from "./terminal-text.ts";

/** The four parts of every message about a mistake. Never a token, a key or a secret. */
export interface FourParts {
  /** What is wrong, in one line. */
  readonly what: string;
  /** What was seen. */
  readonly got: string;
  /** What would have been right. */
  readonly expected: string;
  /** A command or an edit that puts it right. */
  readonly fix: string;
}

/**
 * A person's mistake: bad input, a taken port, a missing file. The command line prints its four parts and no stack.
 * A refused token is neither a mistake nor a fault: it is a `Decision`.
 */
export class Mistake extends Error {
  override readonly name = "Mistake";
  readonly code: MistakeCode;
  readonly say: FourParts;

  constructor(code: MistakeCode, say: FourParts, options?: ErrorOptions) {
    super(partsText(say), options);
    this.code = code;
    this.say = say;
  }
}

/**
 * A mistake as a person reads it: its code, then its four parts.
 * @param columns the terminal's width, where there is one: longer lines are broken at spaces
 */
export const mistakeText = ({ code, say }: Mistake, columns?: number): string =>
  `mistake ${code}\n  ${"what".padEnd(10)}${partsText(say, columns)}`;

/** Set to `json` by a process for those that it starts: their mistakes then come back whole. */
export const MISTAKES_VARIABLE = "GATEHOUSE_MISTAKES";

/** A mistake as one line for a program: `{"mistake":{"code":…,"what":…,"got":…,"expected":…,"fix":…}}`. */
export const mistakeJson = ({ code, say: { what, got, expected, fix } }: Mistake): string =>
  jsonText({ mistake: { code, what, got, expected, fix } });

/** The mistake that a process wrote by `mistakeJson`, among whatever else it said; undefined where there is none. */
export function reviveMistake(talk: string): Mistake | undefined {
  const line = talk.split("\n").find((one) => one.startsWith('{"mistake":'));
  let read: unknown;
  try {
    read = line === undefined ? undefined : JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof read !== "object" || read === null || !("mistake" in read)) return undefined;
  const { code, ...say } = (read.mistake ?? {}) as Readonly<Record<string, unknown>>;
  const known = MISTAKE_CODES.find((one) => one === code);
  const parts = [say.what, say.got, say.expected, say.fix];
  if (known === undefined || !parts.every((part) => typeof part === "string")) return undefined;
  const [what = "", got = "", expected = "", fix = ""] = parts;
  return new Mistake(known, { what, got, expected, fix });
}

const LONGEST_LINE = 2_000;

/** The parts as lines, safe for a terminal; a part of several lines is indented, so that none looks like a part. */
const partsText = ({ what, ...others }: FourParts, columns?: number) =>
  [partText(what, columns), ...PARTS.map((part) => `  ${part.padEnd(10)}${partText(others[part], columns)}`)].join(
    "\n",
  );

const PARTS = ["got", "expected", "fix"] as const;
const INDENT = " ".repeat(12);

const partText = (text: string, columns?: number) =>
  printableLines(text, LONGEST_LINE)
    .split("\n")
    .flatMap((line) => (columns === undefined ? line : wrapped(line, columns - INDENT.length)))
    .join(`\n${INDENT}`);
