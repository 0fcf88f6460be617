import { COMMANDS } from "../lib/cli/commands/command-table.ts";
import { type Installation, processIo } from "../lib/cli/io.ts";
import { main } from "../lib/cli/main.ts";

const LAST_CALL_MS = 400;

/** Runs the command that the process's arguments name. */
export async function run(installation: Installation): Promise<void> {
  process.exitCode = await main(process.argv.slice(2), COMMANDS, processIo(installation));
  // Whatever is still open holds nobody up: the command has said and closed all that it owns.
  setTimeout(() => process.exit(), LAST_CALL_MS).unref();
}
