import { COMMANDS } from "../lib/cli/commands/command-table.ts";
import { processIo } from "../lib/cli/io.ts";
import { main } from "../lib/cli/main.ts";

const LAST_CALL_MS = 400;

/**
 * @param home the folder with package.json: this file is bundled to elsewhere
 * @param pageFolder makes the console's page, when it is asked for
 */
export async function run(home: string, pageFolder: () => Promise<string>): Promise<void> {
  process.exitCode = await main(process.argv.slice(2), COMMANDS, processIo(home, pageFolder));
  // Whatever is still open holds nobody up: the command has said and closed all that it owns.
  setTimeout(() => process.exit(), LAST_CALL_MS).unref();
}
