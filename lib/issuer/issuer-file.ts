import { z } from "zod";
import { Mistake } from "../findings/mistake.ts";
import { type EmbeddedClient, GRANT_TYPES } from "./embedded-client.ts";
import { stableUuid } from "./stable-uuid.ts";
import type { User } from "./users.ts";

/** Who can sign in at the embedded issuer, and what its applications are, as a person writes them. */
export interface IssuerFile {
  /** Undefined where the made-up users stay. */
  readonly users: readonly User[] | undefined;
  /** What differs from an application that the template's audience stands for, or applications beside those. */
  readonly applications: readonly GivenApplication[];
}

export type GivenApplication = Partial<EmbeddedClient> & Pick<EmbeddedClient, "clientId">;

const text = z.string().min(1).max(2_000);

const userSchema = z.strictObject({
  name: text,
  password: text,
  id: z.uuid().optional(),
  claims: z.record(z.string(), z.unknown()).default({}),
  scopes: z.array(text).optional(),
});

/** The names are those of WSO2's application management API. */
const applicationSchema = z.strictObject({
  clientId: z.string().regex(/^[\w.-]{1,255}$/),
  clientSecret: text.optional(),
  name: text.optional(),
  grantTypes: z.array(z.enum(GRANT_TYPES)).optional(),
  callbackURLs: z.array(text).optional(),
  allowedOrigins: z.array(text).optional(),
  publicClient: z.boolean().optional(),
  scopes: z.array(text).optional(),
  accessToken: z
    .strictObject({ type: z.enum(["JWT", "Default"]).optional(), enableJwtScopeAsArray: z.boolean().optional() })
    .optional(),
  idToken: z.strictObject({ audience: z.array(text).optional() }).optional(),
});

const fileSchema = z.strictObject({
  $schema: z.string().optional(),
  users: z.array(userSchema).min(1).max(1_000).optional(),
  applications: z.array(applicationSchema).max(1_000).default([]),
});

/**
 * Reads the text of such a file.
 * @param name of the file, for a person to look
 * @throws Mistake `issuer-file-wrong`, with every problem at once and no value, which may be a password
 */
export function readIssuerFile(content: string, name: string): IssuerFile {
  let value: unknown;
  try {
    value = JSON.parse(content);
  } catch {
    throw wrong(name, ["it is not JSON"]);
  }
  const read = fileSchema.safeParse(value);
  if (!read.success)
    throw wrong(
      name,
      read.error.issues.map(({ path, message }) => `${path.join(".") || "the file"}: ${message}`),
    );
  return {
    users: read.data.users?.map(({ id, scopes, ...user }) => ({
      ...user,
      id: id ?? stableUuid(user.name),
      ...(scopes === undefined ? {} : { scopes }),
    })),
    applications: read.data.applications.map(
      ({ clientId, clientSecret, name: title, scopes, ...given }): GivenApplication =>
        defined({
          clientId,
          clientSecret,
          name: title,
          scopes,
          grants: given.grantTypes,
          callbacks: given.callbackURLs,
          origins: given.allowedOrigins,
          isPublic: given.publicClient,
          accessTokenType: given.accessToken?.type,
          isScopeList: given.accessToken?.enableJwtScopeAsArray,
          audience: given.idToken?.audience,
        }),
    ),
  };
}

const wrong = (name: string, problems: readonly string[]) =>
  new Mistake("issuer-file-wrong", {
    what: "the file of the embedded issuer cannot be taken as it is",
    got: [name, ...problems].join("\n"),
    expected: "users and applications as docs/issuer.md describes them",
    fix: `correct ${name}`,
  });

const defined = <T extends object>(value: T) =>
  Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as {
    [Name in keyof T]: Exclude<T[Name], undefined>;
  };
