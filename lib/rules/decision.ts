import type { Confidence } from "../aws/confidence.ts";
import type { KeyAnswer } from "./key-answer.ts";
import type { Refusal, TokenCase } from "./rule.ts";
import type { RuleName } from "./rules.ts";
import { scopesOf } from "./scope.ts";
import type { UnverifiedToken } from "./unverified-token.ts";

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

/** Keeps its case out of sight, so that printing a decision prints no token. */
abstract class Decided {
  readonly #given: TokenCase;

  constructor(given: TokenCase) {
    this.#given = given;
  }

  static caseOf(decided: Decided): TokenCase {
    return decided.#given;
  }
}

/** The token is good for this request. */
export class Allowed extends Decided {
  readonly allowed = true;
  readonly status = 200;
  readonly token: VerifiedToken;
  readonly #isScoped: boolean;

  constructor(given: TokenCase, { header, claims, payloadText }: UnverifiedToken) {
    super(given);
    this.token = { verified: true, header, claims, payloadText };
    this.#isScoped = given.routeScopes.length > 0;
  }

  /** All scopes of the token on a route with scopes (5.14), `null` on a route without (5.13). */
  get scopes(): readonly string[] | null {
    return this.#isScoped ? scopesOf(this.token.claims) : null;
  }

  get claims(): Readonly<Record<string, unknown>> {
    return this.token.claims;
  }
}

/** A rule refuses the request. */
export class Denied extends Decided implements Refusal {
  readonly allowed = false;
  /** 403 for scopes only, 401 for all else, the issuer being down included (2.3). */
  readonly status: 401 | 403;
  /** The rule that refused. */
  readonly rule: RuleName;
  readonly error: Refusal["error"];
  readonly description: string;
  readonly confidence: Confidence;
  readonly textConfidence: Confidence;
  /** What the key client answered, where it was asked; for the log and `explain`, never for the client. */
  readonly keyAnswer: KeyAnswer | undefined;

  constructor(given: TokenCase, rule: RuleName, refusal: Refusal) {
    super(given);
    this.rule = rule;
    this.status = rule === "scope" ? 403 : 401;
    this.error = refusal.error;
    this.description = refusal.description;
    this.confidence = refusal.confidence;
    this.textConfidence = refusal.textConfidence;
    this.keyAnswer = given.keyAnswer;
  }
}

/**
 * What the authorizer says. A refusal is a value; only a fault of the program is an exception. What each rule saw:
 * `traceOf` in `trace.ts`.
 */
export type Decision = Allowed | Denied;

/** What a decision was made of. For `trace.ts` and `remedy.ts`: it holds the token. */
export const caseOf = (decision: Decision): TokenCase => Decided.caseOf(decision);
