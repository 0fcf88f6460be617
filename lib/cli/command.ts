import type { Command, OptionValues } from "commander";
import type { Io } from "./io.ts";

/** What one command takes and does; its name and what it is for stand in the table, once. Only `main.ts` knows argv, colours and exit codes. */
export interface CliCommand<Options extends object = OptionValues> {
  /** Declares arguments and options. */
  define(command: Command): void;
  /** Runs and answers the exit code. A `Mistake` that it throws is printed in its four parts. */
  run(given: Given<Options>, io: Io): Promise<number>;
  /** The exit code of a mistake. @default 1 */
  readonly mistakeExit?: number;
}

/** What the user typed, as commander read it. */
export interface Given<Options extends object = OptionValues> {
  readonly args: readonly (string | undefined)[];
  /** As `define` declares them: commander puts in their defaults, and what their parsers return. */
  readonly options: Options;
}

/** A row of the table of commands. `load` is called when the command is: `--help` stays quick. */
export interface CommandEntry {
  /** One word, or two for a command of a group: `wso2 token`. */
  readonly name: string;
  readonly about: string;
  load(): Promise<CliCommand>;
}
