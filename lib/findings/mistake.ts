import { printableLines } from "./terminal-text.ts";

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
  /** Stable, kebab-case: `port-taken`, `assembly-missing`. */
  readonly code: string;
  readonly say: FourParts;

  constructor(code: string, say: FourParts, options?: ErrorOptions) {
    super(partsText(say), options);
    this.code = code;
    this.say = say;
  }
}

/** A mistake as a person reads it: its code, then its four parts. */
export const mistakeText = ({ code, message }: Mistake): string => `mistake ${code}\n  ${"what".padEnd(10)}${message}`;

const LONGEST_LINE = 2_000;

/** The parts as lines, safe for a terminal; a part of several lines is indented, so that none looks like a part. */
const partsText = ({ what, ...others }: FourParts) =>
  [partText(what), ...PARTS.map((part) => `  ${part.padEnd(10)}${partText(others[part])}`)].join("\n");

const PARTS = ["got", "expected", "fix"] as const;

const partText = (text: string) => printableLines(text, LONGEST_LINE).replaceAll("\n", `\n${" ".repeat(12)}`);
