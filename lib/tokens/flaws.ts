import type { RuleName } from "../rules/rules.ts";

/** What is wrong with a flawed token, and the rule that has to refuse it. */
export interface Flaw {
  readonly name: FlawName;
  readonly about: string;
  readonly refusedBy: RuleName;
}

export type FlawName =
  | "expired"
  | "not-yet-valid"
  | "issued-in-future"
  | "wrong-issuer"
  | "wrong-audience"
  | "wrong-key"
  | "unknown-kid"
  | "no-kid"
  | "alg-none"
  | "hs256-public-key"
  | "es256"
  | "tampered"
  | "no-scope"
  | "opaque";

export const FLAWS: readonly Flaw[] = [
  { name: "expired", about: "exp was a minute ago", refusedBy: "expiry" },
  { name: "not-yet-valid", about: "nbf is in an hour", refusedBy: "not-before" },
  { name: "issued-in-future", about: "iat is in an hour", refusedBy: "issued-at" },
  { name: "wrong-issuer", about: "iss has a trailing slash too many", refusedBy: "issuer" },
  {
    name: "wrong-audience",
    about: "it is for another application: aud, azp, client_id and sub are that one's",
    refusedBy: "audience",
  },
  { name: "wrong-key", about: "signed by a foreign key under the issuer's kid", refusedBy: "signature" },
  { name: "unknown-kid", about: "the issuer lists no such kid", refusedBy: "key" },
  { name: "no-kid", about: "the header names no key", refusedBy: "key-id" },
  { name: "alg-none", about: "unsigned, alg none", refusedBy: "algorithm" },
  { name: "hs256-public-key", about: "HMAC keyed with the public key's PEM", refusedBy: "algorithm" },
  { name: "es256", about: "signed with an elliptic curve", refusedBy: "algorithm" },
  { name: "tampered", about: "sub was changed after signing", refusedBy: "signature" },
  { name: "no-scope", about: "holds no scope; refused where the route asks for one", refusedBy: "scope" },
  { name: "opaque", about: "a UUID, as WSO2 gives where the token type is not JWT", refusedBy: "segments" },
];
