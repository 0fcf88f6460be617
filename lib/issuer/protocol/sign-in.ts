import type { InteractionResults, Provider } from "oidc-provider";
import type { Applications } from "../applications.ts";
import { MADE_UP_USERS, signedIn, type User } from "../users.ts";
import type { Accounts } from "./accounts.ts";
import type { Context } from "./context.ts";
import { type Parameters, parameterOf } from "./incoming.ts";
import { html, showPage } from "./page.ts";

export interface SignInOptions {
  readonly provider: Provider;
  readonly applications: Applications;
  readonly accounts: Accounts;
  /** What the issuer is, for the last line of the page. */
  readonly about: string;
}

/** The page where a person signs in, and what becomes of the form. @throws SessionNotFound where no client sent them here */
export async function answerSignIn(ctx: Context, body: Parameters, options: SignInOptions): Promise<void> {
  const { provider, applications, accounts } = options;
  const { params, prompt } = await provider.interactionDetails(ctx.req, ctx.res);
  const client = applications.find(String(params.client_id));
  const finish = async (result: InteractionResults) => {
    ctx.status = 303;
    ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result));
  };
  // No version asks for consent here: an application of one's own is trusted (WSO2: Skip Login Consent).
  if (prompt.name !== "login") return finish({ consent: {} });
  const scope = typeof params.scope === "string" ? params.scope : "";
  const page = { name: client?.name ?? String(params.client_id), scope };
  if (ctx.method !== "POST") return showSignIn(ctx, page, options, undefined);
  if (parameterOf(body, "cancel") !== undefined)
    return finish({ error: "access_denied", error_description: "User denied the consent" });
  const name = parameterOf(body, "username") ?? "";
  const user = signedIn(accounts.users, name, parameterOf(body, "password") ?? "");
  if (!user) return showSignIn(ctx, page, options, name);
  return finish({ login: { accountId: accounts.subjectOf(user), amr: ["pwd"] } });
}

function showSignIn(
  ctx: Context,
  { name, scope }: { readonly name: string; readonly scope: string },
  { accounts, about }: SignInOptions,
  refused: string | undefined,
): void {
  if (refused !== undefined) ctx.status = 401;
  const users = accounts.users.filter((user) => MADE_UP_USERS.includes(user));
  showPage(ctx, {
    title: `Sign in to ${name}`,
    about,
    body: html`
<p class="muted">It asks for ${scope === "" ? "no scope" : html`<code>${scope}</code>`}.</p>
<form method="post">
${refused === undefined ? "" : html`<p role="alert">The username or the password is wrong.</p>`}
<label>Username <input name="username" autocomplete="username" autocapitalize="none" spellcheck="false" required autofocus value="${refused ?? ""}"></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required></label>
<div class="actions"><button class="main">Sign in</button><button name="cancel" value="yes" formnovalidate>Cancel</button></div>
</form>
${users.length === 0 ? "" : html`<section><table><caption>Made-up users</caption><tr><th scope="col">Username</th><th scope="col">Password</th><th scope="col">Scopes</th></tr>${users.map(rowOf)}</table></section>`}`,
  });
}

const rowOf = ({ name, password, scopes }: User) =>
  html`<tr><td><code>${name}</code></td><td><code>${password}</code></td><td>${scopes === undefined ? "all" : scopes.join(" ") || "none"}</td></tr>`;
