import { jsonText, printableLines } from "../../findings/terminal-text.ts";
import { IssuerKeys } from "../../keys/issuer-keys.ts";
import { refusalOf } from "../../wso2/token-proof.ts";
import { caOption } from "../authorities.ts";
import type { CliCommand } from "../command.ts";
import type { Io } from "../io.ts";
import { contextOption, repeated } from "../options.ts";
import { grantFrom, type RealIssuer, type RealIssuerOptions, realIssuerOf, realToken } from "../real-issuer.ts";

export interface RealTokenOptions extends RealIssuerOptions {
  readonly scope: readonly string[];
  readonly json?: boolean;
}

export const wso2Token: CliCommand<RealTokenOptions> = {
  define: (command) => {
    command
      .option("--env <name>", "use the issuer of this environment of cdk.json (default: dev)")
      .addOption(contextOption())
      .option("--issuer <url>", "use another issuer; the audiences stay those of --env")
      .option("--scope <scope>", "request this scope (repeatable)", repeated, [])
      .addOption(caOption())
      .option("--json", "print one JSON document with the token and how long it is valid")
      .addHelpText(
        "after",
        "\nFrom the environment, sent only over https: WSO2_CLIENT_ID, WSO2_CLIENT_SECRET. It prints only the token on stdout, and\non stderr what API Gateway would refuse of it.",
      );
  },
  run: async ({ options }, io) => printRealToken(options, io),
};

/** What `wso2 token` and `token --real-issuer` do. */
export async function printRealToken(wanted: RealTokenOptions, io: Io): Promise<number> {
  const real = await realIssuerOf(wanted, io);
  const { token, expiresInSeconds } = await realToken(grantFrom(real, io), real.issuer, wanted.scope);
  // A management token is for WSO2's own REST APIs.
  const isForManagement = wanted.scope.length > 0 && wanted.scope.every((scope) => scope.startsWith("internal_"));
  const refusal = isForManagement
    ? undefined
    : await refusalOf(token, configurationOf(real, io), wanted.scope, {
        findKey: new IssuerKeys({ issuer: real.issuer, fetchDocument: real.fetchDocument, nowMs: io.nowMs }).find,
        nowMs: io.nowMs,
      });
  if (refusal)
    io.err(
      printableLines(
        `warning: API Gateway refuses this token by the rule ${refusal.code}: ${refusal.what}\n  ${refusal.fix ?? ""}`,
      ),
    );
  io.out(wanted.json ? jsonText({ token, expiresInSeconds, issuer: real.issuer, scopes: wanted.scope }) : token);
  return 0;
}

/** The environment's authorizer, or one for the application that asks. */
const configurationOf = ({ issuer, environment }: RealIssuer, { env }: Io) => ({
  issuer,
  audience: environment?.audience ?? [env.WSO2_CLIENT_ID ?? ""],
});
