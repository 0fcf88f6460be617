import type { TokenRecipe } from "./case.ts";

/** The authorizer that the table's tokens are made for. */
export const ISSUER = "https://is.example.com/oauth2/token";
export const AUDIENCES: readonly [string, string] = ["ordersApplication0001", "batchApplication00001"];
/** What `GET /orders` asks for. */
export const ORDER_SCOPES: readonly string[] = ["orders:read", "orders:admin"];

/** What signs: the embedded issuer, in this process or in another. */
export interface Signer {
  readonly kid: string;
  sign(request: {
    readonly header: string;
    readonly claims: string;
    readonly sign: NonNullable<TokenRecipe["sign"]>;
    readonly key: NonNullable<TokenRecipe["key"]>;
  }): Promise<string>;
}

/** Makes the token of a case for a given second. */
export async function makeToken(recipe: TokenRecipe, signer: Signer, nowSeconds: number): Promise<string> {
  const header = recipe.headerText?.replaceAll("{kid}", signer.kid) ?? headerOf(recipe, signer.kid);
  const request = {
    header,
    claims: claimsOf(recipe, nowSeconds).toString("base64"),
    sign: recipe.sign ?? algorithmOf(header),
    key: recipe.key ?? "issuer",
  };
  const token = await signer.sign(request);
  if (recipe.damage === undefined) return token;
  const damage = DAMAGES[recipe.damage];
  if (!damage) throw new Error(`there is no damage ${recipe.damage}; known are ${Object.keys(DAMAGES).join(", ")}`);
  const other = recipe.damage === "swapped-signature" ? await signer.sign({ ...request, claims: "e30" }) : token;
  return damage(token, other);
}

function headerOf({ header = {} }: TokenRecipe, kid: string): string {
  const text = JSON.stringify(patched({ kid, typ: "at+jwt", alg: "RS256" }, header, 0));
  return text.replaceAll("{kid}", kid);
}

function claimsOf({ claims = {}, claimsText, claimsBytes }: TokenRecipe, now: number): Buffer {
  if (claimsBytes !== undefined) return Buffer.from(claimsBytes, "hex");
  if (claimsText !== undefined) return Buffer.from(filled(claimsText, now));
  const [audience] = AUDIENCES;
  const good = {
    iss: ISSUER,
    sub: "alice",
    aud: audience,
    client_id: audience,
    exp: "now+600",
    nbf: "now",
    iat: "now",
  };
  return Buffer.from(filled(JSON.stringify(patched(good, claims, now)), now));
}

const filled = (text: string, now: number) =>
  text
    .replaceAll("{issuer}", ISSUER)
    .replaceAll("{audience}", AUDIENCES[0])
    .replace(/\{(now[^}"]*)\}/g, (_, time: string) => String(timeOf(time, now)));

type Record_ = Readonly<Record<string, unknown>>;

/** null takes a member away, `$null` lists members that are null, `now+60` is a time. */
function patched(good: Record_, patch: Record_, now: number): Record_ {
  const result = new Map<string, unknown>(Object.entries({ ...good, ...patch }));
  for (const [name, value] of Object.entries(patch)) if (value === null) result.delete(name);
  const nulls = result.get("$null");
  result.delete("$null");
  for (const name of Array.isArray(nulls) ? nulls : []) result.set(String(name), null);
  return Object.fromEntries([...result].map(([name, value]) => [name, timed(value, now)]));
}

function timed(value: unknown, now: number): unknown {
  if (typeof value === "string") return /^now([+-][\d.]+)?$/.test(value) ? timeOf(value, now) : value;
  if (Array.isArray(value)) return value.map((one) => timed(one, now));
  if (typeof value === "object" && value !== null && "$text" in value) return String(timeOf(String(value.$text), now));
  return value;
}

const timeOf = (text: string, now: number) => now + Number(text.slice("now".length) || 0);

function algorithmOf(header: string): NonNullable<TokenRecipe["sign"]> {
  const [, found] = /"alg":"((?:RS|PS)(?:256|384|512)|ES256|none)"[^]*$/.exec(header) ?? [];
  return (found as TokenRecipe["sign"]) ?? "RS256";
}

type Damage = (token: string, other: string) => string;

const parts = (token: string) => token.split(".") as [string, string, string];

const withSignature =
  (change: (signature: string) => string): Damage =>
  (token) => {
    const [header, claims, signature] = parts(token);
    return `${header}.${claims}.${change(signature)}`;
  };

const bytes = (text: string, change: (all: Buffer) => Buffer) =>
  change(Buffer.from(text, "base64url")).toString("base64url");

const member = (segment: string, name: string, value: unknown) =>
  Buffer.from(
    JSON.stringify({ ...(JSON.parse(Buffer.from(segment, "base64url").toString()) as object), [name]: value }),
  ).toString("base64url");

const BASE64URL = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

/** What can happen to a token on its way. */
const DAMAGES: Readonly<Record<string, Damage>> = {
  "only-header": (token) => parts(token)[0],
  "no-signature-part": (token) => parts(token).slice(0, 2).join("."),
  "extra-segment": (token) => `${token}.AAAA`,
  "five-segments": (token) => `${token}.AAAA.AAAA`,
  "many-dots-short": (token) => `${token}${".".repeat(2_000)}`,
  "trailing-dot": (token) => `${token}.`,
  "leading-dot": (token) => `.${token}`,
  "empty-header": (token) => token.slice(token.indexOf(".")),
  "empty-claims": (token) => `${parts(token)[0]}..${parts(token)[2]}`,
  "empty-signature": withSignature(() => ""),
  "header-star": (token) => `*${token.slice(1)}`,
  "claims-star": (token) => `${parts(token)[0]}.*${parts(token)[1].slice(1)}.${parts(token)[2]}`,
  "signature-star": withSignature((signature) => `*${signature.slice(1)}`),
  "padded-header": (token) => `${parts(token)[0]}=.${parts(token)[1]}.${parts(token)[2]}`,
  "padded-signature": withSignature((signature) => `${signature}==`),
  "standard-alphabet": withSignature((signature) => `+/${signature.slice(2)}`),
  "trailing-bits": withSignature((signature) => {
    const last = BASE64URL.indexOf(signature.slice(-1));
    return `${signature.slice(0, -1)}${BASE64URL[last + 1] ?? ""}`;
  }),
  "one-more-character": withSignature((signature) => `${signature}AAA`),
  "inner-space": withSignature((signature) => `${signature.slice(0, 10)} ${signature.slice(10)}`),
  "tampered-claims": (token) => `${parts(token)[0]}.${member(parts(token)[1], "sub", "mallory")}.${parts(token)[2]}`,
  "tampered-header": (token) => `${member(parts(token)[0], "typ", "changed")}.${parts(token)[1]}.${parts(token)[2]}`,
  "flipped-bit": withSignature((signature) =>
    bytes(signature, (all) => {
      all[40] = (all[40] ?? 0) ^ 1;
      return all;
    }),
  ),
  "truncated-signature": withSignature((signature) => bytes(signature, (all) => all.subarray(0, -1))),
  "zero-signature": withSignature((signature) => bytes(signature, (all) => Buffer.alloc(all.length))),
  "swapped-signature": (token, other) => `${parts(token)[0]}.${parts(token)[1]}.${parts(other)[2]}`,
};
