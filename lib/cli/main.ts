import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError, Help, Option } from "commander";
import { Mistake, mistakeJson, mistakeText } from "../findings/mistake.ts";
import { printable } from "../findings/terminal-text.ts";
import type { CliCommand, CommandEntry } from "./command.ts";
import { foldedHelp } from "./help-text.ts";
import type { Io } from "./io.ts";

const ABOUT =
  "An HTTP API behind a JWT authorizer that trusts WSO2: the deployed template on a laptop, and why a token is refused.";
const EXIT_USAGE = 2;
/** What commander says, and what it thinks was meant. */
const USAGE_ERROR = /^(?:error: )?([^]*?)(?:\n(\(Did you mean [^]*\)))?$/;

/** Of help that is not read on a terminal. */
const HELP_COLUMNS = 100;

/** Reads argv, runs the command it names and answers the exit code. The only place where an error becomes a message. */
export async function main(argv: readonly string[], table: readonly CommandEntry[], io: Io): Promise<number> {
  const program = newProgram(io);
  let exitCode = 0;
  let loaded: CliCommand | undefined;
  let current = program;
  for (const entry of table) {
    const { name, about } = entry;
    const command = commandOf(name, program, io).description(about);
    // Only the command that was called is loaded; the others are a line of the help.
    if (!isCalled(name, argv[0] === "help" ? argv.slice(1) : argv)) continue;
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
    return printError(error, { command: current, loaded, argv }, io);
  }
}

function newProgram(io: Io): Command {
  const program = new Command("gatehouse")
    .description(ABOUT)
    .version(versionOf(io), "-V, --version", "print the version")
    .helpOption("-h, --help", "print this help")
    .helpCommand("help [command]", "print the help of a command");
  program.addHelpText(
    "after",
    "\nBegin with:\n  npx gatehouse local              this project's API on this machine, with an issuer of its own\n  npx gatehouse demo               the four steps of the article, each answer checked\n  npx gatehouse <command> --help",
  );
  inherit(program, io);
  return program;
}

const isCalled = (name: string, argv: readonly string[]) => name.split(" ").every((word, at) => argv[at] === word);

const GROUPS: Readonly<Record<string, string>> = { wso2: "create an application in a real WSO2, and get its tokens" };

/** A command, or one of a group, whose own command is made with the first of them. */
function commandOf(name: string, program: Command, io: Io): Command {
  const [word = "", ofGroup] = name.split(" ");
  if (ofGroup === undefined) return inherit(program.command(word), io);
  const before = program.commands.find((one) => one.name() === word);
  const group = before ?? inherit(program.command(word), io).description(GROUPS[word] ?? "");
  return inherit(group.command(ofGroup), io);
}

const versionOf = ({ home }: Io) =>
  (JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as { readonly version: string }).version;

function inherit(command: Command, io: Io): Command {
  return command
    .exitOverride()
    .helpOption("-h, --help", "print this help")
    .configureHelp({ optionDescription })
    .configureOutput({
      getOutHelpWidth: () => io.columns ?? HELP_COLUMNS,
      getErrHelpWidth: () => io.columns ?? HELP_COLUMNS,
      writeOut: (text) => io.out(foldedHelp(text, io.columns)),
      writeErr: (text) => io.err(text),
      outputError: () => undefined,
    });
}

/** An option's line of the help: nobody needs to know that a list is empty at first. */
function optionDescription(option: Option): string {
  const { defaultValue } = option as { readonly defaultValue: unknown };
  const isEmpty =
    typeof defaultValue === "object" &&
    defaultValue !== null &&
    (defaultValue instanceof Map ? defaultValue.size : Object.keys(defaultValue).length) === 0;
  const shown = isEmpty ? new Option(option.flags, option.description) : option;
  return new Help().optionDescription(shown);
}

/** Says what stopped a command: in four parts, or with `--json` as the one JSON document that stdout gets. */
function printError(error: unknown, { command, loaded, argv }: Called, io: Io): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  // `gatehouse` without arguments and `gatehouse help` print the help and say no more.
  if (error instanceof CommanderError && error.code === "commander.help") return EXIT_USAGE;
  const isUsage = error instanceof CommanderError;
  const mistake = error instanceof Mistake ? error : isUsage ? usageMistake(error, command) : faultMistake(error);
  if (argv.includes("--json")) io.out(mistakeJson(mistake));
  else if (isUsage) {
    const [, message = "", hint] = USAGE_ERROR.exec(error.message) ?? [];
    io.err(printable(message));
    if (hint !== undefined) io.err(printable(hint));
    io.err(`usage: ${usageOf(command)}`);
  } else if (mistake === error) io.err(mistakeText(mistake, io.columns));
  else {
    const { what, got, fix } = mistake.say;
    io.err(printable(`${what}: ${got}`));
    io.err(io.env.GATEHOUSE_DEBUG ? String(error instanceof Error ? error.stack : error) : `  fix       ${fix}`);
  }
  return isUsage ? EXIT_USAGE : (loaded?.mistakeExit ?? 1);
}

interface Called {
  readonly command: Command;
  readonly loaded: CliCommand | undefined;
  readonly argv: readonly string[];
}

const usageMistake = (error: CommanderError, command: Command) =>
  new Mistake("usage", {
    what: "the command line is invalid",
    got: error.message.replace(/^error: /, ""),
    expected: usageOf(command),
    fix: `npx ${namesOf(command).join(" ")} --help`,
  });

const faultMistake = (cause: unknown) =>
  new Mistake(
    "fault",
    {
      what: "gatehouse met a fault of its own",
      got: cause instanceof Error ? cause.message : String(cause),
      expected: "a result, or a mistake of yours in four parts",
      fix: "run it again with GATEHOUSE_DEBUG=1 to see where, and report that",
    },
    { cause },
  );

const usageOf = (command: Command) => `${namesOf(command).join(" ")} ${command.usage()}`;

function namesOf(command: Command): readonly string[] {
  const names: string[] = [];
  for (let at: Command | null = command; at; at = at.parent) names.unshift(at.name());
  return names;
}
