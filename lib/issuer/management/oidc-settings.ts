import { randomBytes } from "node:crypto";
import { z } from "zod";
import { type EmbeddedClient, GRANT_TYPES, type GrantType, grantsOf } from "../embedded-client.ts";

const text = z.string().min(1).max(2_000);
const texts = z.array(text).max(100);
const seconds = z.number().int().min(1).max(100_000_000);

/** The part of an application that is about OpenID Connect, with WSO2's names. Members that change nothing here are let pass. */
export const oidcSchema = z.object({
  clientId: text.optional(),
  clientSecret: text.optional(),
  grantTypes: texts,
  callbackURLs: texts.optional(),
  allowedOrigins: texts.optional(),
  publicClient: z.boolean().optional(),
  accessToken: z
    .object({
      type: z.enum(["JWT", "Default"]).optional(),
      userAccessTokenExpiryInSeconds: seconds.optional(),
      applicationAccessTokenExpiryInSeconds: seconds.optional(),
      enableJwtScopeAsArray: z.boolean().optional(),
    })
    .optional(),
  idToken: z.object({ audience: texts.optional() }).optional(),
});

export type OidcSettings = z.infer<typeof oidcSchema>;

/** In WSO2's form: letters, digits and underscores (SRC). */
export const newClientId = (): string => randomBytes(32).toString("base64url").replaceAll("-", "_").slice(0, 28);
export const newClientSecret = (): string => randomBytes(32).toString("base64url");

/** Grants that the embedded issuer has, of those asked for; the first that it has not. */
export function grantsIn(asked: readonly string[]): { grants: readonly GrantType[]; unknown: string | undefined } {
  const grants = GRANT_TYPES.filter((grant) => asked.includes(grant));
  return { grants, unknown: asked.find((one) => !GRANT_TYPES.some((grant) => grant === one)) };
}

/** An application with these settings. A new one gives opaque tokens where the settings leave the type out, as WSO2's does. */
export function withSettings(
  identity: Pick<EmbeddedClient, "clientId" | "clientSecret" | "name" | "scopes">,
  settings: OidcSettings,
): EmbeddedClient {
  const { callbackURLs, allowedOrigins, accessToken = {}, idToken } = settings;
  const { enableJwtScopeAsArray: isScopeList } = accessToken;
  const { userAccessTokenExpiryInSeconds: ofUser, applicationAccessTokenExpiryInSeconds: ofApplication } = accessToken;
  return {
    ...identity,
    audience: idToken?.audience ?? [],
    grants: grantsIn(settings.grantTypes).grants,
    accessTokenType: accessToken.type ?? "Default",
    isPublic: settings.publicClient ?? false,
    ...(callbackURLs === undefined ? {} : { callbacks: callbackURLs }),
    ...(allowedOrigins === undefined ? {} : { origins: allowedOrigins }),
    ...(isScopeList === undefined ? {} : { isScopeList }),
    ...(ofUser === undefined ? {} : { userTokenSeconds: ofUser }),
    ...(ofApplication === undefined ? {} : { applicationTokenSeconds: ofApplication }),
  };
}

/** What WSO2 answers of it. An application of the template, which any page on this machine may use, names no callbacks. */
export function settingsOf(client: EmbeddedClient, showsSecret: boolean): object {
  const { clientId, clientSecret, callbacks, origins, isPublic, accessTokenType, isScopeList, audience } = client;
  const { userTokenSeconds = DEFAULT_SECONDS, applicationTokenSeconds = DEFAULT_SECONDS } = client;
  return {
    clientId,
    ...(showsSecret ? { clientSecret } : {}),
    state: "ACTIVE",
    grantTypes: grantsOf(client),
    ...(callbacks === undefined ? {} : { callbackURLs: callbacks }),
    ...(origins === undefined ? {} : { allowedOrigins: origins }),
    publicClient: isPublic ?? true,
    accessToken: {
      type: accessTokenType ?? "JWT",
      userAccessTokenExpiryInSeconds: userTokenSeconds,
      applicationAccessTokenExpiryInSeconds: applicationTokenSeconds,
      bindingType: "None",
      ...(isScopeList === undefined ? {} : { enableJwtScopeAsArray: isScopeList }),
    },
    refreshToken: { expiryInSeconds: 86_400, renewRefreshToken: true },
    idToken: { expiryInSeconds: DEFAULT_SECONDS, audience, encryption: { enabled: false } },
  };
}

const DEFAULT_SECONDS = 3_600;
