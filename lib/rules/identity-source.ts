import { awsText, type Explanation } from "./explanation.ts";
import type { Rule } from "./rule.ts";

/** Where a request carries its token: `$request.header.Authorization` or `$request.querystring.access_token` (1.2, 1.3). */
export type IdentitySource = { readonly from: "header" | "query"; readonly name: string };

/** What an identity source reads of a request. Repeated headers are one value, joined with commas (1.14). */
export interface IdentityReader {
  /** By lower-case name: header names are case-insensitive (1.4). */
  header(name: string): string | undefined;
  /** By exact name: query names are case-sensitive (1.4). */
  query(name: string): string | undefined;
}

const EXPRESSION = /^\$request\.(header|querystring)\.([!#$%&'*+.^_`|~0-9A-Za-z-]+)$/;

/** Reads an authorizer's identity source, or undefined where a JWT authorizer does not know it (1.5, 1.6). */
export function readIdentitySource(expression: string): IdentitySource | undefined {
  const found = EXPRESSION.exec(expression);
  if (!found) return undefined;
  const [, kind, name = ""] = found;
  return kind === "header" ? { from: "header", name: name.toLowerCase() } : { from: "query", name };
}

/** The value at the identity source as it was sent, or undefined. */
export const credentialAt = (source: IdentitySource, request: IdentityReader): string | undefined =>
  source.from === "header" ? request.header(source.name) : request.query(source.name);

const PREFIX = "Bearer ";

/**
 * The token in a credential: by itself or after exactly `Bearer ` (1.1, DOC). Undefined where there is none: no value, an
 * empty one, `Bearer` with nothing after it (1.11, UNK). Anything else is handed on as it is and fails as a token
 * would: another case, a doubled prefix, white space (1.12, 1.13, UNK).
 */
export function tokenOf(credential: string | undefined): string | undefined {
  if (credential === undefined || credential === "" || credential === "Bearer" || credential === PREFIX)
    return undefined;
  return credential.startsWith(PREFIX) ? credential.slice(PREFIX.length) : credential;
}

// 1.8 (OBS+): a request without a token is refused before anything else.
export const identitySource: Rule<"identity-source"> = {
  name: "identity-source",
  check: ({ text }) =>
    text === undefined
      ? { error: "missing", description: "token not provided", confidence: "OBS+", textConfidence: "OBS+" }
      : undefined,
};

export const identitySourceExplained: Explanation = {
  fact: "1.8",
  confidence: "OBS+",
  title: "the identity source holds a token",
  ready: () => true,
  show: ({ text }) => ({
    saw: text === undefined ? "no token" : `a token of ${text.length} characters`,
    wanted: "a token, by itself or after 'Bearer '",
  }),
  remedy: () => ({
    cause: "the request carries no token where the authorizer looks for one",
    remedy: "send 'Authorization: Bearer <token>', or the header or query name of the authorizer's identity source",
  }),
  logged: () => [
    awsText(["token not provided"], "1.9", "OBS+", {
      cause: "the request carried no token where the authorizer's identity source looks",
      remedy: "send 'Authorization: Bearer <token>', or what the identity source of the authorizer names",
    }),
  ],
};
