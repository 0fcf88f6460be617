import { Command, CommanderError } from "commander";
import { Mistake } from "../mistake.ts";
import type { CliCommand, CommandEntry } from "./command.ts";
import type { Io } from "./io.ts";
import { mistakeText } from "./mistake-text.ts";

const ABOUT =
  "An HTTP API behind a JWT authorizer that trusts WSO2: the deployed template on a laptop, and why a token is refused.";
const EXIT_USAGE = 2;

/** Reads argv, runs the command it names and answers the exit code. The only place where an error becomes a message. */
export async function main(argv: readonly string[], table: readonly CommandEntry[], io: Io): Promise<number> {
  const program = newProgram(io);
  let exitCode = 0;
  let loaded: CliCommand | undefined;
  let current = program;
  for (const entry of table) {
    const { name, about } = entry;
    const command = program.command(name).description(about);
    inherit(command, io);
    // Only the command that was called is loaded; the others are a line of the help.
    if (argv[0] !== name && !(argv[0] === "help" && argv[1] === name)) continue;
    const definition = await entry.load();
    loaded = definition;
    current = command;
    definition.define(command);
    command.action(async () => {
      exitCode = await definition.run(
        { args: command.processedArgs as (string | undefined)[], options: command.opts() },
        io,
      );
    });
  }
  try {
    await program.parseAsync([...argv], { from: "user" });
    return exitCode;
  } catch (error) {
    return printError(error, current, loaded, io);
  }
}

function newProgram(io: Io): Command {
  const program = new Command("gatehouse")
    .description(ABOUT)
    .helpCommand("help [command]", "show the help of a command");
  program.addHelpText(
    "after",
    "\nBegin with:\n  npm start              the dev environment on this machine, with an issuer of its own\n  npm run demo           the four steps of the article, each answer checked\n  npx gatehouse <command> --help",
  );
  inherit(program, io);
  return program;
}

function inherit(command: Command, io: Io) {
  command.exitOverride().configureOutput({
    writeOut: (text) => io.out(text),
    writeErr: (text) => io.err(text),
    outputError: () => undefined,
  });
}

function printError(error: unknown, command: Command, loaded: CliCommand | undefined, io: Io): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return 0;
    // `gatehouse` alone and `gatehouse help` print the help and say no more.
    if (error.code === "commander.help") return EXIT_USAGE;
    io.err(error.message.replace(/^error: /, ""));
    io.err(`usage: ${usageOf(command)}`);
    return EXIT_USAGE;
  }
  if (error instanceof Mistake) {
    io.err(mistakeText(error));
    return loaded?.mistakeExit ?? 1;
  }
  io.err(`gatehouse met a fault of its own: ${error instanceof Error ? error.message : String(error)}`);
  io.err(
    io.env.GATEHOUSE_DEBUG
      ? String(error instanceof Error ? error.stack : error)
      : "  fix       run it again with GATEHOUSE_DEBUG=1 to see where, and report that",
  );
  return loaded?.mistakeExit ?? 1;
}

function usageOf(command: Command): string {
  const { parent } = command;
  return `${parent ? `${parent.name()} ` : ""}${command.name()} ${command.usage()}`;
}
