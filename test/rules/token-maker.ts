import {
  constants,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  type KeyPairKeyObjectResult,
  sign,
} from "node:crypto";
import { type AuthorizeOptions, authorize } from "../../lib/rules/authorize.ts";
import type { Decision } from "../../lib/rules/decision.ts";
import type { JwtConfiguration } from "../../lib/rules/jwt-configuration.ts";
import type { FindKey } from "../../lib/rules/key-answer.ts";
import { readKeySet } from "../../lib/rules/key-set.ts";

// Tokens as no careful issuer makes them: each part is given as it is to be sent, and then signed. The keys are made
// when they are first asked for and live as long as the test process.

export const NOW = 1_800_000_000;
export const CONFIGURATION: JwtConfiguration = {
  issuer: "https://is.example.com/oauth2/token",
  audience: ["client-1"],
};

export type Jwk = Readonly<Record<string, unknown>>;

const pairs = new Map<string, KeyPairKeyObjectResult>();

/** The pair of that name: `issuer` and `foreign` have 2,048 bits, `rsa-3072` and the like what they say. */
export function pairOf(name: string): KeyPairKeyObjectResult {
  const known = pairs.get(name);
  if (known) return known;
  const pair = name.startsWith("ec")
    ? generateKeyPairSync("ec", { namedCurve: "P-256" })
    : generateKeyPairSync("rsa", { modulusLength: Number(/\d+$/.exec(name)?.[0] ?? 2048) });
  pairs.set(name, pair);
  return pair;
}

/** The public half of a pair as a JWKS lists it. An undefined member is left out. */
export function jwkOf(name = "issuer", more: Jwk = {}): Jwk {
  const jwk = { ...pairOf(name).publicKey.export({ format: "jwk" }), kid: name, use: "sig", ...more };
  return Object.fromEntries(Object.entries(jwk).filter(([, value]) => value !== undefined));
}

export const HEADER: Jwk = { alg: "RS256", kid: "issuer", typ: "at+jwt" };
export const CLAIMS: Jwk = {
  iss: CONFIGURATION.issuer,
  sub: "alice",
  aud: "client-1",
  exp: NOW + 600,
  nbf: NOW - 10,
  iat: NOW - 10,
  scope: "read write",
};

/** How a token is signed; `hmac` takes the public key's PEM for a secret. */
export type Signing = "RS256" | "RS384" | "RS512" | "PS256" | "ES256" | "none" | "hmac";

export interface TokenParts {
  /** Members to add to the good header or to change; undefined takes one away. */
  readonly header?: Jwk;
  /** The header as text or bytes, instead. */
  readonly headerText?: string | Buffer;
  readonly claims?: Jwk;
  readonly claimsText?: string | Buffer;
  /** The name of the pair to sign with. @default "issuer" */
  readonly key?: string;
  /** @default - what the header's `alg` names, else RS256 */
  readonly signing?: Signing;
  /** What becomes of the two encoded parts before they are signed. */
  readonly respell?: (part: string, which: "header" | "claims") => string;
}

/** A token, good in all that is not given otherwise. */
export function tokenOf(parts: TokenParts = {}): string {
  const header = { ...HEADER, ...parts.header };
  const headerText = parts.headerText ?? JSON.stringify(header);
  const claimsText = parts.claimsText ?? JSON.stringify({ ...CLAIMS, ...parts.claims });
  const respell = parts.respell ?? ((part) => part);
  const text = `${respell(encoded(headerText), "header")}.${respell(encoded(claimsText), "claims")}`;
  return `${text}.${signatureOf(text, parts.signing ?? signingOf(header.alg), parts.key ?? "issuer")}`;
}

export const encoded = (part: string | Buffer): string => Buffer.from(part).toString("base64url");

const signingOf = (alg: unknown): Signing =>
  typeof alg === "string" && /^[RP]S(256|384|512)$/.test(alg) ? (alg as Signing) : "RS256";

export function signatureOf(text: string, signing: Signing, keyName = "issuer"): string {
  return signatureBytes(Buffer.from(text), signing, keyName).toString("base64url");
}

function signatureBytes(text: Buffer, signing: Signing, keyName: string): Buffer {
  if (signing === "none") return Buffer.alloc(0);
  const { privateKey, publicKey } = pairOf(signing === "ES256" ? "ec" : keyName);
  if (signing === "hmac") return createHmac("sha256", pemOf(publicKey)).update(text).digest();
  if (signing === "ES256") return sign("sha256", text, { key: privateKey, dsaEncoding: "ieee-p1363" });
  const digest = `sha${signing.slice(2)}`;
  if (signing.startsWith("RS")) return sign(digest, text, privateKey);
  const { RSA_PKCS1_PSS_PADDING: padding, RSA_PSS_SALTLEN_DIGEST: saltLength } = constants;
  return sign(digest, text, { key: privateKey, padding, saltLength });
}

export const pemOf = (key: KeyObject): string =>
  createPublicKey(key.export({ format: "pem", type: "spki" }))
    .export({ format: "pem", type: "spki" })
    .toString();

export interface Before {
  /** The JWKS's members. @default the issuer's key only */
  readonly keys?: readonly unknown[];
  readonly configuration?: Partial<JwtConfiguration>;
  readonly scopes?: readonly string[];
  readonly now?: number;
  readonly options?: AuthorizeOptions;
  readonly findKey?: FindKey;
}

/** What the authorizer says of a token that comes after `Bearer `. */
export const decide = (token: string, before: Before = {}): Decision => decideCredential(`Bearer ${token}`, before);

export function decideCredential(credential: string | undefined, before: Before = {}): Decision {
  const { keys, configuration, scopes = [], now = NOW, options, findKey = findIn(keys) } = before;
  const decision = authorize(
    { credential, configuration: { ...CONFIGURATION, ...configuration }, scopes },
    findKey,
    now,
    options,
  );
  if (decision instanceof Promise) throw new Error("a key that is at hand was waited for");
  return decision;
}

/** Looks keys up in a JWKS of these members, read once. */
export function findIn(keys: readonly unknown[] = [jwkOf()]): FindKey {
  const set = readKeySet(JSON.stringify({ keys }));
  return (kid) => set?.byKid.get(kid) ?? { kind: "unknown", kids: [...(set?.byKid.keys() ?? [])] };
}

/** `allowed`, or the rule that refused: what most tests ask for. */
export function verdictOf(token: string, before: Before = {}): string {
  const decision = decide(token, before);
  return decision.allowed ? "allowed" : decision.rule;
}
