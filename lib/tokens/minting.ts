import { createHmac, randomUUID } from "node:crypto";
import { type CompactJWSHeaderParameters, CompactSign, type CryptoKey, exportSPKI, generateKeyPair } from "jose";
import type { FlawName } from "./flaws.ts";
import type { SigningKey } from "./signing-keys.ts";
import { withAnotherSubject } from "./tampering.ts";
import { type Claims, claimsOf, headerOf, IS_7_1, type Subject, type TokenForm } from "./token-form.ts";

/** A token to make. */
export interface MintRequest {
  /** @default - the issuer's first client */
  readonly clientId?: string;
  /** @default - every scope of the client */
  readonly scopes?: readonly string[];
  /** What is to be wrong with it. */
  readonly flaw?: FlawName;
  /** Claims to add or replace; null leaves one out. */
  readonly claims?: Readonly<Record<string, unknown>>;
  /** @default 3600, as WSO2 */
  readonly ttlSeconds?: number;
}

const OTHER = "anotherApplication00000";
/** The claims in which WSO2 names the application that a token is for, where the version has them. */
const APPLICATION_CLAIMS = new Set(["sub", "client_id", "aud", "azp"]);

/** Makes access tokens in the form of one version of WSO2. A flaw changes one thing and leaves all else as it is. */
export class Minting {
  readonly #key: SigningKey;
  readonly #nowSeconds: () => number;
  readonly #form: TokenForm;
  #foreign: Promise<CryptoKey> | undefined;
  #elliptic: Promise<CryptoKey> | undefined;

  constructor(key: SigningKey, nowSeconds: () => number, form: TokenForm = IS_7_1) {
    this.#key = key;
    this.#nowSeconds = nowSeconds;
    this.#form = form;
  }

  async mint(subject: Subject, request: Omit<MintRequest, "clientId" | "scopes"> = {}): Promise<string> {
    const { flaw, claims: patch = {}, ttlSeconds = DEFAULT_TTL_SECONDS } = request;
    if (flaw === "opaque") return randomUUID();
    const scopes = flaw === "no-scope" ? [] : subject.scopes;
    const now = Math.floor(this.#nowSeconds());
    const claims = claimsOf(this.#form, { ...subject, scopes }, now, ttlSeconds);
    return this.#sign(flaw, patched(this.#flawedClaims(flaw, claims), patch));
  }

  #flawedClaims(flaw: FlawName | undefined, claims: Claims): Claims {
    const now = Math.floor(this.#nowSeconds());
    switch (flaw) {
      case "expired":
        return { ...claims, nbf: now - 3_660, exp: now - 60, iat: now - 3_660 };
      case "not-yet-valid":
        return { ...claims, nbf: now + 3_600, exp: now + 7_200 };
      case "issued-in-future":
        return { ...claims, exp: now + 7_200, iat: now + 3_600 };
      case "wrong-issuer":
        return { ...claims, iss: `${String(claims.iss)}/` };
      case "wrong-audience":
        return Object.fromEntries(
          Object.entries(claims).map(([name, value]) => [name, APPLICATION_CLAIMS.has(name) ? OTHER : value]),
        );
      default:
        return claims;
    }
  }

  async #sign(flaw: FlawName | undefined, claims: Claims): Promise<string> {
    const { kid, privateKey, publicKey } = this.#key;
    const header = headerOf(this.#form, this.#key);
    switch (flaw) {
      case "wrong-key":
        this.#foreign ??= generateKeyPair("RS256").then((pair) => pair.privateKey);
        return signed(header, claims, await this.#foreign);
      case "unknown-kid":
        return signed({ ...header, kid: kid.split("").toReversed().join("") }, claims, privateKey);
      case "no-kid": {
        const { kid: _, ...others } = header;
        return signed(others, claims, privateKey);
      }
      case "alg-none":
        return `${encoded({ ...header, alg: "none" })}.${encoded(claims)}.`;
      case "hs256-public-key": {
        const text = `${encoded({ ...header, alg: "HS256" })}.${encoded(claims)}`;
        const pem = await exportSPKI(publicKey);
        return `${text}.${createHmac("sha256", pem).update(text).digest("base64url")}`;
      }
      case "es256":
        this.#elliptic ??= generateKeyPair("ES256").then((pair) => pair.privateKey);
        return signed({ ...header, alg: "ES256" }, claims, await this.#elliptic);
      case "tampered":
        return withAnotherSubject(await signed(header, claims, privateKey));
      default:
        return signed(header, claims, privateKey);
    }
  }
}

export const DEFAULT_TTL_SECONDS = 3_600;

const encoded = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");

const signed = (header: CompactJWSHeaderParameters, claims: Claims, key: CryptoKey) =>
  new CompactSign(Buffer.from(JSON.stringify(claims))).setProtectedHeader(header).sign(key);

const patched = (claims: Claims, patch: Claims): Claims =>
  Object.fromEntries(Object.entries({ ...claims, ...patch }).filter(([, value]) => value !== null));
