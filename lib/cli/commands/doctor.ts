import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { Option } from "commander";
import { readAssembly } from "../../assembly/read-assembly.ts";
import { readCaBundle } from "../../config/ca-bundle.ts";
import { findProject, type GivenContext, readProjectEnvironment } from "../../config/project.ts";
import type { NamedEnvironment } from "../../config/read-environment.ts";
import type { Asker } from "../../doctor/asker.ts";
import { runDoctor } from "../../doctor/doctor.ts";
import { jsonText, printable } from "../../findings/terminal-text.ts";
import { appAssembly } from "../app-assembly.ts";
import { authoritiesOf, caOption } from "../authorities.ts";
import { authorizerIn, type CheckedAuthorizer } from "../checked-authorizer.ts";
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
  readonly ca?: string;
  readonly json?: boolean;
}

export const doctor: CliCommand<DoctorCommandOptions> = {
  define: (command) => {
    command
      .option(
        "--env <name>",
        "check the issuer of this environment of cdk.json (default: dev; without environments, that of the template)",
      )
      .addOption(contextOption())
      .addOption(new Option("--issuer <url>", "check another issuer, for the native authorizer").conflicts("env"))
      .option(
        "--audience <list>",
        "set the authorizer's audience, several with commas (default: the environment's)",
        list,
      )
      .option("--token <token>", "check this token against every rule; - reads it from standard input")
      .addOption(caOption())
      .option("--json", "print one JSON document")
      .addHelpText(
        "after",
        '\nExit code: 0 nothing failed, 1 something did. It connects to the issuer from this machine.\nFor an environment with "authorizer": "lambda" it checks for the Lambda authorizer, and trusts the environment\'s caBundle.\nWith --ca it checks for a Lambda authorizer with that caBundle, since API Gateway itself trusts public authorities only.',
      );
  },
  run: async ({ options }, io) => {
    const { env, context, issuer, audience, token, json } = options;
    const directory = await appAssembly(options, io);
    const authorizer =
      issuer !== undefined
        ? { issuer, audience: [], asker: { kind: "api-gateway" } as const }
        : directory === undefined
          ? ofEnvironment(readProjectEnvironment(io.cwd, env, context), io)
          : authorizerIn(readAssembly(resolve(io.cwd, directory)), directory);
    const { ca } = authoritiesOf(options.ca, io);
    const report = await runDoctor({
      issuer: authorizer.issuer,
      asker: ca === undefined ? authorizer.asker : trusting(authorizer.asker, ca),
      audience: audience ?? authorizer.audience,
      token: await readGivenToken(token, io),
      onProgress: (step) => io.err(io.paint.dim(printable(`${step} …`))),
    });
    io.out(json ? jsonText(report, 2) : reportAsText(report, io));
    return report.usable ? 0 : 1;
  },
};

/** API Gateway trusts public authorities only, so authorities of one's own are those of a mirror. */
const trusting = (asker: Asker, ca: string): Asker => ({
  kind: "mirror",
  inVpc: asker.kind === "mirror" && asker.inVpc,
  ca,
});

const ofEnvironment = (environment: NamedEnvironment, io: Io): Omit<CheckedAuthorizer, "scopes"> => ({
  issuer: environment.issuer,
  audience: environment.audience,
  asker: askerOf(environment, io),
});

/** Who asks once this environment is deployed. @throws Mistake as synthesis does, where its `caBundle` cannot be used */
function askerOf({ authorizer, vpc, caBundle }: NamedEnvironment, { cwd, nowMs }: Io): Asker {
  if (authorizer === "native") return { kind: "api-gateway" };
  const bundle = caBundle === undefined ? undefined : readCaBundle(resolve(findProject(cwd) ?? cwd, caBundle), nowMs());
  return { kind: "mirror", inVpc: vpc !== undefined, ca: bundle && readFileSync(bundle.file, "utf8") };
}
