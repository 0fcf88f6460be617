import { Option } from "commander";
import { Mistake } from "../../findings/mistake.ts";
import { printable } from "../../findings/terminal-text.ts";
import { requestToken } from "../../session/running-issuer.ts";
import { findRunning, type RunningIssuer } from "../../session/running-sessions.ts";
import { FLAWS } from "../../tokens/flaws.ts";
import type { CliCommand } from "../command.ts";
import type { Io } from "../io.ts";
import { contextOption, parseClaims, parseSeconds, repeated } from "../options.ts";
import { caOption } from "../real-issuer.ts";
import { printRealToken, type RealTokenOptions } from "./wso2-token.ts";

interface TokenOptions extends RealTokenOptions {
  readonly realIssuer?: boolean;
  readonly flaw?: string;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly ttl?: number;
  readonly client?: string;
}

export const token: CliCommand = {
  define: (command) => {
    command
      .option("--scope <scope>", "a scope to ask for, repeatable (default: every scope of the template)", repeated, [])
      .option("--flaw <name>", `what is to be wrong with it: ${FLAWS.map(({ name }) => name).join(", ")}`)
      .option("--claims <json>", "claims to add or replace, as a JSON object; null removes one", parseClaims)
      .option("--ttl <seconds>", "how long it is good (default: 3600)", parseSeconds)
      .option("--client <id>", "the client it is for (default: the first audience of the template)")
      .option("--issuer <url>", "which issuer, by its name or its address here, where several run")
      .addOption(
        new Option("--real-issuer", "ask the issuer itself, as 'wso2 token' does").conflicts([
          "flaw",
          "claims",
          "ttl",
          "client",
        ]),
      )
      .option("--env <name>", "with --real-issuer: the environment whose issuer is asked (default: dev)")
      .addOption(contextOption())
      .addOption(caOption());
  },
  run: async ({ options }, io) => {
    const wanted = options as unknown as TokenOptions;
    if (wanted.realIssuer) return printRealToken(wanted, io);
    const { scope, flaw, claims, ttl, client, issuer } = wanted;
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
    io.out(await requestToken(runningIssuer(issuer, io), asked));
    return 0;
  },
};

/** The running local issuer that stands in for `issuer`, or that of this folder, or the newest one. */
function runningIssuer(issuer: string | undefined, io: Io): RunningIssuer {
  const running = findRunning(io.env, io.cwd);
  const [nearest] = running;
  if (issuer === undefined && nearest && running.length > 1)
    io.err(
      printable(
        `of the 'gatehouse local' at ${nearest.apiUrl}, started in ${nearest.folder}; ${running.length - 1} more run: --issuer tells them apart`,
      ),
    );
  const issuers = running.flatMap((one) => one.issuers);
  const found = issuers.find((one) =>
    // After a reload an issuer may be there that no authorizer names any more.
    issuer === undefined ? one.audience.length > 0 : one.issuer === issuer || one.issuerUrl === issuer,
  );
  if (found) return found;
  const [unnamed] = issuers;
  if (issuer === undefined && unnamed)
    throw new Mistake("token-audience-unknown", {
      what: "the issuer that runs has no audience to make a token for: no authorizer with an audience names it",
      got: unnamed.issuer,
      expected: "an authorizer with an audience, or the claims of the token",
      fix: `npx gatehouse token --issuer ${unnamed.issuer} --claims '{"aud":"AUDIENCE"}'`,
    });
  throw new Mistake("issuer-not-running", {
    what: "no embedded issuer runs on this machine that could give a token",
    got:
      issuers.length === 0
        ? "no running 'gatehouse local'"
        : `running for ${issuers.map((one) => one.issuer).join(", ")}`,
    expected: issuer ?? "a 'gatehouse local' of this user",
    fix: "npm start (in another terminal), then the same command again",
  });
}
