import { createVerify, verify } from "node:crypto";
import { createRequire } from "node:module";
import { JwtRsaVerifier } from "aws-jwt-verify";
import type { Jwks } from "aws-jwt-verify/jwk";
import { createVerifier, type DecodedJwt, type KeyFetcher } from "fast-jwt";
import { createRemoteJWKSet, customFetch, jwtVerify } from "jose";
import { discoveryUrlOf } from "../lib/keys/discovery.ts";
import { IssuerKeys } from "../lib/keys/issuer-keys.ts";
import { authorize } from "../lib/rules/authorize.ts";
import type { Decision } from "../lib/rules/decision.ts";
import type { SignatureMemory } from "../lib/rules/signature-memory.ts";
import { AUDIENCE, type BenchKey, type BenchToken, ISSUER, JWKS_URI } from "./tokens.ts";

// The same configuration for all: RS256, RS384 or RS512, this issuer, this audience, an `exp` that must be there, the clock
// without tolerance, and the key that the token's `kid` names. Keys are at hand when the clock runs: nobody fetches.

export interface Contender {
  readonly name: string;
  readonly accepts: (token: string) => boolean | Promise<boolean>;
  readonly atOnce?: number;
  /** @default true */
  readonly asksKid?: boolean;
}

const ALGORITHMS = ["RS256", "RS384", "RS512"] as const;

/** The bare RSA check with everything prepared: the limit for a decision that is made on one thread. */
export const rawVerify =
  ({ digest, publicKey }: BenchKey, tokens: readonly BenchToken[]) =>
  (_: string, index: number): boolean => {
    const token = tokens[index];
    return token !== undefined && verify(digest, token.signed, publicKey, token.signature);
  };

/** What no decision can do without: the token cut at its dots, its signature checked, its claims decoded and parsed. */
export const leastWork =
  ({ digest, publicKey }: BenchKey) =>
  (token: string): boolean => {
    const first = token.indexOf(".");
    const last = token.lastIndexOf(".");
    const good = createVerify(digest)
      .update(token.slice(0, last), "latin1")
      .verify(publicKey, Buffer.from(token.slice(last + 1), "base64url"));
    const claims = Buffer.from(token.slice(first + 1, last), "base64url").toString("utf8");
    return good && typeof JSON.parse(claims) === "object";
  };

export interface GatehouseOptions {
  readonly audience?: readonly string[];
  readonly scopes?: readonly string[];
  readonly memory?: SignatureMemory;
}

/** As the gateway and the mirror ask: `authorize` with the key client, its documents answered from memory. */
export function gatehouse(key: BenchKey, { audience = [AUDIENCE], scopes = [], memory }: GatehouseOptions = {}) {
  const discovery = JSON.stringify({ issuer: ISSUER, jwks_uri: JWKS_URI });
  const fetchDocument = (url: string) => Promise.resolve(url === discoveryUrlOf(ISSUER) ? discovery : key.jwks);
  const { find } = new IssuerKeys({ issuer: ISSUER, fetchDocument, nowMs: Date.now });
  const configuration = { issuer: ISSUER, audience };
  const options = { memory };
  return (credential: string): Decision | Promise<Decision> =>
    authorize({ credential, configuration, scopes }, find, Date.now() / 1_000, options);
}

export const isAllowed = (decision: Decision | Promise<Decision>): boolean | Promise<boolean> =>
  decision instanceof Promise ? decision.then(({ allowed }) => allowed) : decision.allowed;

/** The others, each as its documentation proposes. Where they leave the key to the caller, it is found in a `Map`. */
export const others = (key: BenchKey): readonly Contender[] => [
  fastJwtFixed(key, { cache: false }),
  fastJwtByKid(key),
  awsJwtVerify(key),
  jsonwebtoken(key),
  jose(key),
  { ...jose(key), name: "jose, 64 at once (more threads)", atOnce: 64 },
];

/** fast-jwt, as it finds a key by `kid`: a function, and an answer by promise. */
function fastJwtByKid(key: BenchKey): Contender {
  const pems = new Map([[key.kid, pemOf(key)]]);
  const findKey: KeyFetcher = ({ header }: DecodedJwt, done: (error: Error | null, key: string) => void) => {
    const pem = pems.get(header.kid);
    done(pem === undefined ? new Error("unknown kid") : null, pem ?? "");
  };
  const check = createVerifier({ ...FAST_JWT_POLICY, key: findKey });
  return { name: "fast-jwt, key by kid", accepts: (token) => settled(check(token)) };
}

/** fast-jwt at its quickest: one fixed key, whatever the token's `kid` says. `cache` is its own memory of tokens. */
export function fastJwtFixed(key: BenchKey, { cache }: { readonly cache: boolean }): Contender {
  const check = createVerifier({ ...FAST_JWT_POLICY, key: pemOf(key), cache });
  return {
    name: cache ? "fast-jwt, its cache on" : "fast-jwt, one fixed key",
    asksKid: false,
    accepts: (token) => succeeds(() => check(token)),
  };
}

const FAST_JWT_POLICY = {
  algorithms: [...ALGORITHMS],
  allowedIss: ISSUER,
  allowedAud: AUDIENCE,
  requiredClaims: ["exp"],
};

const pemOf = ({ publicKey }: BenchKey) => publicKey.export({ format: "pem", type: "spki" }).toString();

function awsJwtVerify(key: BenchKey): Contender {
  const verifier = JwtRsaVerifier.create({ issuer: ISSUER, audience: AUDIENCE, jwksUri: JWKS_URI });
  verifier.cacheJwks(JSON.parse(key.jwks) as Jwks);
  return { name: "aws-jwt-verify", accepts: (token) => succeeds(() => verifier.verifySync(token)) };
}

interface JsonWebToken {
  verify(
    token: string,
    findKey: (header: { kid?: string }, done: (error: Error | null, key?: unknown) => void) => void,
    options: { algorithms: string[]; issuer: string; audience: string },
    done: (error: Error | null, payload?: { exp?: number }) => void,
  ): void;
}

function jsonwebtoken(key: BenchKey): Contender {
  const library = createRequire(import.meta.url)("jsonwebtoken") as JsonWebToken;
  const keys = new Map([[key.kid, key.publicKey]]);
  const options = { algorithms: [...ALGORITHMS], issuer: ISSUER, audience: AUDIENCE };
  const accepts = (token: string) => {
    let answer: boolean | undefined;
    library.verify(
      token,
      ({ kid = "" }, done) => done(keys.has(kid) ? null : new Error("unknown kid"), keys.get(kid)),
      options,
      // It takes a token without `exp`, so that is asked here.
      (error, payload) => {
        answer = error === null && payload?.exp !== undefined;
      },
    );
    if (answer === undefined) throw new Error("jsonwebtoken did not answer at once");
    return answer;
  };
  return { name: "jsonwebtoken", accepts };
}

function jose(key: BenchKey): Contender {
  const answer = () => Promise.resolve(new Response(key.jwks, { status: 200 }));
  const keys = createRemoteJWKSet(new URL(JWKS_URI), { [customFetch]: answer });
  const options = { algorithms: [...ALGORITHMS], issuer: ISSUER, audience: AUDIENCE, requiredClaims: ["exp"] };
  return { name: "jose", accepts: (token) => settled(jwtVerify(token, keys, options)) };
}

function succeeds(check: () => unknown): boolean {
  try {
    check();
    return true;
  } catch {
    return false;
  }
}

const settled = (answer: Promise<unknown>): Promise<boolean> =>
  answer.then(
    () => true,
    () => false,
  );
