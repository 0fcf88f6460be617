import { COMMANDS } from "../lib/cli/commands/command-table.ts";
import { processIo } from "../lib/cli/io.ts";
import { main } from "../lib/cli/main.ts";

/**
 * @param home the folder with package.json: this file is bundled to elsewhere
 * @param pageFolder makes the console's page, when it is asked for
 */
export async function run(home: string, pageFolder: () => Promise<string>): Promise<void> {
  process.exitCode = await main(process.argv.slice(2), COMMANDS, processIo(home, pageFolder));
}
