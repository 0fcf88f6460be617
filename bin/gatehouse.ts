import type { CommandEntry } from "../lib/cli/command.ts";
import { processIo } from "../lib/cli/io.ts";
import { main } from "../lib/cli/main.ts";

// A command's module is loaded when the command is called, so that --help answers at once.
const COMMANDS: readonly CommandEntry[] = [
  {
    name: "local",
    about: "run the deployed template on this machine",
    load: async () => (await import("../lib/cli/commands/local.ts")).local,
  },
  {
    name: "demo",
    about: "walk the article's four steps and check each answer",
    load: async () => (await import("../lib/cli/commands/demo.ts")).demo,
  },
  {
    name: "token",
    about: "print a token of the running issuer, good or flawed",
    load: async () => (await import("../lib/cli/commands/token.ts")).token,
  },
  {
    name: "explain",
    about: "say which rule accepts or refuses a token, and why",
    load: async () => (await import("../lib/cli/commands/explain.ts")).explain,
  },
  {
    name: "doctor",
    about: "say whether API Gateway (or the mirror) can use an issuer, and what to change",
    load: async () => (await import("../lib/cli/commands/doctor.ts")).doctor,
  },
  {
    name: "smoke",
    about: "ask a deployed API with good and bad tokens, and say what its authorizer does",
    load: async () => (await import("../lib/cli/commands/smoke.ts")).smoke,
  },
  {
    name: "conformance",
    about: "ask a gateway every fact that is known of API Gateway, and say what differs",
    load: async () => (await import("../lib/cli/commands/conformance.ts")).conformance,
  },
  {
    name: "mirror",
    about: "ask the bundled mirror Lambda as API Gateway would",
    load: async () => (await import("../lib/cli/commands/mirror.ts")).mirror,
  },
  {
    name: "wso2 register",
    about: "make an application that gets JWTs, and prove it",
    load: async () => (await import("../lib/cli/commands/wso2-register.ts")).wso2Register,
  },
  {
    name: "wso2 token",
    about: "print a token of it, by client credentials",
    load: async () => (await import("../lib/cli/commands/wso2-token.ts")).wso2Token,
  },
];

/** @param home the folder with package.json: this file is bundled to elsewhere */
export async function run(home: string): Promise<void> {
  process.exitCode = await main(process.argv.slice(2), COMMANDS, processIo(home));
}
