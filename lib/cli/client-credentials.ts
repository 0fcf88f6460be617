import { Mistake } from "../findings/mistake.ts";
import type { ClientCredentials } from "../wso2/client-credentials.ts";
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
