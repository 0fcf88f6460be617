import { type ParseArgsConfig, parseArgs } from "node:util";

/**
 * The options of a bench: `--help` prints what it takes and ends with 0, an option that it does not know ends with 2.
 * @param help the command, and a line for each option
 */
export function readOptions<const T extends NonNullable<ParseArgsConfig["options"]>>(help: string, options: T) {
  if (process.argv.slice(2).some((one) => one === "--help" || one === "-h")) {
    process.stdout.write(`${help}\n`);
    process.exit(0);
  }
  try {
    return parseArgs({ options }).values;
  } catch (cause) {
    const got = cause instanceof Error ? cause.message : String(cause);
    process.stderr.write(`mistake bench-options\n  what      the options cannot be read\n  got       ${got}\n`);
    process.stderr.write(`  expected  ${help.replaceAll("\n", "\n            ")}\n  fix       leave it out\n`);
    process.exit(2);
  }
}
