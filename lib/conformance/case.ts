import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

// The conformance table: one JSON file a theme under test/cases, one entry a fact that a request can show. A case is data;
// adding one needs no code. docs/conformance.md says how.

const json = z.record(z.string(), z.unknown());

/** How a case's token is made. Absent parts are those of a good token. */
const recipe = z.strictObject({
  /** Members to add or replace; null takes one away; `$null` lists members that are null. */
  header: json.optional(),
  /** The same for claims. Texts such as `now+60` become times; `{"$text": "now+60"}` stays a text. */
  claims: json.optional(),
  /** The whole header as JSON text, with `{kid}`. */
  headerText: z.string().optional(),
  /** The whole claims as JSON text, with `{issuer}`, `{audience}`, `{now+60}`. */
  claimsText: z.string().optional(),
  /** The whole claims as bytes in hex. */
  claimsBytes: z.string().optional(),
  /** What it is signed with, where that is not the header's own algorithm. */
  sign: z.enum(["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "none", "hmac-public-key"]).optional(),
  /** Whose key signs it. @default "issuer" */
  key: z.enum(["issuer", "second", "foreign"]).optional(),
  /** What happens to it on its way, by the name of a damage of `token-recipe.ts`. */
  damage: z.string().optional(),
});

const conformanceCase = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  title: z.string().min(1),
  confidence: z.enum(["DOC", "OBS+", "OBS1", "INF", "UNK"]),
  /** The numbers of the facts. */
  source: z.string().min(1),
  token: recipe.optional(),
  /** How the credential is sent; `{token}` stands for the token. @default "Authorization: Bearer {token}" */
  send: z
    .strictObject({ headers: z.array(z.tuple([z.string(), z.string()])).optional(), query: z.string().optional() })
    .optional(),
  /** A route of the conformance API. @default "GET /me" */
  route: z.enum(["GET /me", "GET /orders", "GET /query", "GET /open"]).optional(),
  expect: z.strictObject({
    status: z.int(),
    body: z.string().optional(),
    rule: z.string().optional(),
    /** `www-authenticate`; null where there must be none. */
    challenge: z.string().nullable().optional(),
    /** `$context.authorizer.error`. */
    log: z.string().optional(),
    /** How sure we are that `log` and `challenge` are AWS's own text. */
    textConfidence: z.enum(["DOC", "OBS+", "OBS1", "INF", "UNK"]).optional(),
    /** Claims as the function sees them; null where one must be absent. */
    claims: z.record(z.string(), z.string().nullable()).optional(),
    scopes: z.array(z.string()).nullable().optional(),
  }),
});

const themeFile = z.strictObject({ theme: z.string(), cases: z.array(conformanceCase) });

export type ConformanceCase = z.infer<typeof conformanceCase>;
export type TokenRecipe = z.infer<typeof recipe>;

/** A theme: the name of its file, its title and its cases. */
export interface Theme extends z.infer<typeof themeFile> {
  readonly name: string;
}

/** Reads the table. @throws Error naming the file and the field that does not fit */
export function readThemes(directory: string): readonly Theme[] {
  return readdirSync(directory)
    .filter((file) => file.endsWith(".json"))
    .toSorted()
    .map((file) => {
      const parsed = themeFile.safeParse(JSON.parse(readFileSync(join(directory, file), "utf8")));
      if (!parsed.success) throw new Error(`${file}: ${z.prettifyError(parsed.error)}`);
      return { name: file.replace(/\.json$/, ""), ...parsed.data };
    });
}
