import type { Remedy } from "./remedy.ts";

/** A text of our own for a refusal, where no source shows what AWS writes. */
export interface OwnText extends Remedy {
  readonly pattern: RegExp;
  /** What is known of AWS there; undefined where it is no affair of AWS. */
  readonly fact: string | undefined;
}

// The local gateway and the mirror write these. In native mode none of them stands in the access log of a deployed API.
export const OWN_TEXTS: readonly OwnText[] = [
  {
    pattern: /the token is not valid (UTF-8|JSON)|the token holds no JSON object/,
    cause: "a part of the token is decoded, and is no JSON object in UTF-8",
    remedy: "send the token exactly as the issuer gave it; an attack, where nobody's client makes such tokens",
    fact: "2.2",
  },
  {
    pattern: /the token demands an extension \(crit\)/,
    cause: "the token's header has crit or b64: it asks for something that is not understood here",
    remedy: "have the issuer leave crit and b64 out of the header",
    fact: "3.26",
  },
  {
    pattern: /the token names no key \(kid\)/,
    cause: "the token's header has no kid",
    remedy: "have the issuer write kid into the header; API Gateway looks keys up by it and by nothing else",
    fact: "3.1",
  },
  {
    pattern: /the token's key \(kid\) is unknown/,
    cause: "the issuer's JWKS lists no key of the token's kid",
    remedy:
      "get a fresh token; where it is fresh, another issuer or tenant made it, or its key was taken out of the JWKS",
    fact: "3.1",
  },
  {
    pattern: /the token's key \(kid\) may not verify/,
    cause: "the issuer lists that key, and it is no RSA signature key of 2,048 to 8,192 bits, listed once",
    remedy: "run 'npx gatehouse doctor': it says what is wrong with the key; then correct the issuer's JWKS",
    fact: "3.26",
  },
  {
    pattern: /the key is for another algorithm/,
    cause: "the JWKS names an alg for that key, and the token's header another",
    remedy: "have the issuer sign with the algorithm of the key that it names",
    fact: "3.26",
  },
  {
    pattern: /the discovery document names another issuer/,
    cause: "the issuer in the discovery document is not, character by character, the authorizer's",
    remedy: "run 'npx gatehouse doctor': it shows the first difference; WSO2's host name or entity id was changed",
    fact: "4.7",
  },
  {
    pattern: /the token has no expiry \(exp\)/,
    cause: "the token has no exp: it would be good for ever",
    remedy: "have the issuer write exp",
    fact: "3.14",
  },
  {
    pattern: /the token's time \((exp|nbf|iat)\) is not a number/,
    cause: "a time of the token is a text, negative, above 2^53 or null",
    remedy: "have the issuer write times as numbers of seconds since 1970",
    fact: "3.18",
  },
  {
    pattern: /the token holds none of the route's scopes/,
    cause: "none of the route's scopes is in the token's scope or scp",
    remedy:
      "ask for the scope at the token endpoint, and authorise the application for it: WSO2 drops the others in silence",
    fact: "3.19",
  },
  {
    pattern: /the route is not in ROUTE_SCOPES|the route is not known to the authorizer/,
    cause: "the mirror was asked for a route that its variable ROUTE_SCOPES does not list: it was added by hand",
    remedy: "make the route in the environment and deploy",
    fact: undefined,
  },
];
