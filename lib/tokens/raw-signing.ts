import {
  constants,
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPair,
  type JsonWebKey,
  KeyObject,
  sign,
} from "node:crypto";
import { promisify } from "node:util";
import { exportJWK, type JWK } from "jose";
import type { SigningKey } from "./signing-keys.ts";

/** A token to sign exactly as it is given, however wrong: what the conformance table is made with. */
export interface RawSignRequest {
  /** The header's JSON text. */
  readonly header: string;
  /** The claims' bytes in base64. */
  readonly claims: string;
  readonly sign: RawAlgorithm;
  /** `second`: another key of the issuer. `foreign`: none of its keys. */
  readonly key: "issuer" | "second" | "foreign";
}

export type RawAlgorithm =
  | "RS256"
  | "RS384"
  | "RS512"
  | "PS256"
  | "PS384"
  | "PS512"
  | "ES256"
  | "none"
  | "hmac-public-key";

const makeKeyPair = promisify(generateKeyPair);
const DIGEST_BITS = /\d+$/;

/** Signs what a careful issuer would never sign. Keys are made when they are first needed. */
export class RawSigning {
  readonly #own: SigningKey;
  readonly #made = new Map<string, Promise<KeyObject>>();

  /** @param kept what `privateJwks` gave. @default - all but its own key are new ones */
  constructor(own: SigningKey, kept: Readonly<Record<string, JWK>> = {}) {
    this.#own = own;
    for (const [name, jwk] of Object.entries(kept))
      this.#made.set(name, Promise.resolve(createPrivateKey({ key: jwk as JsonWebKey, format: "jwk" })));
  }

  async sign({ header, claims, sign: algorithm, key }: RawSignRequest): Promise<string> {
    const text = `${Buffer.from(header).toString("base64url")}.${Buffer.from(claims, "base64").toString("base64url")}`;
    return `${text}.${(await this.#signature(algorithm, key, Buffer.from(text))).toString("base64url")}`;
  }

  async #signature(algorithm: RawAlgorithm, key: RawSignRequest["key"], text: Buffer): Promise<Buffer> {
    if (algorithm === "none") return Buffer.alloc(0);
    if (algorithm === "hmac-public-key") return createHmac("sha256", this.#publicPem()).update(text).digest();
    const digest = `sha${DIGEST_BITS.exec(algorithm)?.[0] ?? "256"}`;
    if (algorithm === "ES256") return sign(digest, text, { key: await this.#key("ec"), dsaEncoding: "ieee-p1363" });
    const padding = algorithm.startsWith("PS") ? constants.RSA_PKCS1_PSS_PADDING : constants.RSA_PKCS1_PADDING;
    const saltLength = constants.RSA_PSS_SALTLEN_DIGEST;
    return sign(digest, text, {
      key: await this.#key(key),
      padding,
      ...(algorithm.startsWith("PS") ? { saltLength } : {}),
    });
  }

  #publicPem(): string {
    return KeyObject.from(this.#own.publicKey).export({ format: "pem", type: "spki" }).toString();
  }

  #key(name: string): Promise<KeyObject> {
    const known = this.#made.get(name);
    if (known) return known;
    const made =
      name === "issuer"
        ? Promise.resolve(KeyObject.from(this.#own.privateKey))
        : name === "ec"
          ? makeKeyPair("ec", { namedCurve: "P-256" }).then((pair) => pair.privateKey)
          : makeKeyPair("rsa", { modulusLength: name === "small" ? 1024 : 2048 }).then((pair) => pair.privateKey);
    this.#made.set(name, made);
    return made;
  }

  /** The keys beside its own, to keep: anyone who reads them can sign. */
  async privateJwks(): Promise<Readonly<Record<string, JWK>>> {
    const names = ["second", "foreign", "small", "ec"];
    const keys = await Promise.all(names.map((name) => this.#key(name)));
    return Object.fromEntries(keys.map((key, at) => [names[at], key.export({ format: "jwk" }) as JWK]));
  }

  /** The public half of a key, as a foreign issuer would publish it. */
  async publicJwk(name: "second" | "foreign" | "small" | "ec"): Promise<JWK> {
    return createPublicKey(await this.#key(name)).export({ format: "jwk" });
  }

  /**
   * Entries of a JWKS that no careful issuer publishes, beside its own: by each `kid` one thing is wrong, or odd. The
   * conformance table has a token for each.
   */
  async oddKeys(): Promise<readonly JWK[]> {
    const { kty, n, e } = await exportJWK(this.#own.publicKey);
    const own = { kty, n, e } as JWK;
    const second = await this.publicJwk("second");
    return [
      { ...own, kid: "any-alg" },
      { ...own, kid: "twice", use: "sig" },
      { ...second, kid: "twice", use: "sig" },
      { ...own, kid: "same-twice", use: "sig" },
      { ...own, kid: "same-twice", use: "sig" },
      { ...own, kid: "use-enc", use: "enc" },
      { ...own, kid: "ops-encrypt", key_ops: ["encrypt"] },
      { ...own, kid: "ps256-only", alg: "PS256" },
      { ...own, kid: "rs512-only", alg: "RS512" },
      { ...own, kid: "e-one", e: "AQ" },
      { ...(await this.publicJwk("small")), kid: "small", use: "sig" },
      { ...(await this.publicJwk("ec")), kid: "ec", use: "sig" },
    ];
  }
}
