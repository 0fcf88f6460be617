import type { RuleName } from "../rules/rules.ts";
import type { Place } from "./wire.ts";

// Where a person changes in WSO2 what a rule refuses, from docs/wso2.md. The console of 7.x is Asgardeo's, too.

const NEW = "Identity Server 7.x, Asgardeo";
const OLD = "Identity Server 5.10, 5.11";

const LIFETIME: readonly Place[] = [
  {
    version: NEW,
    steps:
      "Applications → your application → Protocol → Access token → application access token expiry time (user access token, where a user signs in)",
  },
  {
    version: OLD,
    steps:
      "Service Providers → your provider → Inbound Authentication → OAuth/OpenID Connect → Application Access Token Expiry Time",
  },
];

const CLOCK: readonly Place[] = [
  { version: "every version", steps: "set the server's clock by NTP: WSO2 writes nbf and iat from it, with no skew" },
];

const KEYS: readonly Place[] = [
  {
    version: "every version",
    steps:
      "compare the tenant in the token's iss with the authorizer's issuer: each tenant signs with a key of its own. In deployment.toml leave generate_with_sp_tenant_domain at true",
  },
  {
    version: "after an upgrade or a change of keys",
    steps:
      "deployment.toml: [oauth.jwks_endpoint] add_previous_version_kid = true until tokens from before have expired, and keep the old key in the JWKS so long",
  },
];

const PLACES: Partial<Record<RuleName, readonly Place[]>> = {
  segments: [
    {
      version: NEW,
      steps: "Applications → your application → Protocol → Access token → type: JWT, then get a new token",
    },
    {
      version: OLD,
      steps: "Service Providers → your provider → Inbound Authentication → OAuth/OpenID Connect → Token Issuer: JWT",
    },
  ],
  algorithm: [
    {
      version: "every version",
      steps: "leave the server-wide signature algorithm at SHA256withRSA, its default (deployment.toml); then restart",
    },
  ],
  "key-id": KEYS,
  key: KEYS,
  signature: KEYS,
  expiry: LIFETIME,
  "not-before": CLOCK,
  "issued-at": CLOCK,
  issuer: [
    {
      version: NEW,
      steps:
        'deployment.toml: [server] hostname is the public name; behind a proxy on 443, the iss may hold ":443". The authorizer\'s issuer ends in /oauth2/token, without a slash',
    },
    {
      version: OLD,
      steps:
        "Identity Providers → Resident → Inbound Authentication → OpenID Connect → Identity Provider Entity ID: the very text of the authorizer's issuer",
    },
  ],
  audience: [
    {
      version: NEW,
      steps:
        "Applications → your application → Protocol → Client ID: put it into the authorizer's audience. Or ID token → Audience: add a shared value, which counts for access tokens, too",
    },
    {
      version: OLD,
      steps:
        "Service Providers → your provider → Inbound Authentication → OAuth/OpenID Connect → OAuth Client Key into the authorizer's audience, or Enable Audience Restriction with a shared value",
    },
  ],
  scope: [
    {
      version: NEW,
      steps:
        "API Resources → the resource holds the scope; Applications → your application → API Authorization → authorise it with that scope; then ask for it with scope= at the token endpoint",
    },
    {
      version: OLD,
      steps: "ask for it with scope= at the token endpoint; a scope validator may drop what is not registered",
    },
  ],
};

/** Where to change in WSO2 what this rule refuses. */
export const wso2PlacesOf = (rule: RuleName): readonly Place[] => PLACES[rule] ?? [];
