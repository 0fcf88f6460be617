import { Option } from "commander";
import { Mistake } from "../../findings/mistake.ts";
import { requestToken } from "../../session/running-issuer.ts";
import { FLAWS } from "../../tokens/flaws.ts";
import { caOption } from "../authorities.ts";
import type { CliCommand } from "../command.ts";
import { contextOption, parseClaims, parseSignedSeconds, repeated } from "../options.ts";
import { chooseRunning } from "../running-choice.ts";
import { printRealToken, type RealTokenOptions } from "./wso2-token.ts";

interface TokenOptions extends RealTokenOptions {
  readonly realIssuer?: boolean;
  readonly flaw?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly ttl?: number;
  readonly client?: string;
}

export const token: CliCommand<TokenOptions> = {
  define: (command) => {
    command
      .option("--scope <scope>", "request this scope (repeatable; default: every scope of the template)", repeated, [])
      .option("--flaw <name>", `mint an invalid token: ${FLAWS.map(({ name }) => name).join(", ")}`)
      .option("--claims <json>", "add or replace claims, given as a JSON object; null removes one", parseClaims)
      .option("--ttl <seconds>", "set how long it is valid (default: 3600)", parseSignedSeconds)
      .option("--client <id>", "mint it for this client (default: the first audience of the template)")
      .option("--issuer <url>", "choose the issuer, by its name or its local address, where several run")
      .addOption(
        new Option("--real-issuer", "use the issuer itself, as 'wso2 token' does").conflicts([
          "flaw",
          "claims",
          "ttl",
          "client",
        ]),
      )
      .option(
        "--env <name>",
        "use the run of this environment of cdk.json; with --real-issuer its issuer (default: dev)",
      )
      .addOption(contextOption())
      .addOption(caOption());
  },
  run: async ({ options: wanted }, io) => {
    if (wanted.realIssuer) return printRealToken(wanted, io);
    const { scope, flaw, claims, ttl, client } = wanted;
    if (flaw !== undefined && !FLAWS.some(({ name }) => name === flaw))
      throw new Mistake("flaw-unknown", {
        what: "there is no such flaw",
        got: `--flaw ${flaw}`,
        expected: `one of ${FLAWS.map(({ name }) => name).join(", ")}`,
        fix: "npx gatehouse token --flaw expired",
      });
    const asked = {
      ...(client === undefined ? {} : { clientId: client }),
      ...(scope.length === 0 ? {} : { scopes: scope }),
      ...(flaw === undefined ? {} : { flaw }),
      ...(claims === undefined ? {} : { claims }),
      ...(ttl === undefined ? {} : { ttlSeconds: ttl }),
    };
    io.out(await requestToken(chooseRunning(wanted, io).issuer, asked));
    return 0;
  },
};
