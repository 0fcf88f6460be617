import { Mistake } from "../findings/mistake.ts";
import type { Person } from "../wso2/grants.ts";
import type { Client, ClientCredentials } from "../wso2/token-request.ts";
import type { Io } from "./io.ts";

/**
 * An application's id and secret out of the environment, never of the command line, which other users of the machine can
 * read; undefined where there is neither.
 * @throws Mistake `credentials-incomplete`
 */
export function clientCredentials(env: Io["env"], prefix: string): ClientCredentials | undefined {
  const { [`${prefix}_CLIENT_ID`]: clientId = "", [`${prefix}_CLIENT_SECRET`]: clientSecret = "" } = env;
  if (clientId === "" && clientSecret === "") return undefined;
  if (clientId !== "" && clientSecret !== "") return { clientId, clientSecret };
  throw new Mistake("credentials-incomplete", {
    what: "client credentials are an id and a secret",
    got: `only ${prefix}_CLIENT_${clientId === "" ? "SECRET" : "ID"}`,
    expected: `${prefix}_CLIENT_ID and ${prefix}_CLIENT_SECRET`,
    fix: "set both in the environment, or neither",
  });
}

/**
 * The application that asks for a token, out of the environment or from the person at the terminal.
 * @param mayBePublic whether an application without a secret will do
 * @throws Mistake `credentials-missing`, `credentials-incomplete`
 */
export async function askedClient({ env, prompt }: Io, grant: string, mayBePublic: boolean): Promise<Client> {
  const { WSO2_CLIENT_ID: givenId = "", WSO2_CLIENT_SECRET: givenSecret = "" } = env;
  if (givenId !== "" && givenSecret !== "") return { clientId: givenId, clientSecret: givenSecret };
  if (givenId !== "" && mayBePublic) return { clientId: givenId };
  if (prompt === undefined) {
    const given = clientCredentials(env, "WSO2");
    if (given) return given;
    throw missing(grant);
  }
  const clientId = givenId || (await prompt("Client id: ", false)).trim();
  if (clientId === "") throw missing(grant);
  const clientSecret = givenSecret || (await prompt(`Client secret${mayBePublic ? ", empty for none" : ""}: `, true));
  if (clientSecret !== "") return { clientId, clientSecret };
  if (mayBePublic) return { clientId };
  throw missing(grant);
}

const missing = (grant: string) =>
  new Mistake("credentials-missing", {
    what: "a real issuer gives tokens only to an application that it knows",
    got: "no WSO2_CLIENT_ID and WSO2_CLIENT_SECRET in the environment",
    expected: `both, of an application with the grant ${grant}`,
    fix: "set -a; . ./FILE; set +a, with the file of 'npx gatehouse wso2 register --out FILE'",
  });

/** The person whose token is asked for. @throws Mistake `person-missing` */
export async function askedPerson({ env, prompt }: Io): Promise<Person> {
  const username = env.WSO2_USERNAME || ((await prompt?.("User name: ", false)) ?? "").trim();
  const password = username === "" ? "" : env.WSO2_PASSWORD || ((await prompt?.("Password: ", true)) ?? "");
  if (username !== "" && password !== "") return { username, password };
  throw new Mistake("person-missing", {
    what: "the grant password asks for a person's name and password",
    got: `no WSO2_${username === "" ? "USERNAME" : "PASSWORD"} in the environment${prompt ? ", and none was typed" : ""}`,
    expected: "WSO2_USERNAME and WSO2_PASSWORD",
    fix: "read -rs WSO2_PASSWORD && export WSO2_PASSWORD, so the password stays out of your shell history",
  });
}
