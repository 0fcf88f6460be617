import { TAMPERINGS } from "../tokens/tampering.ts";
import type { TokenRecipe } from "./case.ts";

/** The issuer of the table's tokens, where the target does not ask for another. */
export const ISSUER = "https://is.example.com/oauth2/token";
export const AUDIENCES: readonly [string, string] = ["ordersApplication0001", "batchApplication00001"];

/** What signs: the embedded issuer, in this process or in another. */
export interface Signer {
  /** The issuer that the target trusts. */
  readonly issuer: string;
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
    claims: claimsOf(recipe, signer.issuer, nowSeconds).toString("base64"),
    sign: recipe.sign ?? algorithmOf(header),
    key: recipe.key ?? "issuer",
  };
  const token = await signer.sign(request);
  if (recipe.tampering === undefined) return token;
  const tampering = TAMPERINGS[recipe.tampering];
  if (!tampering)
    throw new Error(`there is no tampering ${recipe.tampering}; known are ${Object.keys(TAMPERINGS).join(", ")}`);
  const other = recipe.tampering === "swapped-signature" ? await signer.sign({ ...request, claims: "e30" }) : token;
  return tampering(token, other);
}

function headerOf({ header = {} }: TokenRecipe, kid: string): string {
  const text = JSON.stringify(patched({ kid, typ: "at+jwt", alg: "RS256" }, header, 0));
  return text.replaceAll("{kid}", kid);
}

function claimsOf({ claims = {}, claimsText, claimsBytes }: TokenRecipe, issuer: string, now: number): Buffer {
  if (claimsBytes !== undefined) return Buffer.from(claimsBytes, "hex");
  if (claimsText !== undefined) return Buffer.from(filled(claimsText, issuer, now));
  const [audience] = AUDIENCES;
  const good = {
    iss: issuer,
    sub: "alice",
    aud: audience,
    client_id: audience,
    exp: "now+600",
    nbf: "now",
    iat: "now",
  };
  return Buffer.from(filled(JSON.stringify(patched(good, claims, now)), issuer, now));
}

const filled = (text: string, issuer: string, now: number) =>
  text
    .replaceAll("{issuer}", issuer)
    .replaceAll("{origin}", new URL(issuer).origin)
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
