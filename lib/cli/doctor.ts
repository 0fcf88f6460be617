import { Option } from "commander";
import { type GivenContext, readProjectEnvironment } from "../config/project.ts";
import { runDoctor } from "../doctor/doctor.ts";
import type { CliCommand } from "./command.ts";
import { reportAsText } from "./doctor-report.ts";
import type { Io } from "./io.ts";
import { contextOption, list } from "./options.ts";

interface DoctorCommandOptions {
  readonly env?: string;
  readonly context: GivenContext;
  readonly issuer?: string;
  readonly audience?: readonly string[];
  readonly token?: string;
  readonly json?: boolean;
}

export const doctor: CliCommand = {
  name: "doctor",
  about: "say whether API Gateway can use an issuer, and what to change",
  define: (command) => {
    command
      .option("--env <name>", "the environment of cdk.json whose issuer is looked at (default: dev)")
      .addOption(contextOption())
      .addOption(new Option("--issuer <url>", "another issuer").conflicts("env"))
      .option("--audience <list>", "the authorizer's audience, several with commas (default: the environment's)", list)
      .option("--token <token>", "a token to ask every rule about; - reads it from stdin")
      .option("--json", "one JSON document")
      .addHelpText("after", "\nExit code: 0 nothing failed, 1 something did. It asks the issuer itself, from here.");
  },
  run: async ({ options }, io) => {
    const { env, context, issuer, audience, token, json } = options as unknown as DoctorCommandOptions;
    const trusted = issuer === undefined ? readProjectEnvironment(io.cwd, env, context) : { issuer, audience: [] };
    const report = await runDoctor({
      issuer: trusted.issuer,
      audience: audience ?? trusted.audience,
      token: await readToken(token, io),
      onProgress: (step) => io.err(`${step} …`),
    });
    io.out(json ? JSON.stringify(report, null, 2) : reportAsText(report, io.paint));
    return report.usable ? 0 : 1;
  },
};

const readToken = async (given: string | undefined, io: Io) => (given === "-" ? (await io.readStdin()).trim() : given);
