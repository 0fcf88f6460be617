import type { KeyObject } from "node:crypto";
import type { Confidence } from "../aws/confidence.ts";

/** What a native JWT authorizer is configured with. */
export interface AuthorizerPolicy {
  /** Compared with `iss` as it is, character by character. */
  readonly issuer: string;
  /** `aud` (or `client_id` where `aud` is absent) must hold one of these. */
  readonly audience: readonly string[];
}

/** The rules, in the order of `lib/rules/rules.ts`, in which they are asked. The first that fails decides. */
export type RuleName =
  | "identity-source"
  | "segments"
  | "header"
  | "claims"
  | "algorithm"
  | "critical"
  | "key-id"
  | "key"
  | "signature"
  | "expiry"
  | "not-before"
  | "issued-at"
  | "issuer"
  | "audience"
  | "scope";

/** One rule's finding. `saw` and `wanted` are plain, short values for a person to read; never a token, never a key. */
export interface TraceEntry {
  readonly rule: RuleName;
  /** The fact's number in the specification of API Gateway's behaviour, as cited in `docs/conformance.md`. */
  readonly fact: string;
  /** The rule as a sentence. */
  readonly title: string;
  /** `skipped`: what the rule reads is not there, because an earlier rule failed. */
  readonly outcome: "pass" | "fail" | "skipped";
  readonly confidence: Confidence;
  readonly saw: unknown;
  readonly wanted: unknown;
}

/** A token whose signature and every claim were checked. Only `authorize` makes one. */
export interface VerifiedToken {
  /** Tells it from a token that was only read: passing that one does not compile. */
  readonly verified: true;
  readonly header: Readonly<Record<string, unknown>>;
  readonly claims: Readonly<Record<string, unknown>>;
  /** The payload's JSON text, which keeps what `JSON.parse` loses: how a number was written. */
  readonly payloadText: string;
}

export interface Allowed {
  readonly allowed: true;
  readonly status: 200;
  readonly token: VerifiedToken;
  readonly claims: Readonly<Record<string, unknown>>;
  /** All scopes of the token on a route with scopes (5.14), `null` on a route without (5.13). */
  readonly scopes: readonly string[] | null;
}

/** A rule's refusal, before it is put into a decision. */
export interface Refusal {
  /** The word before the colon in `$context.authorizer.error` (2.1.3). */
  readonly error: "missing" | "invalid_token" | "insufficient_scope";
  /** The text after the colon. */
  readonly description: string;
  /** How sure we are that AWS refuses this token. */
  readonly confidence: Confidence;
  /** How sure we are that `description` is AWS's own text. */
  readonly textConfidence: Confidence;
}

export interface Denied extends Refusal {
  readonly allowed: false;
  /** 403 for scopes only, 401 for all else, the issuer being down included (2.3). */
  readonly status: 401 | 403;
  /** The rule that refused. */
  readonly rule: RuleName;
  /** What the key client answered, where it was asked; for the log and `explain`, never for the client. */
  readonly keyAnswer: KeyAnswer | undefined;
}

/**
 * What the authorizer says. A refusal is a value; only a fault of the program is an exception. What each rule saw:
 * `traceOf` in `trace.ts`.
 */
export type Decision = Allowed | Denied;

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
