import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { CONFIDENCES } from "../aws/confidence.ts";
import { Mistake } from "../findings/mistake.ts";

// The conformance table: one JSON file a theme under lib/conformance/cases, one entry a fact that a request can show. A case is data;
// adding one needs no code. docs/conformance.md says how.

/** The APIs of the table; `conformance-api.ts` says what each is for. */
export const API_NAMES = ["main", "cors", "fallback", "issuers"] as const;
export type ApiName = (typeof API_NAMES)[number];

const confidence = z.enum(CONFIDENCES);
const json = z.record(z.string(), z.unknown());

/** How a case's token is made. Absent parts are those of a good token. */
const recipe = z.strictObject({
  /** Members to add or replace; null takes one away; `$null` lists members that are null. */
  header: json.optional(),
  /**
   * The same for claims. Texts such as `now+60` become times; `{"$text": "now+60"}` stays a text. `{issuer}`, `{origin}`
   * (of the issuer) and `{audience}` are filled in.
   */
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
  /** What happens to it after it was signed, by a name of `lib/tokens/tampering.ts`. */
  tampering: z.string().optional(),
});

/** How a request is sent; `{token}` stands for the token. */
const send = z.strictObject({
  /** @default - the route's own */
  method: z.string().optional(),
  /** As it stands on the request line. @default - the route's own */
  path: z.string().optional(),
  /** In their order, repeats and empty ones too. @default "Authorization: Bearer {token}" */
  headers: z.array(z.tuple([z.string(), z.string()])).optional(),
  /** Without the question mark. */
  query: z.string().optional(),
  body: z.string().optional(),
  /** The body as bytes in hex. */
  bodyHex: z.string().optional(),
  /** A body of so many bytes. */
  bodyLength: z.int().optional(),
  /** A header `x-fill` of so many bytes. */
  fillLength: z.int().optional(),
  /** What the function does instead of answering with its event: `return`, `throw`, `sleepMs`. */
  function: json.optional(),
  /** What the Lambda authorizer does: `return`, `throw`, or `tell` its own event to the function. */
  authorizer: json.optional(),
});

const request = z.strictObject({
  /** @default "main" */
  api: z.enum(API_NAMES).optional(),
  /** The route that takes it. @default "GET /me" */
  route: z.string().optional(),
  send: send.optional(),
});

const pattern = z.strictObject({ $matches: z.string() });

const expectation = z.strictObject({
  status: z.int(),
  /** How sure we are of the status, where that is less than of the rest. */
  statusConfidence: confidence.optional(),
  body: z.string().optional(),
  rule: z.string().optional(),
  /** `www-authenticate`; null where there must be none. */
  challenge: z.string().nullable().optional(),
  /** `$context.authorizer.error`. */
  log: z.string().optional(),
  /** How sure we are that `log` and `challenge` are AWS's own text. */
  textConfidence: confidence.optional(),
  /** Other `$context` variables of the access log, by their names in `conformance-api.ts`. */
  accessLog: z.record(z.string(), z.union([z.string(), pattern])).optional(),
  /** Headers of the answer in lower case; a list where one is repeated, null where there must be none, or a pattern. */
  headers: z.record(z.string(), z.union([z.string(), z.array(z.string()), z.null(), pattern])).optional(),
  /** Claims as the function sees them; null where one must be absent. */
  claims: z.record(z.string(), z.string().nullable()).optional(),
  scopes: z.array(z.string()).nullable().optional(),
  /** Members of the function's event by their dotted path; `$absent` where there must be none, `{"$matches": regex}`. */
  event: json.optional(),
  /** The same for the event of the Lambda authorizer. */
  authorizerEvent: json.optional(),
});

const conformanceCase = z.strictObject({
  id: z.string().regex(/^[a-z0-9-]+$/),
  title: z.string().min(1),
  confidence,
  /** The numbers of the facts in docs/conformance.md, with commas. */
  source: z.string().regex(/^([0-9]+(\.[0-9]+)*|C[1-9])(, ([0-9]+(\.[0-9]+)*|C[1-9]))*$/),
  token: recipe.optional(),
  ...request.shape,
  /** Requests that are sent before it and not looked at. */
  before: z.array(request).optional(),
  /** It is right at this very second only: asked of a clock that stands still. */
  clock: z.literal("exact").optional(),
  expect: expectation,
});

const themeFile = z.strictObject({ theme: z.string(), cases: z.array(conformanceCase) });

export type ConformanceCase = z.infer<typeof conformanceCase>;
export type RequestRecipe = z.infer<typeof request>;
export type TokenRecipe = z.infer<typeof recipe>;

/** A theme: the name of its file, its title and its cases. */
export interface Theme extends z.infer<typeof themeFile> {
  readonly name: string;
}

/**
 * Reads the table.
 * @param home where Gatehouse itself is: the folder with its package.json
 * @throws Mistake `case-wrong` naming the file, the case and the field that does not fit
 */
export function readThemes(home: string): readonly Theme[] {
  const directory = join(home, "lib", "conformance", "cases");
  return readdirSync(directory)
    .filter((file) => file.endsWith(".json"))
    .toSorted()
    .map((file) => {
      const document = parsedJson(readFileSync(join(directory, file), "utf8"), file);
      const parsed = themeFile.safeParse(document);
      if (!parsed.success) throw caseMistake(file, problemsOf(parsed.error, document));
      return { name: file.replace(/\.json$/, ""), ...parsed.data };
    });
}

function parsedJson(text: string, file: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw caseMistake(file, cause instanceof Error ? cause.message : String(cause));
  }
}

/** Each problem with the id of its case, for anyone who wrote one. */
function problemsOf({ issues }: z.ZodError, document: unknown): string {
  const cases = (document as { cases?: readonly { id?: string }[] } | null)?.cases;
  return issues
    .map(({ path: [head, index, ...field], message }) => {
      const id = head === "cases" && typeof index === "number" ? cases?.[index]?.id : undefined;
      const place = id === undefined ? [head, index, ...field] : [id, ...field];
      return `${place.filter((one) => one !== undefined).join(".")}: ${message}`;
    })
    .join("; ");
}

const caseMistake = (file: string, got: string) =>
  new Mistake("case-wrong", {
    what: `lib/conformance/cases/${file} is not a table of cases`,
    got,
    expected: "cases as docs/conformance.md describes them, with their members as in lib/conformance/case.ts",
    fix: `correct lib/conformance/cases/${file}`,
  });
