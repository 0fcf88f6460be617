import type { TokenCase } from "./rule.ts";
import { ownProperty } from "./unverified-token.ts";

/** The products whose tokens and settings the remedies know. `other`: advice that holds for any of them. */
export const PROVIDERS = ["wso2", "keycloak", "entra", "okta", "auth0", "cognito", "google", "other"] as const;

export type Provider = (typeof PROVIDERS)[number];

/** What to change, by who issued the token. */
export type Advice = Readonly<Partial<Record<Provider, string>>> & { readonly other: string };

const HOSTS: readonly (readonly [Provider, RegExp])[] = [
  ["wso2", /(^|\.)asgardeo\.io$/],
  ["entra", /^(sts\.windows\.net|login\.(microsoftonline\.(com|us)|windows\.net|partner\.microsoftonline\.cn))$/],
  ["entra", /\.(ciamlogin|b2clogin)\.com$/],
  ["okta", /\.(okta|oktapreview|okta-emea|okta-gov)\.com$/],
  ["auth0", /\.auth0\.com$/],
  ["cognito", /^cognito-idp\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$/],
  ["google", /^accounts\.google\.com$/],
];

const PATHS: readonly (readonly [Provider, RegExp])[] = [
  ["keycloak", /\/realms\/[^/]+\/?$/],
  ["wso2", /\/oauth2\/(token|oidcdiscovery)$/],
];

/** Longer than any issuer that API Gateway takes. */
const LONGEST_ISSUER = 1_000;

/** The product behind an issuer, by its host and its path, as far as they tell. */
export function providerOfIssuer(issuer: unknown): Provider {
  if (typeof issuer !== "string" || issuer.length > LONGEST_ISSUER || !URL.canParse(issuer)) return "other";
  const { hostname, pathname } = new URL(issuer);
  const [provider = "other"] =
    HOSTS.find(([, host]) => host.test(hostname)) ?? PATHS.find(([, path]) => path.test(pathname)) ?? [];
  return provider;
}

/** The product that a token comes from: by its own `iss`, else by a claim that only WSO2 writes, else by the authorizer's issuer. */
function providerOf({ token, configuration }: TokenCase): Provider {
  const own = providerOfIssuer(token && ownProperty(token.claims, "iss"));
  if (own !== "other") return own;
  // WSO2 IS writes `aut`: whether an application or a user is the subject.
  const aut = token && ownProperty(token.claims, "aut");
  if (aut === "APPLICATION" || aut === "APPLICATION_USER") return "wso2";
  return token === undefined ? providerOfIssuer(configuration.issuer) : "other";
}

/** The advice for the product that a token comes from. */
export const adviceFor = (advice: Advice, given: TokenCase): string => advice[providerOf(given)] ?? advice.other;
