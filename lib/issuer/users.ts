import { timingSafeEqual } from "node:crypto";

/** A person who can sign in at the embedded issuer. */
export interface User {
  /** A UUID, as WSO2 6 and later have it in `sub`. */
  readonly id: string;
  readonly name: string;
  readonly password: string;
  /** Claims of the ID token and of userinfo, as OpenID Connect names them. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Scopes of applications that this person's roles allow. @default - all that the application has */
  readonly scopes?: readonly string[];
}

/** Made up: one who may do everything, one who may do nothing that needs a scope. */
export const MADE_UP_USERS: readonly User[] = [
  {
    id: "9100210d-f9de-420f-bd33-0d2e47a30f1a",
    name: "alice",
    password: "alice",
    claims: {
      given_name: "Alice",
      family_name: "Liddell",
      email: "alice@example.com",
      email_verified: true,
      groups: ["everyone", "orders"],
      roles: ["admin"],
    },
  },
  {
    id: "3a1d7e52-8f0c-4a5e-9f55-6f5a5a1f0c2b",
    name: "bob",
    password: "bob",
    claims: {
      given_name: "Bob",
      family_name: "Builder",
      email: "bob@example.com",
      email_verified: true,
      groups: ["everyone"],
      roles: ["everyone"],
    },
    scopes: [],
  },
];

/** The person of this name, if the password is theirs. */
export function signedIn(users: readonly User[], name: string, password: string): User | undefined {
  const user = users.find((one) => one.name === name);
  return user && equalTexts(user.password, password) ? user : undefined;
}

/** By the id or the name: what `sub` holds differs by version. */
export const userOf = (users: readonly User[], subject: string | undefined): User | undefined =>
  users.find(({ id, name }) => id === subject || name === subject);

function equalTexts(one: string, other: string): boolean {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
}
