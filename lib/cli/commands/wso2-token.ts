import { Option } from "commander";
import { jsonText, printable, printableLines } from "../../findings/terminal-text.ts";
import { IssuerKeys } from "../../keys/issuer-keys.ts";
import type { DevicePrompt } from "../../wso2/device-flow.ts";
import { refusalsOf } from "../../wso2/token-proof.ts";
import { caOption } from "../authorities.ts";
import type { CliCommand } from "../command.ts";
import type { Io } from "../io.ts";
import { contextOption, repeated } from "../options.ts";
import {
  GRANTS,
  type GrantName,
  grantFrom,
  type RealIssuer,
  type RealIssuerOptions,
  realIssuerOf,
  realToken,
} from "../real-issuer.ts";

export interface RealTokenOptions extends RealIssuerOptions {
  readonly scope: readonly string[];
  /** @default "client_credentials" */
  readonly grant?: GrantName;
  readonly json?: boolean;
}

const HELP = `
From the environment, or asked for at a terminal, and sent only over https:
  WSO2_CLIENT_ID, WSO2_CLIENT_SECRET     the application; a public one has no secret
  WSO2_USERNAME, WSO2_PASSWORD           the person, for --grant password
With --grant device_code it prints an address and a code on stderr, and waits until a person has signed in there.
It prints only the token on stdout, and on stderr each rule of API Gateway that would refuse it.`;

export const wso2Token: CliCommand<RealTokenOptions> = {
  define: (command) => {
    command
      .option("--env <name>", "use the issuer of this environment of cdk.json (default: dev)")
      .addOption(contextOption())
      .option("--issuer <url>", "use another issuer; the audiences stay those of --env")
      .option(
        "--scope <scope>",
        "request this scope (repeatable; device_code asks for openid without it)",
        repeated,
        [],
      )
      .addOption(
        new Option(
          "--grant <grant>",
          "ask for the application itself, or for a person by name and password or by sign-in at a browser",
        )
          .choices(GRANTS)
          .default("client_credentials"),
      )
      .addOption(caOption())
      .option("--json", "print one JSON document with the token and how long it is valid")
      .addHelpText("after", HELP);
  },
  run: async ({ options }, io) => printRealToken(options, io),
};

/** What `wso2 token` and `token --real-issuer` do. */
export async function printRealToken(wanted: RealTokenOptions, io: Io): Promise<number> {
  const real = await realIssuerOf(wanted, io);
  const { scope: scopes, grant = "client_credentials" } = wanted;
  const { issuer } = real;
  // A sign-in that asks for no scope ends without a token at many issuers.
  const asked = scopes.length === 0 && grant === "device_code" ? ["openid"] : scopes;
  const { clientId, grantToken } = await grantFrom(real, grant, io, (prompt) =>
    io.err(promptText(prompt, wanted.json)),
  );
  const { token, expiresInSeconds } = await realToken(grantToken, { issuer, grant, scopes: asked });
  // A management token is for WSO2's own REST APIs.
  const isForManagement = scopes.length > 0 && scopes.every((scope) => scope.startsWith("internal_"));
  const { nowMs } = io;
  const findKey = new IssuerKeys({ issuer, fetchDocument: real.fetchDocument, nowMs }).find;
  const refusals = isForManagement
    ? []
    : await refusalsOf(token, configurationOf(real, clientId), scopes, { findKey, nowMs });
  for (const { code, what, fix } of refusals)
    io.err(printableLines(`warning: API Gateway refuses this token by the rule ${code}: ${what}\n  ${fix ?? ""}`));
  const warnings = refusals.map(({ code: rule, what, fix }) => ({ rule, what, fix }));
  io.out(wanted.json ? jsonText({ token, expiresInSeconds, issuer, scopes, warnings }) : token);
  return 0;
}

function promptText({ verificationUri, userCode, expiresInSeconds }: DevicePrompt, isJson = false): string {
  if (isJson) return jsonText({ verificationUri, userCode, expiresInSeconds });
  const minutes = Math.ceil(expiresInSeconds / 60);
  return printableLines(
    `open ${verificationUri} and type the code ${printable(userCode)}\nwaiting up to ${minutes} min …`,
  );
}

/** The environment's authorizer, or one for the application that asks. */
const configurationOf = ({ issuer, environment }: RealIssuer, clientId: string) => ({
  issuer,
  audience: environment?.audience ?? [clientId],
});
