import { DEFAULT_PROFILE, type Profile } from "./profiles.ts";

/** Where an issuer's documents and endpoints are on its own host. */
export interface IssuerEndpoints {
  readonly discovery: readonly string[];
  readonly jwks: string;
  readonly token: string;
  readonly authorize: string;
  readonly par: string;
  readonly userinfo: string;
  readonly introspect: string;
  readonly revoke: string;
  readonly deviceAuthorize: string;
  readonly logout: string;
  /** Where a person signs in. */
  readonly signIn: string;
  /** Where a person types the code that a device shows. */
  readonly device: string;
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
export function endpointsOf(issuer: string, { hasBareIssuer }: Profile = DEFAULT_PROFILE): IssuerEndpoints {
  const path = new URL(issuer).pathname.replace(/\/$/, "");
  const [, tenant] = WSO2.exec(path) ?? [];
  if (tenant === undefined) {
    const oauth2 = hasBareIssuer ? `${path}/oauth2` : path;
    return { ...below(oauth2, path), discovery: [`${path}${WELL_KNOWN}`], tenant };
  }
  const oauth2 = `${tenant}/oauth2`;
  return {
    ...below(oauth2, tenant),
    discovery: [`${oauth2}/token${WELL_KNOWN}`, `${oauth2}/oidcdiscovery${WELL_KNOWN}`],
    tenant,
  };
}

/** What all addresses of an issuer begin with: its server, for a tenant with `/t/<tenant>`; or the issuer itself, without a slash at its end. */
export function baseUrlOf(issuer: string): string {
  const { origin, pathname } = new URL(issuer);
  return `${origin}${endpointsOf(issuer).tenant ?? pathname.replace(/\/$/, "")}`;
}

const below = (oauth2: string, base: string) => ({
  jwks: `${oauth2}/jwks`,
  token: `${oauth2}/token`,
  authorize: `${oauth2}/authorize`,
  par: `${oauth2}/par`,
  userinfo: `${oauth2}/userinfo`,
  introspect: `${oauth2}/introspect`,
  revoke: `${oauth2}/revoke`,
  deviceAuthorize: `${oauth2}/device_authorize`,
  logout: `${base}/oidc/logout`,
  signIn: `${base}/authenticationendpoint/login.do`,
  device: `${base}/authenticationendpoint/device.do`,
});

/** Whether the sign-in, or anything else of OAuth and OpenID Connect, answers this path. */
export function isProtocolPath(endpoints: IssuerEndpoints, path: string): boolean {
  const { token, authorize, par, userinfo, introspect, revoke, deviceAuthorize, logout, signIn, device } = endpoints;
  return (
    [token, authorize, par, userinfo, introspect, revoke, deviceAuthorize, logout, signIn, device].includes(path) ||
    [authorize, logout, device].some((one) => path.startsWith(`${one}/`))
  );
}

/** Whether WSO2's management API would answer this path. */
export const isManagementPath = ({ tenant }: IssuerEndpoints, path: string): boolean =>
  tenant !== undefined && path.startsWith(`${tenant}/api/`);

/** Endpoints that take nothing but POST. */
export const isPostOnly = ({ token, par, introspect, revoke, deviceAuthorize }: IssuerEndpoints, path: string) =>
  [token, par, introspect, revoke, deviceAuthorize].includes(path);

/**
 * The discovery document in the form of the profile. Its URLs are the configured issuer's, whatever host was asked; what
 * it lists is served here.
 */
export function discoveryDocument(
  issuer: string,
  endpoints: IssuerEndpoints,
  { missingGrants, hasLongDiscovery }: Profile,
): Readonly<Record<string, unknown>> {
  const { origin } = new URL(issuer);
  const at = (path: string) => `${origin}${path}`;
  const grants = ["refresh_token", "password", "client_credentials", DEVICE_GRANT, "authorization_code"];
  const missing: readonly string[] = missingGrants;
  return {
    issuer,
    authorization_endpoint: at(endpoints.authorize),
    token_endpoint: at(endpoints.token),
    userinfo_endpoint: at(endpoints.userinfo),
    jwks_uri: at(endpoints.jwks),
    end_session_endpoint: at(endpoints.logout),
    ...(hasLongDiscovery
      ? {
          pushed_authorization_request_endpoint: at(endpoints.par),
          introspection_endpoint: at(endpoints.introspect),
          revocation_endpoint: at(endpoints.revoke),
          ...(missing.includes(DEVICE_GRANT) ? {} : { device_authorization_endpoint: at(endpoints.deviceAuthorize) }),
        }
      : {}),
    grant_types_supported: grants.filter((grant) => !missing.includes(grant)),
    token_endpoint_auth_methods_supported: ["client_secret_post", "client_secret_basic", "none"],
    response_types_supported: ["code"],
    response_modes_supported: ["query", "fragment", "form_post"],
    scopes_supported: ["openid", "profile", "email", "phone", "address", "groups", "roles"],
    subject_types_supported: ["public"],
    id_token_signing_alg_values_supported: ["RS256"],
    code_challenge_methods_supported: ["S256"],
  };
}

const DEVICE_GRANT = "urn:ietf:params:oauth:grant-type:device_code";

/** The address on `origin` behind a URL of the issuer's own origin; any other URL as it is. */
export function locateIn(
  { issuer, origin }: { readonly issuer: string; readonly origin: string },
  url: string,
): string {
  if (!URL.canParse(url) || new URL(url).origin !== new URL(issuer).origin) return url;
  const { pathname, search } = new URL(url);
  return `${origin}${pathname}${search}`;
}
