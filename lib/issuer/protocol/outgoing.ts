import type { KoaContextWithOIDC, Provider } from "oidc-provider";
import type { Applications } from "../applications.ts";
import type { IssuerEndpoints } from "../issuer-endpoints.ts";
import type { Profile } from "../profiles.ts";
import type { AccessTokens } from "./access-tokens.ts";
import type { Accounts } from "./accounts.ts";
import type { Context } from "./context.ts";
import { clientIdOf } from "./incoming.ts";
import { html, showPage } from "./page.ts";
import type { Library } from "./provider.ts";
import type { RequestTranslation } from "./request-translation.ts";
import { answerSignIn } from "./sign-in.ts";
import { bodyOf, inWso2Words } from "./wordings.ts";

export interface OutgoingOptions {
  readonly issuer: string;
  readonly profile: Profile;
  readonly endpoints: IssuerEndpoints;
  readonly applications: Applications;
  readonly accounts: Accounts;
  readonly tokens: AccessTokens;
  readonly about: string;
  readonly translation: RequestTranslation;
  /** The library's error for a sign-in that no client asked for, or that has ended. */
  readonly sessionNotFound: Library["errors"]["SessionNotFound"];
}

/** Puts WSO2's pages, words and tokens where the library would answer with its own. */
export function translateAnswers(provider: Provider, options: OutgoingOptions): void {
  const { endpoints, translation, about, sessionNotFound } = options;
  provider.use(async (ctx, next) => {
    if (ctx.path !== endpoints.signIn) return next();
    try {
      await answerSignIn(ctx, translation.bodyOf(ctx.req), { ...options, provider });
    } catch (error) {
      if (!(error instanceof sessionNotFound)) throw error;
      ctx.status = 400;
      const body = html`<p>Nobody asked for a sign-in here, or it has ended. Begin again at the application.</p>`;
      showPage(ctx, { title: "Nothing to sign in to", body, about });
    }
  });
  provider.use(async (ctx: Context, next: () => Promise<unknown>) => {
    await next();
    const body: unknown = ctx.body;
    if (!isAnswer(body)) return;
    if (ctx.status >= 400 && typeof body.error === "string") sayError(ctx, body, options);
    else if (ctx.status === 200 && ctx.path === endpoints.token)
      ctx.body = await tokenAnswer(ctx as KoaContextWithOIDC, body, options);
    else if (ctx.status === 200 && ctx.path === endpoints.introspect && body.active === true)
      ctx.body = introspection(body, options);
  });
}

type Answer = Readonly<Record<string, unknown>>;

const isAnswer = (body: unknown): body is Answer =>
  typeof body === "object" && body !== null && !Buffer.isBuffer(body) && !("pipe" in body);

function sayError(
  ctx: Context,
  body: Answer,
  { issuer, profile, endpoints, applications, translation }: OutgoingOptions,
) {
  const { token, introspect, revoke, par, deviceAuthorize } = endpoints;
  if (![token, introspect, revoke, par, deviceAuthorize].includes(ctx.path)) return;
  const clientId = clientIdOf(translation.bodyOf(ctx.req), ctx.get("authorization"));
  const unknown = applications.find(clientId) ? undefined : clientId;
  const { error, error_description: description } = body;
  const wording = inWso2Words(
    { status: ctx.status, error: textOf(error), description: textOf(description) },
    unknown,
    profile,
  );
  ctx.status = wording.status;
  ctx.body = bodyOf(wording);
  ctx.remove("www-authenticate");
  if (wording.status === 401) ctx.set("www-authenticate", `Basic realm=${new URL(issuer).hostname}`);
  ctx.set({ "cache-control": "no-store", pragma: "no-cache" });
}

const textOf = (value: unknown) => (typeof value === "string" ? value : "");

/** The answer of the token endpoint with the token that clients see, in WSO2's order. */
async function tokenAnswer(ctx: KoaContextWithOIDC, body: Answer, options: OutgoingOptions): Promise<Answer> {
  const { applications, accounts, tokens } = options;
  const { AccessToken: ofUser, ClientCredentials: ofApplication, Client: found } = ctx.oidc.entities;
  const client = applications.find(found?.clientId);
  const { access_token: value, expires_in: ttlSeconds } = body;
  if (!client || typeof value !== "string" || typeof ttlSeconds !== "number") throw new Error("no token to give");
  const scope = (ofUser ?? ofApplication)?.scope ?? "";
  const grantType = String(ctx.oidc.params?.grant_type);
  const given = await tokens.give({
    value,
    client,
    user: accounts.userOf(ofUser?.accountId),
    scopes: scope.split(" ").filter((one) => one !== ""),
    grantType,
    ttlSeconds,
  });
  ctx.set({ "cache-control": "no-store", pragma: "no-cache" });
  return {
    access_token: given,
    ...(body.refresh_token === undefined ? {} : { refresh_token: body.refresh_token }),
    ...(scope === "" ? {} : { scope }),
    ...(body.id_token === undefined ? {} : { id_token: body.id_token }),
    token_type: body.token_type,
    expires_in: ttlSeconds,
  };
}

/** What WSO2 says of a token that is good (DOC). */
function introspection(body: Answer, { accounts }: OutgoingOptions): Answer {
  const { sub, scope, exp, iat, client_id: clientId, token_type: tokenType = "Bearer" } = body;
  const user = accounts.userOf(typeof sub === "string" ? sub : undefined);
  return {
    aut: user ? "APPLICATION_USER" : "APPLICATION",
    nbf: iat,
    ...(scope === undefined ? {} : { scope }),
    active: true,
    token_type: tokenType,
    exp,
    iat,
    client_id: clientId,
    ...(user ? { username: user.name } : {}),
  };
}
