import { createPublicKey } from "node:crypto";
import { isJson, isTooDeep, type Json, parseJson } from "../json/json.ts";
import { digestNamed } from "./algorithm.ts";
import { decodeBase64url } from "./base64url.ts";
import type { VerificationKey } from "./key-answer.ts";
import { ownProperty } from "./unverified-token.ts";

/** What a JWKS says about one `kid`. */
export type KeySetEntry =
  | { readonly kind: "found"; readonly key: VerificationKey }
  | { readonly kind: "refused"; readonly why: string };

/** A JWKS (RFC 7517 section 5), read strictly: by `kid`, with what is wrong with its members. */
export interface KeySet {
  readonly byKid: ReadonlyMap<string, KeySetEntry>;
  /** For the log and `doctor`: members that were left out and why, private parts that were published. */
  readonly warnings: readonly string[];
}

/** RFC 7518 section 3.3 asks for 2048 bits; above 8192 a key is a way to burn our CPU. */
const FEWEST_BITS = 2048;
const MOST_BITS = 8192;

/**
 * Reads a JWKS. Members that may not verify are set aside one by one and never void the set; a `kid` with two different
 * keys is refused, since nothing says which is meant (RFC 7517 section 4.5).
 * @returns undefined where `text` is no JSON object with a list of `keys`
 */
export function readKeySet(text: string): KeySet | undefined {
  const members = membersOf(text);
  if (members === undefined) return undefined;
  const byKid = new Map<string, KeySetEntry>();
  const seen = new Map<string, string>();
  const warnings: string[] = [];
  for (const [index, member] of members.entries()) {
    const kid = isJson(member) ? ownProperty(member, "kid") : undefined;
    if (!isJson(member) || typeof kid !== "string" || kid === "") {
      warnings.push(`keys[${index}] has no kid and can verify nothing`);
      continue;
    }
    if (isTooDeep(member)) {
      warnings.push(`keys[${index}] is nested too deeply`);
      continue;
    }
    if (PRIVATE_MEMBERS.some((name) => Object.hasOwn(member, name)))
      warnings.push(`the key ${kid} is published with its private part: anyone who reads the JWKS can sign`);
    const identity = identityOf(member);
    const before = seen.get(kid);
    seen.set(kid, identity);
    if (before === identity) continue;
    const entry: KeySetEntry =
      before === undefined ? readKey(member, kid) : { kind: "refused", why: "two different keys have this kid" };
    byKid.set(kid, entry);
    if (entry.kind === "refused") warnings.push(`the key ${kid} is not used: ${entry.why}`);
  }
  return { byKid, warnings };
}

const PRIVATE_MEMBERS = ["d", "p", "q", "dp", "dq", "qi", "k"];
/** What makes two members with one `kid` the same key listed twice. */
const IDENTITY_MEMBERS = ["kty", "n", "e", "use", "alg", "crv", "x", "y"];

const identityOf = (jwk: Json) => JSON.stringify(IDENTITY_MEMBERS.map((name) => ownProperty(jwk, name) ?? null));

function membersOf(text: string): readonly unknown[] | undefined {
  const document = parseJson(text);
  const keys = document && ownProperty(document, "keys");
  return Array.isArray(keys) ? keys : undefined;
}

/** RFC 7517 section 4 and RFC 7518 section 6.3.1: an RSA key that is meant to verify, in the form that it must have. */
function readKey(jwk: Json, kid: string): KeySetEntry {
  const why = unusableReason(jwk);
  if (why !== undefined) return { kind: "refused", why };
  const { n, e } = jwk as { n: string; e: string };
  const alg = ownProperty(jwk, "alg") as string | undefined;
  try {
    // Only n and e: whatever else the member holds is not our business.
    const imported = createPublicKey({ key: { kty: "RSA", n, e }, format: "jwk" });
    // OpenSSL verifies a little faster with a key that it decoded itself.
    const object = createPublicKey({
      key: imported.export({ format: "der", type: "spki" }),
      format: "der",
      type: "spki",
    });
    return { kind: "found", key: { kid, alg, object, modulusBytes: Buffer.from(n, "base64url").length } };
  } catch {
    return { kind: "refused", why: "OpenSSL does not take it" };
  }
}

function unusableReason(jwk: Json): string | undefined {
  const kty = ownProperty(jwk, "kty");
  if (kty !== "RSA") return `kty is ${JSON.stringify(kty)}, not "RSA"`;
  if (Object.hasOwn(jwk, "use") && jwk.use !== "sig") return `use is ${JSON.stringify(jwk.use)}, not "sig"`;
  if (Object.hasOwn(jwk, "key_ops") && !(Array.isArray(jwk.key_ops) && jwk.key_ops.includes("verify")))
    return 'key_ops does not hold "verify"';
  if (Object.hasOwn(jwk, "alg") && digestNamed(jwk.alg) === undefined)
    return `alg is ${JSON.stringify(jwk.alg)}, not RS256, RS384 or RS512`;
  return unfitModulus(ownProperty(jwk, "n")) ?? unfitExponent(ownProperty(jwk, "e"));
}

function unfitModulus(n: unknown): string | undefined {
  const bytes = bytesOf(n);
  if (bytes === undefined) return "n is not base64url";
  const [first = 0] = bytes;
  if (first === 0) return "n begins with a zero byte";
  const bits = bytes.length * 8 - Math.clz32(first) + 24;
  if (bits < FEWEST_BITS || bits > MOST_BITS) return `it has ${bits} bits, not ${FEWEST_BITS} to ${MOST_BITS}`;
  return (bytes.at(-1) ?? 0) % 2 === 0 ? "n is even" : undefined;
}

/** With e = 1 anybody can sign; an even e fits no RSA key; Go's crypto/rsa takes none above 2^31 - 1 (INF). */
function unfitExponent(e: unknown): string | undefined {
  const bytes = bytesOf(e);
  if (bytes === undefined) return "e is not base64url";
  if (bytes[0] === 0) return "e begins with a zero byte";
  if (bytes.length === 1 && (bytes[0] ?? 0) < 3) return `e is ${bytes[0]}`;
  if (bytes.length > 4 || (bytes.length === 4 && (bytes[0] ?? 0) > 0x7f)) return "e is larger than 2^31 - 1";
  return (bytes.at(-1) ?? 0) % 2 === 0 ? "e is even" : undefined;
}

function bytesOf(text: unknown): Buffer | undefined {
  if (typeof text !== "string" || text === "") return undefined;
  const decoded = decodeBase64url(text);
  return "bytes" in decoded ? decoded.bytes : undefined;
}
