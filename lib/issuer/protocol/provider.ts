import { exportJWK } from "jose";
import type { AdapterPayload, Configuration, KoaContextWithOIDC, Provider } from "oidc-provider";
import { DEFAULT_TTL_SECONDS } from "../../tokens/minting.ts";
import type { SigningKey } from "../../tokens/signing-keys.ts";
import type { Applications } from "../applications.ts";
import { type EmbeddedClient, grantsOf, isCallback } from "../embedded-client.ts";
import type { IssuerEndpoints } from "../issuer-endpoints.ts";
import type { Profile } from "../profiles.ts";
import { type Accounts, SCOPE_CLAIMS } from "./accounts.ts";
import type { Pages } from "./pages.ts";
import { PASSWORD_PARAMETERS, passwordGrant } from "./password-grant.ts";
import type { ProtocolStore } from "./store.ts";

export interface ProviderOptions {
  readonly issuer: string;
  readonly profile: Profile;
  readonly endpoints: IssuerEndpoints;
  readonly applications: Applications;
  readonly accounts: Accounts;
  readonly key: SigningKey;
  readonly store: ProtocolStore;
  readonly pages: Pages;
  /** Scopes beside those of the applications: what a version echoes. */
  readonly otherScopes: ReadonlySet<string>;
  readonly cookieKey: string;
}

export type Library = typeof import("oidc-provider");

/** How long each lasts, as WSO2 has it. */
const TTL_SECONDS = {
  IdToken: DEFAULT_TTL_SECONDS,
  RefreshToken: 86_400,
  AuthorizationCode: 300,
  DeviceCode: 600,
  Interaction: 3_600,
  Session: 86_400,
  Grant: 86_400,
};

/** The library, set up as one issuer. It answers by what the applications are now; new scopes need a new one. */
export async function makeProvider(library: Library, options: ProviderOptions): Promise<Provider> {
  const { issuer, profile, applications, accounts } = options;
  const provider = new library.Provider(issuer, await configurationOf(library, options));
  // The library's documented place for callbacks that are patterns: WSO2 has `regexp=`.
  function isAllowed(this: { readonly clientId: string }, url: string): boolean {
    const client = applications.find(this.clientId);
    return client !== undefined && isCallback(client, url);
  }
  Object.assign(provider.Client.prototype, { redirectUriAllowed: isAllowed, postLogoutRedirectUriAllowed: isAllowed });
  if (!profile.missingGrants.includes("password")) {
    const refusal = (name: string) =>
      new library.errors.CustomOIDCProviderError("invalid_grant", `Authentication failed for ${name}`);
    provider.registerGrantType("password", passwordGrant({ provider, accounts, refusal }), PASSWORD_PARAMETERS);
  }
  return provider;
}

