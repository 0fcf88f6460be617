/** Where an issuer's documents are on its own host. */
export interface IssuerEndpoints {
  readonly discovery: readonly string[];
  readonly jwks: string;
  readonly token: string;
  /** The tenant's prefix, `` or `/t/<tenant>`; undefined where the issuer is not of WSO2's form. */
  readonly tenant: string | undefined;
}

const WELL_KNOWN = "/.well-known/openid-configuration";
/** `…/oauth2/token`, with `/t/<tenant>` for a tenant or an Asgardeo organisation. */
const WSO2 = /^((?:\/t\/[^/]+)?)\/oauth2\/token$/;

/**
 * The paths of an issuer. WSO2's issuer is its token endpoint; its discovery document is under it and under
 * `oidcdiscovery`, its keys are beside it. Any other issuer's are under its own path.
 */
export function endpointsOf(issuer: string): IssuerEndpoints {
  const path = new URL(issuer).pathname.replace(/\/$/, "");
  const [, tenant] = WSO2.exec(path) ?? [];
  if (tenant === undefined)
    return { discovery: [`${path}${WELL_KNOWN}`], jwks: `${path}/jwks`, token: `${path}/token`, tenant: undefined };
  const base = `${tenant}/oauth2`;
  return {
    discovery: [`${base}/token${WELL_KNOWN}`, `${base}/oidcdiscovery${WELL_KNOWN}`],
    jwks: `${base}/jwks`,
    token: `${base}/token`,
    tenant,
  };
}

/**
 * The discovery document in the form of Identity Server 7.x. Its URLs are the configured issuer's, whatever host was
 * asked, and it lists only what is served here: the keys and a token for client credentials.
 */
export function discoveryDocument(issuer: string, endpoints: IssuerEndpoints): Readonly<Record<string, unknown>> {
  const { origin } = new URL(issuer);
  return {
    issuer,
    token_endpoint: `${origin}${endpoints.token}`,
    jwks_uri: `${origin}${endpoints.jwks}`,
    grant_types_supported: ["client_credentials"],
    token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic"],
    response_types_supported: ["token"],
    subject_types_supported: ["public", "pairwise"],
    id_token_signing_alg_values_supported: ["RS256"],
  };
}

/** The address on `origin` behind a URL of the issuer's own origin; any other URL as it is. */
export function locateIn(
  { issuer, origin }: { readonly issuer: string; readonly origin: string },
  url: string,
): string {
  if (!URL.canParse(url) || new URL(url).origin !== new URL(issuer).origin) return url;
  const { pathname, search } = new URL(url);
  return `${origin}${pathname}${search}`;
}
