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
    super(
      `${say.what}\n  got       ${indent(say.got)}\n  expected  ${indent(say.expected)}\n  fix       ${indent(say.fix)}`,
      options,
    );
    this.code = code;
    this.say = say;
  }
}

const indent = (text: string) => text.replaceAll("\n", "\n            ");
