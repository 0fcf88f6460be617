import type { Account } from "oidc-provider";
import type { TokenForm } from "../../tokens/token-form.ts";
import type { EmbeddedClient } from "../embedded-client.ts";
import type { Organisation } from "../organisation.ts";
import { type User, userOf } from "../users.ts";

/** Scopes that WSO2 itself defines, and what each puts into the ID token and userinfo. */
export const SCOPE_CLAIMS: Readonly<Record<string, readonly string[]>> = {
  openid: ["sub", "org_id", "org_name"],
  profile: ["name", "given_name", "family_name", "username", "preferred_username", "picture", "locale"],
  email: ["email", "email_verified"],
  phone: ["phone_number", "phone_number_verified"],
  address: ["address"],
  groups: ["groups"],
  roles: ["roles"],
};

/** Scopes that any application may ask for; `internal_login` is WSO2's own (DOC). */
const STANDARD_SCOPES: ReadonlySet<string> = new Set([...Object.keys(SCOPE_CLAIMS), "internal_login"]);

/** Users as the library and the tokens know them. */
export class Accounts {
  readonly #users: readonly User[];
  readonly #form: TokenForm;
  readonly #organisation: Organisation;

  constructor(users: readonly User[], form: TokenForm, organisation: Organisation) {
    this.#users = users;
    this.#form = form;
    this.#organisation = organisation;
  }

  get users(): readonly User[] {
    return this.#users;
  }

  /** What stands in `sub`. */
  subjectOf({ id, name }: User): string {
    return this.#form.userSubject === "id" ? id : name;
  }

  userOf(subject: string | undefined): User | undefined {
    return userOf(this.#users, subject);
  }

  find(subject: string): Account | undefined {
    const user = this.userOf(subject);
    return user && { accountId: this.subjectOf(user), claims: async () => this.claimsOf(user) };
  }

  claimsOf(user: User): { readonly sub: string } & Readonly<Record<string, unknown>> {
    const { given_name: given, family_name: family } = user.claims;
    const name = [given, family].filter((part) => typeof part === "string").join(" ");
    return {
      sub: this.subjectOf(user),
      username: user.name,
      preferred_username: user.name,
      ...(name === "" ? {} : { name }),
      ...(this.#form.hasOrganisation ? { org_id: this.#organisation.id, org_name: this.#organisation.name } : {}),
      ...user.claims,
    };
  }

  /** Of the scopes asked for, those that this person's roles allow. */
  allowedScopes({ scopes }: User, asked: readonly string[]): readonly string[] {
    return asked.filter((scope) => scopes === undefined || STANDARD_SCOPES.has(scope) || scopes.includes(scope));
  }
}

/**
 * Of the scopes asked for, those that the application may have; others are dropped without a word, as WSO2 does.
 * @param echoesScopes before 6.0 a scope that nobody registered is given all the same
 */
export function scopesFor(
  { scopes }: EmbeddedClient,
  asked: readonly string[],
  { isForUser, echoesScopes }: { readonly isForUser: boolean; readonly echoesScopes: boolean },
): readonly string[] {
  return [...new Set(asked)].filter((scope) =>
    STANDARD_SCOPES.has(scope) ? isForUser || scope === "internal_login" : echoesScopes || scopes.includes(scope),
  );
}