async function configurationOf(library: Library, options: ProviderOptions): Promise<Configuration> {
  const { profile, endpoints, applications, accounts, key, store, pages, otherScopes, cookieKey } = options;
  const { kid } = key;
  return {
    adapter: (kind) => ({
      ...store.adapterOf(kind),
      ...(kind === "Client"
        ? {
            find: async (id: string) => metadataOf(applications.find(id), profile, isSecretGiven(library.Provider.ctx)),
          }
        : {}),
    }),
    jwks: { keys: [{ ...(await exportJWK(key.privateKey)), kid, use: "sig", alg: "RS256" }] },
    scopes: [...new Set([...Object.keys(SCOPE_CLAIMS), "internal_login", ...scopesOf(applications), ...otherScopes])],
    claims: Object.fromEntries(Object.entries(SCOPE_CLAIMS).map(([scope, names]) => [scope, [...names]])),
    conformIdTokenClaims: false,
    cookies: { keys: [cookieKey] },
    clientAuthMethods: ["client_secret_basic", "client_secret_post", "none"],
    // Answered before the library is asked: see browser-access.ts.
    clientBasedCORS: () => true,
    responseTypes: ["code"],
    pkce: { required: (_, client) => client.tokenEndpointAuthMethod === "none" },
    ttl: {
      ...TTL_SECONDS,
      AccessToken: (_, __, { clientId }) => applications.find(clientId)?.userTokenSeconds ?? DEFAULT_TTL_SECONDS,
      ClientCredentials: (_, __, { clientId }) =>
        applications.find(clientId)?.applicationTokenSeconds ?? DEFAULT_TTL_SECONDS,
    },
    issueRefreshToken: async (_, client) => client.grantTypeAllowed("refresh_token"),
    rotateRefreshToken: true,
    findAccount: async (_, subject) => accounts.find(subject),
    loadExistingGrant: (ctx) => grantOf(ctx, accounts),
    interactions: { url: (_, { uid }) => `${endpoints.signIn}?sessionDataKey=${uid}` },
    renderError: (ctx, { error, error_description: description }) => pages.error(ctx, error, description),
    routes: {
      authorization: endpoints.authorize,
      token: endpoints.token,
      userinfo: endpoints.userinfo,
      introspection: endpoints.introspect,
      revocation: endpoints.revoke,
      jwks: endpoints.jwks,
      pushed_authorization_request: endpoints.par,
      device_authorization: endpoints.deviceAuthorize,
      code_verification: endpoints.device,
      end_session: endpoints.logout,
    },
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: async () => true },
      revocation: { enabled: true, allowedPolicy: async (_, client, token) => token.clientId === client.clientId },
      resourceIndicators: { enabled: false },
      dPoP: { enabled: false },
      deviceFlow: {
        enabled: !profile.missingGrants.includes("urn:ietf:params:oauth:grant-type:device_code"),
        userCodeInputSource: (ctx, form, _, mistake) => pages.deviceCode(ctx, form, mistake !== undefined),
        userCodeConfirmSource: (ctx, form, client, _, code) =>
          pages.deviceConfirmation(ctx, form, client.clientId, code),
        successSource: (ctx) => pages.deviceDone(ctx),
      },
      rpInitiatedLogout: {
        enabled: true,
        logoutSource: (ctx, form) => pages.logout(ctx, form),
        postLogoutSuccessSource: (ctx) => pages.loggedOut(ctx),
      },
    },
  };
}

const scopesOf = ({ all, management }: Applications) => [
  ...all.flatMap(({ scopes }) => scopes),
  ...(management?.scopes ?? []),
];

/** The library knows one way to authenticate for each client; WSO2 lets a public client show its secret, or not. */
function isSecretGiven(ctx: KoaContextWithOIDC | undefined): boolean {
  const secret = ctx?.oidc.params?.client_secret;
  return ctx?.headers.authorization !== undefined || typeof secret === "string";
}

/** An application as the library knows clients. Where it may be returned to, `redirectUriAllowed` says. */
function metadataOf(
  client: EmbeddedClient | undefined,
  { missingGrants }: Profile,
  hasSecret: boolean,
): AdapterPayload | undefined {
  if (!client) return undefined;
  const isAnonymous = !hasSecret && (client.isPublic ?? true);
  const grants = grantsOf(client).filter(
    (grant) => !missingGrants.includes(grant) && !(isAnonymous && grant === "client_credentials"),
  );
  const hasCode = grants.includes("authorization_code");
  return {
    client_id: client.clientId,
    ...(isAnonymous ? {} : { client_secret: client.clientSecret }),
    token_endpoint_auth_method: isAnonymous ? "none" : "client_secret_basic",
    grant_types: [...grants],
    response_types: hasCode ? ["code"] : [],
    redirect_uris: hasCode ? ["http://localhost/"] : [],
    id_token_signed_response_alg: "RS256",
  };
}

/** Consents to what the application asks for, within what the person's roles allow. */
async function grantOf(ctx: KoaContextWithOIDC, accounts: Accounts) {
  const { client, session, provider, requestParamScopes } = ctx.oidc;
  if (!client || !session?.accountId) return undefined;
  const known = session.grantIdFor(client.clientId);
  const kept = known === undefined ? undefined : await provider.Grant.find(known);
  const grant = kept ?? new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
  const user = accounts.userOf(session.accountId);
  const asked = [...requestParamScopes];
  const allowed = user ? accounts.allowedScopes(user, asked) : [];
  for (const scope of asked)
    if (allowed.includes(scope)) grant.addOIDCScope(scope);
    else grant.rejectOIDCScope(scope);
  await grant.save();
  return grant;
}
