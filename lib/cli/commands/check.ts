import type { GivenContext } from "../../config/project.ts";
import { countsOf } from "../../findings/finding.ts";
import { jsonText } from "../../findings/terminal-text.ts";
import type { CliCommand } from "../command.ts";
import { contextOption, parseParameter } from "../options.ts";
import { checkAsText } from "../reports/check-report.ts";
import { prepare } from "./local.ts";

interface CheckOptions {
  readonly env?: string;
  readonly context?: GivenContext;
  readonly assembly?: string;
  readonly parameters?: Readonly<Record<string, string>>;
  readonly json?: boolean;
}

export const check: CliCommand = {
  define: (command) => {
    command
      .option("--env <name>", "the environment of cdk.json to synthesise (default: dev)")
      .addOption(contextOption())
      .option("--assembly <dir>", "look at this cloud assembly instead, of any CDK app")
      .option(
        "--parameters <name=value>",
        "a parameter of the template, as 'cdk deploy' takes it; repeatable",
        parseParameter,
        {},
      )
      .option("--json", "one JSON document")
      .addHelpText(
        "after",
        "\nExit code: 0 AWS refuses nothing that is known, 1 it does. Nothing is asked of AWS: docs/conformance.md has the facts.",
      );
  },
  run: async ({ options }, io) => {
    const wanted = options as unknown as CheckOptions;
    // No issuer is started, so no key is made for one.
    const { assembly, environment } = await prepare({ ...wanted, realIssuer: true }, io);
    const { directory, apis, findings } = assembly;
    io.out(
      wanted.json
        ? jsonText(
            { environment, assembly: directory, apis: apis.map(({ stack, name }) => ({ stack, name })), findings },
            2,
          )
        : checkAsText(assembly, environment, io),
    );
    return countsOf(findings).fail === 0 ? 0 : 1;
  },
};
