import { type EventClaims, readList, readScopes, readText, readTime } from "./claims-reader.ts";

/** What an authorizer leaves in the event: the native one under `jwt` (5.1, DOC), the mirror under `lambda` (8.10). */
export interface AuthorizerContext {
  readonly jwt?: { readonly claims: EventClaims; readonly scopes: readonly string[] | null };
  readonly lambda?: { readonly claims?: string; readonly scopes?: string } | null;
}

/** Who called: only what the authorizer verified. */
export interface Caller {
  /** An application of its own, or a user through one. WSO2 says which in `aut`. */
  readonly kind: "application" | "user";
  readonly subject: string;
  /** The OAuth client that asked for the token. */
  readonly client: string | null;
  readonly audience: readonly string[];
  readonly scopes: readonly string[];
  readonly issuedAt: string | null;
  readonly expiresAt: string | null;
}

/** The caller, or undefined on a route that is public. */
export function callerOf(authorizer: AuthorizerContext | undefined): Caller | undefined {
  const claims = authorizer?.jwt?.claims ?? parseClaims(authorizer?.lambda?.claims);
  if (claims === undefined) return undefined;
  return {
    // With client credentials WSO2's `sub` is the client (7.x) or its owner (before): never a user.
    kind: claims.aut === "APPLICATION" ? "application" : "user",
    subject: readText(claims.sub) ?? "",
    client: readText(claims.client_id) ?? readText(claims.azp) ?? null,
    audience: readList(claims.aud),
    // `scopes` of the event is null on a route that asks for none (5.13), so the claim is read.
    scopes: readScopes(claims.scope),
    issuedAt: readTime(claims.iat)?.toISOString() ?? null,
    expiresAt: readTime(claims.exp)?.toISOString() ?? null,
  };
}

function parseClaims(text: string | undefined): EventClaims | undefined {
  return text === undefined ? undefined : (JSON.parse(text) as EventClaims);
}
