import { readFileSync } from "node:fs";
import { join } from "node:path";
import { InvalidArgumentError } from "commander";
import { hasEnvironments } from "../../config/project.ts";
import { Mistake } from "../../findings/mistake.ts";
import { jsonText } from "../../findings/terminal-text.ts";
import { initPlan } from "../../init/init-plan.ts";
import { projectFolder } from "../../init/project-folder.ts";
import { writePlan } from "../../init/write-plan.ts";
import type { CliCommand } from "../command.ts";
import type { Io } from "../io.ts";
import { list } from "../options.ts";
import { initAsJson, initAsText } from "../reports/init-report.ts";

interface InitCommandOptions {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const ISSUER = "https://is.dev.example.com:9443/oauth2/token";
const AUDIENCE = "ordersWebDev00000001";

export const init: CliCommand<InitCommandOptions> = {
  define: (command) => {
    command
      .option(
        "--issuer <url>",
        "trust this issuer: the 'iss' of its tokens, character by character",
        parseIssuer,
        ISSUER,
      )
      .option("--audience <list>", "take tokens for these client ids, several with commas", list, [AUDIENCE])
      .option("--dry-run", "print what would be written as a diff, and write nothing")
      .option("--json", "print one JSON document")
      .addHelpText(
        "after",
        "\nIn the folder of a CDK app in TypeScript it adds a stack; in an empty folder it makes a new app. It adds lines and files, and\nchanges none of yours. Run it again as often as you like.",
      );
  },
  run: async ({ options }, io) => {
    const { issuer, audience, dryRun = false, json } = options;
    const folder = projectFolder(io.cwd);
    if (!folder.isNew && hasEnvironments(io.cwd))
      throw new Mistake("init-done", {
        what: "this app has environments of Gatehouse already",
        got: "'environments' in cdk.json's context",
        expected: "an app without them, or an empty folder",
        fix: "npx gatehouse local",
      });
    const plan = initPlan(folder, { issuer, audience, versions: versionsOf(io) });
    if (!dryRun) writePlan(io.cwd, plan);
    io.out(json ? jsonText(initAsJson(plan, dryRun), 2) : initAsText(plan, dryRun, io));
    return 0;
  },
};

function parseIssuer(value: string): string {
  if (!URL.canParse(value) || new URL(value).protocol !== "https:")
    throw new InvalidArgumentError("an issuer is an https URL, such as https://is.example.com/oauth2/token.");
  return value;
}

/** The package's own version, and those of the tools that it is tested with. */
function versionsOf({ home }: Io): Readonly<Record<string, string>> {
  const { version, dependencies, devDependencies } = JSON.parse(readFileSync(join(home, "package.json"), "utf8")) as {
    readonly version: string;
    readonly dependencies: Readonly<Record<string, string>>;
    readonly devDependencies: Readonly<Record<string, string>>;
  };
  return { ...devDependencies, ...dependencies, gatehouse: version };
}
