/** One file that `init` makes or adds to. Nothing that a person wrote is taken away: the new text has all of the old one. */
export interface FileChange {
  /** From the project's folder on, with `/`. */
  readonly path: string;
  /** Undefined where there is no such file yet. */
  readonly before: string | undefined;
  readonly after: string;
  /** In a few words: what for. */
  readonly about: string;
}

/** What `init` will do, as data: shown by `--dry-run`, else written. */
export interface InitPlan {
  readonly kind: "app added to" | "new app";
  /** Those that change something. */
  readonly changes: readonly FileChange[];
  /** Files that are there already, as they should be or as a person made them. */
  readonly kept: readonly string[];
  /** What only a person can do, with the lines to write. */
  readonly left: readonly string[];
  /** Commands that lead to the first 401 and 200, in order. */
  readonly next: readonly string[];
}

/** What `init` writes into the project besides its own texts. */
export interface InitOptions {
  readonly issuer: string;
  readonly audience: readonly string[];
  /** Of the package that runs, and of the tools that it is tested with, by name. */
  readonly versions: Readonly<Record<string, string>>;
}
