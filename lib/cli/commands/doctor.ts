import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Option } from "commander";
import { readCaBundle } from "../../config/ca-bundle.ts";
import { findProject, type GivenContext, readProjectEnvironment } from "../../config/project.ts";
import type { NamedEnvironment } from "../../config/read-environment.ts";
import type { Asker } from "../../doctor/asker.ts";
import { runDoctor } from "../../doctor/doctor.ts";
import { jsonText, printable } from "../../findings/terminal-text.ts";
import type { CliCommand } from "../command.ts";
import type { Io } from "../io.ts";
import { contextOption, list } from "../options.ts";
import { reportAsText } from "../reports/doctor-report.ts";
import { readGivenToken } from "../token-source.ts";

interface DoctorCommandOptions {
  readonly env?: string;
  readonly context: GivenContext;
  readonly issuer?: string;
  readonly audience?: readonly string[];
  readonly token?: string;
  readonly json?: boolean;
}

export const doctor: CliCommand = {
  define: (command) => {
    command
      .option("--env <name>", "the environment of cdk.json whose issuer is looked at (default: dev)")
      .addOption(contextOption())
      .addOption(new Option("--issuer <url>", "another issuer, for the native authorizer").conflicts("env"))
      .option("--audience <list>", "the authorizer's audience, several with commas (default: the environment's)", list)
      .option("--token <token>", "a token to ask every rule about; - reads it from stdin")
      .option("--json", "one JSON document")
      .addHelpText(
        "after",
        "\nExit code: 0 nothing failed, 1 something did. It asks the issuer itself, from here.\nFor an environment with the Lambda authorizer it speaks of the mirror, and trusts the environment's caBundle.",
      );
  },
  run: async ({ options }, io) => {
    const { env, context, issuer, audience, token, json } = options as unknown as DoctorCommandOptions;
    const environment = issuer === undefined ? readProjectEnvironment(io.cwd, env, context) : undefined;
    const report = await runDoctor({
      issuer: issuer ?? environment?.issuer ?? "",
      asker: environment === undefined ? { kind: "api-gateway" } : askerOf(environment, io),
      audience: audience ?? environment?.audience ?? [],
      token: await readGivenToken(token, io),
      onProgress: (step) => io.err(io.paint.dim(printable(`${step} …`))),
    });
    io.out(json ? jsonText(report, 2) : reportAsText(report, io));
    return report.usable ? 0 : 1;
  },
};

/** Who asks once this environment is deployed. @throws Mistake as synthesis does, where its `caBundle` cannot be used */
function askerOf({ authorizer, vpc, caBundle }: NamedEnvironment, { cwd, nowMs }: Io): Asker {
  if (authorizer === "native") return { kind: "api-gateway" };
  const bundle = caBundle === undefined ? undefined : readCaBundle(resolve(findProject(cwd) ?? cwd, caBundle), nowMs());
  return { kind: "mirror", inVpc: vpc !== undefined, ca: bundle && readFileSync(bundle.file, "utf8") };
}
