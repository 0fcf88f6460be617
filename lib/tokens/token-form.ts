import { randomUUID } from "node:crypto";

/** How one version of an issuer writes an access token and its keys. */
export interface TokenForm {
  readonly typ: "at+jwt" | undefined;
  /** The certificate's SHA-1 in base64url, the hex text of its SHA-256 in base64url (not as RFC 7515 has it), or none. */
  readonly x5t: "sha1" | "sha256-hex" | undefined;
  /** WSO2: the hex text of the certificate's SHA-256 in base64url, then `_RS256`. ThunderID: its SHA-256 in base64url. */
  readonly kid: "sha256-hex-alg" | "sha256";
  /** The algorithms under which the JWKS lists the one key, each with a `kid` of its own. */
  readonly keyAlgorithms: readonly ("RS256" | "PS256")[];
  /** Whether entries of the JWKS carry the certificate (`x5c`, `x5t#S256`). */
  readonly hasCertificate: boolean;
  readonly hasAut: boolean;
  readonly hasAzp: boolean;
  readonly hasClientId: boolean;
  readonly hasGrantType: boolean;
  /** Whether users' tokens name the organisation (`org_id`, `org_name`). */
  readonly hasOrganisation: boolean;
  /** `sub` of a token for client credentials: the client id, or the application's owner. */
  readonly applicationSubject: "client-id" | "owner-name" | "owner-id";
  readonly userSubject: "name" | "id";
}

/** Identity Server 7.1 to 7.3 (SRC; the claims' order: OBS). */
export const IS_7_1: TokenForm = {
  typ: "at+jwt",
  x5t: "sha1",
  kid: "sha256-hex-alg",
  keyAlgorithms: ["RS256"],
  hasCertificate: true,
  hasAut: true,
  hasAzp: true,
  hasClientId: true,
  hasGrantType: false,
  hasOrganisation: true,
  applicationSubject: "client-id",
  userSubject: "id",
};

/** A user as a token names them. */
export interface UserSubject {
  readonly id: string;
  readonly name: string;
}

/** For whom a token is made. */
export interface Subject {
  readonly issuer: string;
  readonly clientId: string;
  /** Further audiences after the client id. */
  readonly audience: readonly string[];
  readonly scopes: readonly string[];
  /** @default - none: the token is the application's own, as for client credentials */
  readonly user?: UserSubject;
  readonly organisation?: { readonly id: string; readonly name: string };
  /** Whether `scope` is a list (7.3's enableJwtScopeAsArray). @default false */
  readonly isScopeList?: boolean;
  /** @default "client_credentials" */
  readonly grantType?: string;
  /** @default - a new one */
  readonly tokenId?: string;
}

export type Claims = Readonly<Record<string, unknown>>;

/** The owner of every made-up application, where a version names the owner. */
const OWNER: UserSubject = { id: "6f9b0c64-3d0e-4a52-9d0b-0b9f3a5e7c11", name: "admin@carbon.super" };

/** The claims in WSO2's order. */
export function claimsOf(form: TokenForm, subject: Subject, nowSeconds: number, ttlSeconds: number): Claims {
  const { issuer, clientId, audience, scopes, user, organisation, isScopeList = false } = subject;
  const isOfOrganisation = form.hasOrganisation && user !== undefined && organisation !== undefined;
  const scope = isScopeList ? scopes : scopes.join(" ");
  return {
    sub: subjectOf(form, subject),
    ...(form.hasAut ? { aut: user ? "APPLICATION_USER" : "APPLICATION" } : {}),
    iss: issuer,
    ...(form.hasClientId ? { client_id: clientId } : {}),
    // One audience is a string, several are a list with the client id first.
    aud: audience.length === 0 ? clientId : [clientId, ...audience],
    nbf: nowSeconds,
    ...(form.hasAzp ? { azp: clientId } : {}),
    ...(isOfOrganisation ? { org_id: organisation.id } : {}),
    ...(scopes.length === 0 ? {} : { scope }),
    ...(form.hasGrantType ? { grant_type: subject.grantType ?? "client_credentials" } : {}),
    exp: nowSeconds + ttlSeconds,
    ...(isOfOrganisation ? { org_name: organisation.name } : {}),
    iat: nowSeconds,
    jti: subject.tokenId ?? randomUUID(),
  };
}

function subjectOf({ userSubject, applicationSubject }: TokenForm, { user, clientId }: Subject): string {
  if (user) return userSubject === "id" ? user.id : user.name;
  if (applicationSubject === "client-id") return clientId;
  return applicationSubject === "owner-id" ? OWNER.id : OWNER.name;
}

/** The header in WSO2's order. */
export const headerOf = (
  { typ }: TokenForm,
  { x5t, kid }: { readonly x5t: string | undefined; readonly kid: string },
) => ({
  ...(x5t === undefined ? {} : { x5t }),
  kid,
  ...(typ === undefined ? {} : { typ }),
  alg: "RS256",
});
