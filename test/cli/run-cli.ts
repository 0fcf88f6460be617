import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pc from "picocolors";
import { functionsFolder, pageFolder } from "../../bin/program.mjs";
import { COMMANDS } from "../../lib/cli/commands/command-table.ts";
import type { Io } from "../../lib/cli/io.ts";
import { main } from "../../lib/cli/main.ts";
import { CHECKOUT } from "../project-copy.ts";
import { PROJECT } from "../test-project.ts";

/** What a command said, and how it ended. */
export interface Said {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** A terminal of its own: notes of running issuers that only its commands see. */
export class Terminal {
  readonly env = { ...process.env, XDG_RUNTIME_DIR: mkdtempSync(join(tmpdir(), "gatehouse-terminal-")) };

  /** Runs one command to its end. */
  async run(argv: readonly string[], given: Partial<Io> & { readonly stdin?: string } = {}): Promise<Said> {
    return this.start(argv, given).ended;
  }

  /** Begins a command that goes on until it is stopped. */
  start(argv: readonly string[], given: Partial<Io> & { readonly stdin?: string } = {}): Started {
    const said = { out: "", err: "" };
    const stop = new AbortController();
    const { stdin = "", ...rest } = given;
    const io: Io = {
      out: (text) => void (said.out += `${text}\n`),
      err: (text) => void (said.err += `${text}\n`),
      readStdin: async () => stdin,
      stdinIsTerminal: false,
      cwd: PROJECT,
      home: PROJECT,
      pageFolder: () => pageFolder(PROJECT),
      functionsFolder: () => functionsFolder(CHECKOUT),
      env: this.env,
      nowMs: Date.now,
      startedAtMs: Date.now(),
      stopped: stop.signal,
      paint: pc.createColors(false),
      columns: undefined,
      ...rest,
    };
    const ended = main(argv, COMMANDS, io).then((exitCode) => ({ exitCode, ...said }));
    return {
      ended,
      stop: () => {
        stop.abort();
        return ended;
      },
      saidUntil: async (pattern) => {
        for (let found = pattern.exec(said.out); ; found = pattern.exec(said.out)) {
          if (found) return found;
          const isOver = await Promise.race([ended.then(() => true), new Promise((tick) => setTimeout(tick, 10))]);
          if (isOver === true) throw new Error(`it ended without saying ${pattern.source}:\n${said.out}${said.err}`);
        }
      },
      said,
    };
  }
}

/** A command that is running. */
export interface Started {
  readonly ended: Promise<Said>;
  readonly said: { readonly out: string; readonly err: string };
  /** Ctrl-C, and then the end. */
  stop(): Promise<Said>;
  /** Waits until its stdout matches. */
  saidUntil(pattern: RegExp): Promise<RegExpExecArray>;
}
