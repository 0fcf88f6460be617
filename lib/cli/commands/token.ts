import { Option } from "commander";
import { Mistake } from "../../findings/mistake.ts";
import { printable } from "../../findings/terminal-text.ts";
import { requestToken } from "../../session/running-issuer.ts";
import { findRunning, type Running, type RunningIssuer } from "../../session/running-sessions.ts";
import { FLAWS } from "../../tokens/flaws.ts";
import type { CliCommand } from "../command.ts";
import type { Io } from "../io.ts";
import { contextOption, parseClaims, parseSignedSeconds, repeated } from "../options.ts";
import { caOption } from "../real-issuer.ts";
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
    io.out(await requestToken(runningIssuer(wanted, io), asked));
    return 0;
  },
};

/** Which running issuer a person chose. */
interface Chosen {
  readonly issuer?: string | undefined;
  readonly env?: string | undefined;
}

/**
 * The running issuer that is meant: that of `--issuer` and `--env`, else that of this folder, else the only one there is.
 * @throws Mistake `issuer-not-running`, `issuer-ambiguous`
 */
function runningIssuer({ issuer, env }: Chosen, io: Io): RunningIssuer {
  const running = findRunning(io.env, io.cwd).filter(({ environment }) => env === undefined || environment === env);
  const named = running.filter((one) => issuerIn(one, issuer) !== undefined);
  const here = named.filter(({ folder }) => folder === io.cwd);
  const [first, ...others] = here.length > 0 ? here : named;
  const found = first && issuerIn(first, issuer);
  if (found === undefined) throw notRunning({ issuer, env }, findRunning(io.env, io.cwd));
  if (others.length === 0) return found;
  if (here.length === 0) throw ambiguous(named);
  io.err(
    printable(
      `the newest 'gatehouse local' of this folder, at ${first?.apiUrl}; ${others.length} more run: --issuer or --env chooses`,
    ),
  );
  return found;
}

/** After a reload an issuer may be there that no authorizer names any more: only a name finds that one. */
const issuerIn = ({ issuers }: Running, name: string | undefined): RunningIssuer | undefined =>
  issuers.find((one) => (name === undefined ? one.audience.length > 0 : one.issuer === name || one.issuerUrl === name));

function notRunning({ issuer, env }: Chosen, running: readonly Running[]): Mistake {
  const [one] = running.flatMap(({ issuers }) => issuers);
  const got = running.length === 0 ? "no running 'gatehouse local'" : running.map(described).join("\n");
  if (one !== undefined && issuer === undefined && env === undefined)
    return new Mistake("token-audience-unknown", {
      what: "the issuer that runs has no audience to make a token for: no authorizer with an audience names it",
      got,
      expected: "an authorizer with an audience, or the claims of the token",
      fix: `npx gatehouse token --issuer ${one.issuer} --claims '{"aud":"AUDIENCE"}'`,
    });
  return new Mistake("issuer-not-running", {
    what: "no embedded issuer runs on this machine that could give this token",
    got,
    expected: [
      "a 'gatehouse local' of this user",
      env === undefined ? [] : `of the environment ${env}`,
      issuer === undefined ? [] : `for ${issuer}`,
    ]
      .flat()
      .join(" "),
    fix: `${env === undefined ? "npm start" : `npx gatehouse local --env ${env}`} (in another terminal), then the same command again`,
  });
}

const ambiguous = (running: readonly Running[]) =>
  new Mistake("issuer-ambiguous", {
    what: "several 'gatehouse local' run, none of them started in this folder",
    got: running.map(described).join("\n"),
    expected: "one of them",
    fix: "run the command in the folder of one, or name it: --issuer ADDRESS",
  });

const described = ({ folder, environment, issuers }: Running) =>
  `${issuers.map(({ issuerUrl }) => issuerUrl).join(", ")} of ${environment ?? "an assembly"}, started in ${folder}`;
