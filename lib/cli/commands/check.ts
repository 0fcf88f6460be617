import { countsOf } from "../../findings/finding.ts";
import { jsonText } from "../../findings/terminal-text.ts";
import { addAssemblyOptions } from "../assembly-options.ts";
import type { CliCommand } from "../command.ts";
import type { Io } from "../io.ts";
import { Opened } from "../opened.ts";
import { contextOption } from "../options.ts";
import { type PreparedAssembly, type PreparedFrom, prepareAssembly } from "../prepared-assembly.ts";
import { checkAsText } from "../reports/check-report.ts";

interface CheckOptions extends Omit<PreparedFrom, "realIssuer"> {
  readonly json?: boolean;
}

export const check: CliCommand<CheckOptions> = {
  define: (command) => {
    command
      .option("--env <name>", "synthesise this environment of cdk.json (default: dev)")
      .addOption(contextOption())
      .option("--assembly <dir>", "check this cloud assembly instead, of any CDK app");
    addAssemblyOptions(command)
      .option("--json", "print one JSON document")
      .addHelpText(
        "after",
        "\nExit code: 0 no known reason for AWS to reject it, 1 there is one. It does not connect to AWS: docs/conformance.md lists the facts.",
      );
  },
  run: async ({ options: wanted }, io) => {
    const { assembly, environment } = await read(wanted, io);
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

/** The output folder is given back as soon as it is read. No issuer is started, so no key is made for one. */
async function read(wanted: PreparedFrom, io: Io): Promise<PreparedAssembly> {
  const opened = new Opened();
  try {
    return await prepareAssembly({ ...wanted, realIssuer: true }, opened, io);
  } finally {
    await opened.close();
  }
}
