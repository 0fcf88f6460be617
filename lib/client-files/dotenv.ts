import { printable } from "../findings/terminal-text.ts";
import type { DescribedApi } from "./described-api.ts";

/** Lines for a shell, Docker, Vite and the rest: `NAME=value`. No value has a space but the scopes, which are quoted. */
export function dotenvOf({ url, issuer, client }: DescribedApi): string {
  return dotenvLines({
    API_URL: url,
    OIDC_ISSUER: issuer.issuer,
    OIDC_DISCOVERY_URL: issuer.discovery,
    OIDC_AUTHORIZATION_URL: issuer.authorize,
    OIDC_TOKEN_URL: issuer.token,
    OIDC_JWKS_URL: issuer.jwks,
    OIDC_USERINFO_URL: issuer.userinfo,
    OIDC_LOGOUT_URL: issuer.logout,
    OIDC_CLIENT_ID: client.clientId,
    OIDC_CLIENT_SECRET: client.clientSecret,
    OIDC_SCOPE: client.scopes.join(" "),
  });
}

/** Variables by their names, as such lines. */
export const dotenvLines = (variables: Readonly<Record<string, string>>): string =>
  Object.entries(variables)
    .map(([name, value]) => `${name}=${quoted(value)}\n`)
    .join("");

/** A template decides what stands in a scope: in single quotes no shell does anything with it, and no terminal is steered. */
const quoted = (value: string) =>
  /^[\w@%+=:,./~-]*$/.test(value) ? value : `'${printable(value, value.length).replaceAll("'", String.raw`'\''`)}'`;
