import type { Provider, TokenEndpointGrantContext } from "oidc-provider";
import { signedIn } from "../users.ts";
import type { Accounts } from "./accounts.ts";

interface PasswordParameters {
  readonly username?: string;
  readonly password?: string;
  readonly scope?: string;
}

export const PASSWORD_PARAMETERS = ["username", "password", "scope"];

/** What the handler needs beside the library. */
export interface PasswordGrantOptions {
  readonly provider: Provider;
  readonly accounts: Accounts;
  /** Makes the error for a name or a password that is wrong, in WSO2's words. */
  readonly refusal: (name: string) => Error;
}

/** The grant `password` (RFC 6749 section 4.3), which the library leaves to its users. */
export const passwordGrant =
  ({ provider, accounts, refusal }: PasswordGrantOptions) =>
  async (ctx: TokenEndpointGrantContext<PasswordParameters>): Promise<void> => {
    const { client, params } = ctx.oidc;
    const { username = "", password = "", scope = "" } = params;
    const user = signedIn(accounts.users, username, password);
    if (!user) throw refusal(username);
    const asked = scope.split(" ").filter((one) => one !== "");
    const scopes = accounts.allowedScopes(user, asked).join(" ");
    const accountId = accounts.subjectOf(user);
    const grant = new provider.Grant({ accountId, clientId: client.clientId });
    if (scopes !== "") grant.addOIDCScope(scopes);
    const shared = { accountId, client, grantId: await grant.save(), gty: "password", scope: scopes };
    const accessToken = new provider.AccessToken(shared);
    ctx.oidc.entity("AccessToken", accessToken);
    const answer: Record<string, unknown> = {
      access_token: await accessToken.save(),
      token_type: "Bearer",
      expires_in: accessToken.expiration,
      ...(scopes === "" ? {} : { scope: scopes }),
    };
    if (client.grantTypeAllowed("refresh_token"))
      answer.refresh_token = await new provider.RefreshToken({ ...shared, rotations: 0 }).save();
    if (asked.includes("openid")) {
      const idToken = new provider.IdToken({ ...accounts.claimsOf(user) }, { ctx });
      Object.assign(idToken, { scope: scopes, mask: {}, rejected: [] });
      answer.id_token = await idToken.issue({ use: "idtoken" });
    }
    ctx.body = answer;
  };
