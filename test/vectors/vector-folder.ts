import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Mistake } from "../../lib/findings/mistake.ts";

export type Jwk = Readonly<Record<string, unknown>>;
export type Verdict = "accept" | "reject";

/** One test of Wycheproof's JSON Web Signature and JSON Web Key sets, with the verdict of a mirror that takes RS* only. */
export interface JwsVector {
  readonly tcId: number;
  readonly comment: string;
  readonly jws: string;
  readonly mirror: Verdict;
}

export interface JwsFile {
  readonly testGroups: readonly {
    readonly jwks: { readonly keys: readonly Jwk[] };
    readonly tests: readonly JwsVector[];
  }[];
}

/** The PKCS#1 attacks of the JSON Web Signature set over a payload of JWT claims. */
export interface JwtFile {
  /** Seconds since 1970. */
  readonly now: number;
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly jwks: { readonly keys: readonly Jwk[] };
  readonly tests: readonly {
    readonly tcId: number;
    readonly comment: string;
    readonly jwt: string;
    readonly mirror: Verdict;
  }[];
}

/** One of Wycheproof's RSA PKCS#1 v1.5 sets: `msg` and `sig` in hex. */
export interface RsaFile {
  readonly testGroups: readonly {
    readonly sha: "SHA-256" | "SHA-384" | "SHA-512";
    readonly jwk: Jwk;
    readonly tests: readonly {
      readonly tcId: number;
      readonly comment: string;
      readonly msg: string;
      readonly sig: string;
      /** `acceptable`: both verdicts are right. */
      readonly result: "valid" | "invalid" | "acceptable";
    }[];
  }[];
}

/** An example of RFC 7515 or RFC 7520. */
export interface RfcFile {
  readonly jwk: Jwk;
  readonly jws: string;
  readonly mirror: { readonly signature: Verdict; readonly token: Verdict; readonly why: string };
}

/** Reads one file of the folder that the user gave; `member` is what tells it from another file of that name. */
export function readVectors<File>(folder: string, file: string, member: keyof File & string): File {
  const path = join(folder, file);
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw vectorsMissing(folder, `${path}: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
  }
  if (typeof content !== "object" || content === null || !Object.hasOwn(content, member))
    throw vectorsMissing(folder, `${path}: no member "${member}"`);
  return content as File;
}

const vectorsMissing = (folder: string, got: string, options?: ErrorOptions) =>
  new Mistake(
    "vectors-missing",
    {
      what: `the vectors in ${folder} cannot be read`,
      got,
      expected: "a folder with wycheproof/*.json (JSON Web Signature, JSON Web Key, RSA PKCS#1) and rfc/*.json",
      fix: "npm run test:vectors -- DIR, with the folder that holds wycheproof/ and rfc/",
    },
    options,
  );
