import type { KeyObject } from "node:crypto";

/** A public key that may verify: RSA, 2048 to 8192 bits, an odd exponent of 3 or more, meant for signatures. */
export interface VerificationKey {
  readonly kid: string;
  /** The JWK's own `alg`; a token with another one is refused. */
  readonly alg: string | undefined;
  readonly object: KeyObject;
  readonly modulusBytes: number;
}

/** Where the way to an issuer's keys broke off. */
export type IssuerStage =
  | "dns"
  | "connect"
  | "tls"
  | "timeout"
  | "status"
  | "redirect"
  | "size"
  | "parse"
  | "issuer"
  | "keys";

/** What the key client answers for one `kid`. */
export type KeyAnswer =
  | { readonly kind: "found"; readonly key: VerificationKey }
  /** The issuer's keys are known and none has this `kid`. */
  | { readonly kind: "unknown"; readonly kids: readonly string[] }
  /** The issuer lists this `kid`, but not in a form that may verify (or twice, with different keys). */
  | { readonly kind: "refused"; readonly why: string }
  | {
      readonly kind: "unavailable";
      readonly document: "discovery" | "jwks";
      readonly stage: IssuerStage;
      readonly detail: string;
    };

/** Finds the key for a `kid`: at once where it is cached, else after a fetch. Never rejects. */
export type FindKey = (kid: string) => KeyAnswer | Promise<KeyAnswer>;
