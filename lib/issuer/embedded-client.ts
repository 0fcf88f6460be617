/** Ways to a token, by their names in `grant_type`. */
export type GrantType =
  | "client_credentials"
  | "authorization_code"
  | "refresh_token"
  | "password"
  | "urn:ietf:params:oauth:grant-type:device_code";

/** Every way to a token that the embedded issuer has. */
export const GRANT_TYPES: readonly GrantType[] = [
  "client_credentials",
  "authorization_code",
  "refresh_token",
  "password",
  "urn:ietf:params:oauth:grant-type:device_code",
];

/** An application that the embedded issuer knows. */
export interface EmbeddedClient {
  readonly clientId: string;
  readonly clientSecret: string;
  /** @default - the client id */
  readonly name?: string;
  /** Audiences that its tokens carry after the client id. */
  readonly audience: readonly string[];
  /** Scopes that it is authorised for; others are dropped without a word, as WSO2 does. */
  readonly scopes: readonly string[];
  /** @default - all */
  readonly grants?: readonly GrantType[];
  /** `Default` gives opaque tokens, as a new application in WSO2 does. @default "JWT" */
  readonly accessTokenType?: "JWT" | "Default";
  /** Whether `scope` is a list in its tokens (enableJwtScopeAsArray of Identity Server 7.3). @default false */
  readonly isScopeList?: boolean;
  /** Where it may be returned to: a URL, or `regexp=…` as WSO2 has it. @default - any URL on loopback, and Postman's */
  readonly callbacks?: readonly string[];
  /** Origins whose pages may read answers, besides those on loopback. @default - none */
  readonly origins?: readonly string[];
  /** How long a token for a person is valid. @default 3600 */
  readonly userTokenSeconds?: number;
  /** How long a token for the application itself is valid. @default 3600 */
  readonly applicationTokenSeconds?: number;
  /** Whether it needs no secret where a person signs in. @default true */
  readonly isPublic?: boolean;
}

export const grantsOf = ({ grants = GRANT_TYPES }: EmbeddedClient): readonly GrantType[] => grants;

/** Postman's desktop and web applications take the answer there. */
const POSTMAN = new Set(["https://oauth.pstmn.io/v1/callback", "https://oauth.pstmn.io/v1/browser-callback"]);
const LOOPBACK_ORIGIN = /^https?:\/\/(localhost|[a-z0-9-]+\.localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/;

/** Whether pages of this origin are on this machine. */
export const isLoopbackOrigin = (origin: string): boolean => LOOPBACK_ORIGIN.test(origin);

/** Whether the application may be returned to at this URL. */
export function isCallback({ callbacks }: EmbeddedClient, url: string): boolean {
  if (!URL.canParse(url)) return false;
  if (callbacks === undefined) return isLoopbackOrigin(new URL(url).origin) || POSTMAN.has(url);
  return callbacks.some((one) => (one.startsWith("regexp=") ? matches(one.slice("regexp=".length), url) : one === url));
}

function matches(pattern: string, url: string): boolean {
  try {
    return new RegExp(`^(?:${pattern})$`).test(url);
  } catch {
    return false;
  }
}
