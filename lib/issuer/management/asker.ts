import type { IncomingMessage } from "node:http";
import type { ManagementScope } from "../administrator.ts";
import { signedIn, type User } from "../users.ts";

/** Who calls the management API, and what they may do there. */
export interface Asker {
  may(scope: ManagementScope): boolean;
}

export interface AskerOptions {
  /** Undefined where the version takes management tokens only. */
  readonly administrator: User | undefined;
  /** The scopes of an application's token; undefined where it is not a valid one. */
  readonly scopesOf: (token: string) => Promise<readonly string[] | undefined>;
}

/** The administrator by HTTP Basic, or a management token; undefined for anybody else. */
export async function askerOf({ headers }: IncomingMessage, options: AskerOptions): Promise<Asker | undefined> {
  const [, scheme = "", credential = ""] = /^(Basic|Bearer) (\S+)$/i.exec(headers.authorization ?? "") ?? [];
  if (scheme.toLowerCase() === "basic") return isAdministrator(options, credential) ? { may: () => true } : undefined;
  const scopes = credential === "" ? undefined : await options.scopesOf(credential);
  return scopes && { may: (scope) => scopes.includes(scope) };
}

function isAdministrator({ administrator }: AskerOptions, credential: string): boolean {
  const [name = "", password = ""] = Buffer.from(credential, "base64").toString("utf8").split(/:(.*)/s);
  return administrator !== undefined && signedIn([administrator], name, password) !== undefined;
}
