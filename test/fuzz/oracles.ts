import { JwtVerifier } from "aws-jwt-verify";
import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from "jose";
import type { Decision } from "../../lib/rules/decision.ts";
import { CONFIGURATION, type Jwk } from "../rules/token-maker.ts";

export type OracleName = "jose" | "aws-jwt-verify";

/** A library of others with the same policy: whether it takes a token. Whatever it throws is its no. */
export type Oracle = (token: string, keys: readonly Jwk[], now: number) => Promise<boolean>;

const ALGORITHMS = ["RS256", "RS384", "RS512"];

export const ORACLES: Readonly<Record<OracleName, Oracle>> = {
  jose: async (token, keys, now) => {
    const { issuer, audience } = CONFIGURATION;
    const options = { issuer, audience: [...audience], algorithms: ALGORITHMS, currentDate: new Date(now * 1_000) };
    return accepts(async () => jwtVerify(token, createLocalJWKSet({ keys } as unknown as JSONWebKeySet), options));
  },
  // Its clock is Date.now, whatever `now` says.
  "aws-jwt-verify": async (token, keys) =>
    accepts(async () => {
      const verifier = JwtVerifier.create({
        issuer: CONFIGURATION.issuer,
        audience: [...CONFIGURATION.audience],
        jwksUri: "https://x/",
      });
      verifier.cacheJwks({ keys } as unknown as Parameters<typeof verifier.cacheJwks>[0]);
      return verifier.verifySync(token);
    }),
};

async function accepts(verify: () => Promise<unknown>): Promise<boolean> {
  try {
    await verify();
    return true;
  } catch {
    return false;
  }
}

/**
 * What we refuse and an oracle takes: each by a rule that is written down. The left side is `<rule>: <description>`.
 */
const STRICTER: readonly (readonly [pattern: RegExp, oracles: readonly OracleName[], why: string])[] = [
  [/^expiry: the token has no expiry/, ["jose", "aws-jwt-verify"], "3.14 exp is required"],
  [
    /^(expiry|not-before|issued-at): the token's time/,
    ["jose", "aws-jwt-verify"],
    "3.17, 3.18 a time is a number from 0 to 2^53",
  ],
  [/^issued-at: Token used before issued/, ["jose", "aws-jwt-verify"], "3.11 iat is not later than now"],
  [/^(header|claims|signature): illegal base64/, ["jose", "aws-jwt-verify"], "RFC 7515 section 2: one spelling"],
  [/^(header|claims): the token is not valid UTF-8/, ["aws-jwt-verify"], "RFC 3629 section 3"],
  [/^claims: invalid character/, ["jose"], "RFC 8259 section 8.1: no byte order mark"],
  // With a JWK that names no alg it takes ES256 and EdDSA in the header over a signature by an RSA key.
  [/^algorithm: signing method (ES256|EdDSA) is invalid/, ["aws-jwt-verify"], "3.2 alg is RS256, RS384 or RS512"],
  [/^critical: /, ["jose", "aws-jwt-verify"], "RFC 7515 section 4.1.11: crit and b64 are refused"],
  [/^key-id: /, ["jose", "aws-jwt-verify"], "3.1 kid is required and is not empty"],
  [
    /^key: .* may not verify/,
    ["jose", "aws-jwt-verify"],
    "RFC 7517 section 4, RFC 7518 section 6.3: an RSA key for signatures",
  ],
  [/^key: .* is unknown/, ["jose"], "3.1 a key without a kid is never tried"],
  [/nested too deeply/, ["jose", "aws-jwt-verify"], "our limit: a hundred levels of lists and objects"],
];

/** What we take and an oracle refuses: each with the member of the token that it stumbles over. */
const MORE_LENIENT: readonly (readonly [
  sees: (decision: Allowed) => boolean,
  oracles: readonly OracleName[],
  why: string,
])[] = [
  [
    ({ claims }) => !Object.hasOwn(claims, "aud"),
    ["jose", "aws-jwt-verify"],
    "3.8 client_id stands in for an absent aud",
  ],
  [
    ({ claims }) => Array.isArray(claims.aud) && !claims.aud.every((one) => typeof one === "string"),
    ["aws-jwt-verify"],
    "3.9 one fitting element of aud is enough",
  ],
  [({ claims }) => hasOddClaim(claims), ["jose", "aws-jwt-verify"], "3.24 claims that no rule reads may have any form"],
  [
    ({ token }) => hasOddHeader(token.header),
    ["jose", "aws-jwt-verify"],
    "3.26 header members that no rule reads may have any form",
  ],
];

type Allowed = Extract<Decision, { allowed: true }>;

const hasOddClaim = (claims: Readonly<Record<string, unknown>>) =>
  ["sub", "jti", "scope", "client_id"].some((name) => Object.hasOwn(claims, name) && typeof claims[name] !== "string");

const hasOddHeader = (header: Readonly<Record<string, unknown>>) =>
  ["typ", "cty", "zip", "jwk", "jku", "x5c", "x5t"].some(
    (name) => Object.hasOwn(header, name) && header[name] !== "at+jwt",
  );

/** Why we and an oracle differ, as it is written down; undefined where nothing says so. */
export function reasonFor(decision: Decision, oracle: OracleName): string | undefined {
  if (decision.allowed) return MORE_LENIENT.find(([sees, oracles]) => oracles.includes(oracle) && sees(decision))?.[2];
  const said = `${decision.rule}: ${decision.description}`;
  return STRICTER.find(([pattern, oracles]) => oracles.includes(oracle) && pattern.test(said))?.[2];
}
