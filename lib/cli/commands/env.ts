import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { Option } from "commander";
import type { DescribedApi, DescribedRoute } from "../../client-files/described-api.ts";
import { dotenvLines, dotenvOf } from "../../client-files/dotenv.ts";
import { httpFileOf } from "../../client-files/http-file.ts";
import { openApiOf } from "../../client-files/openapi-document.ts";
import { postmanOf } from "../../client-files/postman.ts";
import { Mistake } from "../../findings/mistake.ts";
import { jsonText } from "../../findings/terminal-text.ts";
import { type IssuerSetup, requestSetup } from "../../session/running-issuer.ts";
import type { CliCommand } from "../command.ts";
import { type Choice, chooseRunning } from "../running-choice.ts";

interface EnvOptions {
  readonly out?: string;
  readonly force?: boolean;
  readonly client?: string;
  readonly issuer?: string;
  readonly env?: string;
  readonly administrator?: boolean;
}

export const env: CliCommand<EnvOptions> = {
  define: (command) => {
    command
      .option("--out <dir>", "write .env, api.http, postman.json and openapi.json there (default: print .env)")
      .option("--force", "write over files that are there")
      .option("--client <id>", "set clients up as this one (default: the first audience of the template)")
      .option("--issuer <url>", "choose the issuer, by its name or its local address, where several run")
      .option("--env <name>", "use the run of this environment of cdk.json")
      .addOption(
        new Option(
          "--administrator",
          "print the variables with which 'wso2 register' manages the embedded issuer instead",
        ).conflicts(["out", "client"]),
      );
  },
  run: async ({ options: wanted }, io) => {
    if (wanted.administrator) {
      io.out(administratorVariables(await requestSetup(chooseRunning(wanted, io).issuer)));
      return 0;
    }
    const api = await describe(chooseRunning(wanted, io), wanted.client);
    const { out } = wanted;
    if (out === undefined) {
      io.out(dotenvOf(api));
      return 0;
    }
    const folder = resolve(io.cwd, out);
    const files = {
      ".env": dotenvOf(api),
      "api.http": httpFileOf(api),
      "postman.json": `${jsonText(postmanOf(api))}\n`,
      "openapi.json": `${jsonText(openApiOf(api))}\n`,
    };
    const there = Object.keys(files).filter((name) => existsSync(join(folder, name)));
    if (there.length > 0 && !wanted.force)
      throw new Mistake("out-unwritable", {
        what: `${there.length === 1 ? "a file is" : "files are"} there already`,
        got: there.map((name) => join(out, name)).join(", "),
        expected: "a folder without them",
        fix: `another --out, or --force to write over ${there.length === 1 ? "it" : "them"}`,
      });
    mkdirSync(folder, { recursive: true });
    // The secret of this run is in three of them.
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text, { mode: 0o600 });
    for (const name of Object.keys(files)) io.out(join(out, name));
    return 0;
  },
};

/**
 * The administrator's name and password; where the version takes management tokens only, the client that gets them.
 * @throws Mistake `management-missing`
 */
function administratorVariables({ issuer, administration }: IssuerSetup): string {
  if (!administration)
    throw new Mistake("management-missing", {
      what: "the embedded issuer has no management API",
      got: issuer,
      expected: "an issuer of WSO2's form, …/oauth2/token, and another profile than thunderid",
      fix: "give its applications in a file: npx gatehouse local --issuer-file FILE",
    });
  const { administrator, application } = administration;
  return dotenvLines(
    administrator
      ? { WSO2_ADMIN_USER: administrator.name, WSO2_ADMIN_PASSWORD: administrator.password }
      : { WSO2_CLIENT_ID: application.clientId, WSO2_CLIENT_SECRET: application.clientSecret },
  );
}

/** @throws Mistake `token-audience-unknown` where there is no such client */
async function describe({ running, issuer: chosen }: Choice, clientId: string | undefined): Promise<DescribedApi> {
  const { issuer, endpoints, clients } = await requestSetup(chosen);
  const client = clients.find((one) => clientId === undefined || one.clientId === clientId);
  if (!client)
    throw new Mistake("token-audience-unknown", {
      what: "the issuer has no such client",
      got: clientId ?? "none",
      expected: clients.map((one) => one.clientId).join(", "),
      fix: `npx gatehouse env --client ${clients[0]?.clientId ?? "ID"}`,
    });
  // An issuer that is its own URL is asked by that name; any other only where it answers.
  const isOwnUrl = new URL(issuer).port === new URL(chosen.origin).port && new URL(issuer).protocol === "http:";
  const at = (path: string) => `${isOwnUrl ? new URL(issuer).origin : chosen.origin}${path}`;
  const api = running.apis?.find(({ routes }) =>
    routes.some(({ guard }) => guard.kind === "jwt" && guard.issuer === issuer),
  );
  return {
    name: api?.name ?? "API",
    url: api?.url ?? running.apiUrl,
    routes: (api?.routes ?? []).flatMap(({ key, guard }): DescribedRoute[] => {
      const [method, path] = key.split(" ");
      if (method === undefined || path === undefined) return [];
      return [{ method, path, scopes: guard.kind === "jwt" ? guard.scopes : undefined }];
    }),
    issuer: {
      issuer,
      discovery: at(endpoints.discovery[0] ?? ""),
      authorize: at(endpoints.authorize),
      token: at(endpoints.token),
      jwks: at(endpoints.jwks),
      userinfo: at(endpoints.userinfo),
      logout: at(endpoints.logout),
    },
    client,
  };
}
