import { resolve } from "node:path";
import { Option } from "commander";
import { Mistake } from "../../findings/mistake.ts";
import { jsonText, printable } from "../../findings/terminal-text.ts";
import { IssuerKeys } from "../../keys/issuer-keys.ts";
import { granter } from "../../wso2/grants.ts";
import { type AdminCredentials, manager } from "../../wso2/management.ts";
import { type Registration, register } from "../../wso2/registration.ts";
import { plannedCalls, type RegistrationRequest } from "../../wso2/registration-calls.ts";
import { proveToken, type TokenProof } from "../../wso2/token-proof.ts";
import { caOption } from "../authorities.ts";
import type { CliCommand } from "../command.ts";
import type { Io } from "../io.ts";
import { contextOption, parseSeconds, repeated } from "../options.ts";
import { type RealIssuer, type RealIssuerOptions, realIssuerOf } from "../real-issuer.ts";
import { dotenvOf, type RegistrationReport, reportAsJson, reportAsText } from "../reports/wso2-register-report.ts";
import { reserveSecretPlace, type SecretPlace } from "../secret-file.ts";

interface RegisterOptions extends RealIssuerOptions {
  readonly server?: string;
  readonly name?: string;
  readonly audience: readonly string[];
  readonly scope: readonly string[];
  readonly api?: string;
  readonly ttl: number;
  readonly via?: "api" | "dcr";
  readonly out?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

const HELP = `
From the environment or asked for at a terminal, never from the command line, and sent only over https:
  WSO2_ADMIN_USER, WSO2_ADMIN_PASSWORD   an administrator of Identity Server
  WSO2_ADMIN_TOKEN                       or a token with management scopes; Asgardeo accepts only this
The client id and the secret go to --out FILE, which only you can read; --out - prints them. Exit code: 0 a token of the
application passes every rule of API Gateway, 1 it does not, or nothing was registered.`;

export const wso2Register: CliCommand<RegisterOptions> = {
  define: (command) => {
    command
      .option("--env <name>", "use the issuer, the name and the scopes of this environment of cdk.json (default: dev)")
      .addOption(contextOption())
      .option(
        "--issuer <url>",
        "use another issuer, such as http://localhost:9443/oauth2/token of local --local-issuer",
      )
      .option("--server <url>", "set the address of the REST APIs (default: the issuer without /oauth2/token)")
      .option("--name <name>", "set the application's name (default: gatehouse-ENVIRONMENT)")
      .option("--scope <scope>", "authorise it for this scope (repeatable; default: those of the routes)", repeated, [])
      .option("--api <identifier>", "find or create this API resource for the scopes (default: the name)")
      .option("--audience <value>", "add this audience beside the client id (repeatable)", repeated, [])
      .option("--ttl <seconds>", "set how long a token is valid", parseSeconds, 3_600)
      .addOption(
        new Option(
          "--via <way>",
          "register by application management (api) or by dynamic client registration (dcr) (default: dcr before 7.0, else api)",
        ).choices(["api", "dcr"]),
      )
      .addOption(caOption())
      .option("--out <file>", "write the client id and the secret to this file; - prints them")
      .option("--dry-run", "print the calls, and send nothing")
      .option("--json", "print JSON (contains the secret only with --out -)")
      .addHelpText("after", HELP);
  },
  run: async ({ options: wanted }, io) => {
    const real = await realIssuerOf(wanted, io);
    const server = serverOf(wanted.server ?? real.issuer, wanted.server !== undefined);
    const request = requestOf(wanted, real);
    if (wanted.dryRun) return showPlan(server, request, wanted, io);
    const manage = manager(server, await adminCredentials(io), real.ask);
    const place = placeOf(wanted.out, io);
    io.err(io.paint.dim(printable(`registering ${request.name} at ${server} …`)));
    const finish = async (registration: Registration) => {
      place?.write(dotenvOf(registration));
      return { registration, proof: await proofOf(registration, request, real, io) };
    };
    const { registration, proof } = await register(request, manage, finish).catch((error: unknown) => {
      place?.giveUp();
      throw error;
    });
    place?.close();
    const report: RegistrationReport = {
      server,
      issuer: real.issuer,
      request,
      registration,
      proof,
      secretIn: wanted.out === "-" ? undefined : wanted.out,
    };
    io.out(wanted.json ? reportAsJson(report) : reportAsText(report));
    return proof.kind === "good" ? 0 : 1;
  },
};

const SUFFIX = /\/oauth2\/token$/;

function serverOf(address: string, isGiven: boolean): string {
  if (isGiven) return address.replace(/\/$/, "");
  if (SUFFIX.test(address)) return address.replace(SUFFIX, "");
  throw new Mistake("wso2-server-unknown", {
    what: "the issuer does not say where WSO2's REST APIs are",
    got: address,
    expected: "an issuer that ends in /oauth2/token",
    fix: "--server https://HOST:9443, with /t/TENANT for a tenant",
  });
}

function requestOf(
  { name, audience, scope, api, ttl, via }: RegisterOptions,
  { environment, scopes: ofRoutes }: RealIssuer,
): RegistrationRequest {
  const chosen = name ?? (environment && `gatehouse-${environment.name}`);
  if (chosen === undefined)
    throw new Mistake("name-missing", {
      what: "an application has a name",
      got: "no --name, and no environment to name it after",
      expected: "--name",
      fix: "--name orders-web",
    });
  return {
    name: chosen,
    audience,
    scopes: scope.length > 0 ? scope : ofRoutes,
    api: api ?? chosen,
    tokenSeconds: ttl,
    via,
  };
}

async function adminCredentials({ env, prompt }: Io): Promise<AdminCredentials> {
  const {
    WSO2_ADMIN_USER: givenUser = "",
    WSO2_ADMIN_PASSWORD: givenPassword = "",
    WSO2_ADMIN_TOKEN: token = "",
  } = env;
  if (token !== "") return { kind: "token", token };
  const user = givenUser || ((await prompt?.("Administrator's name: ", false)) ?? "").trim();
  const password = user === "" ? givenPassword : givenPassword || ((await prompt?.("Password: ", true)) ?? "");
  if (user !== "" && password !== "") return { kind: "password", user, password };
  throw new Mistake("wso2-admin-missing", {
    what: "registering an application needs an administrator's credentials",
    got:
      user === "" && password === ""
        ? "none of them in the environment"
        : "only one of WSO2_ADMIN_USER and WSO2_ADMIN_PASSWORD",
    expected: "WSO2_ADMIN_USER and WSO2_ADMIN_PASSWORD, or WSO2_ADMIN_TOKEN",
    fix: "read -rs WSO2_ADMIN_PASSWORD && export WSO2_ADMIN_PASSWORD, so the password stays out of your shell history",
  });
}

function placeOf(out: string | undefined, io: Io): SecretPlace | undefined {
  if (out === undefined)
    throw new Mistake("out-missing", {
      what: "the secret needs a place: WSO2 may show it only once",
      got: "no --out",
      expected: "--out FILE, or --out - to print it",
      fix: "--out .env.wso2",
    });
  return out === "-" ? undefined : reserveSecretPlace(resolve(io.cwd, out));
}

function proofOf(
  { clientId, clientSecret }: Registration,
  { scopes }: RegistrationRequest,
  { issuer, ask, fetchDocument }: RealIssuer,
  { nowMs }: Io,
): Promise<TokenProof> {
  const grant = granter(issuer, { clientId, clientSecret }, { ask, fetchDocument });
  const findKey = new IssuerKeys({ issuer, fetchDocument, nowMs }).find;
  return proveToken({ issuer, audience: [clientId] }, scopes, grant, { findKey, nowMs });
}

function showPlan(server: string, request: RegistrationRequest, { json }: RegisterOptions, io: Io): number {
  const calls = plannedCalls(request).map(({ path, ...call }) => ({ ...call, url: server + path }));
  const lines = calls.flatMap(({ what, method, url, body }) => [
    what,
    printable(`  ${method} ${url}`),
    ...(body === undefined ? [] : [`  ${jsonText(body)}`]),
  ]);
  io.out(json ? jsonText({ server, calls }, 2) : lines.join("\n"));
  return 0;
}
