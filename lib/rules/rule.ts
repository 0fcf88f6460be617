import type { AuthorizerPolicy, Confidence, KeyAnswer, Refusal, RuleName } from "./decision.ts";
import type { ReadPart, Unreadable, UnverifiedToken } from "./unverified-token.ts";

/** One token before one authorizer: what the rules read. Filled from left to right as far as the token can be read. */
export interface TokenCase {
  readonly policy: AuthorizerPolicy;
  /** The route's scopes; none on a route that asks for none. */
  readonly routeScopes: readonly string[];
  readonly nowSeconds: number;
  /** The token's text; undefined where the identity source held none. */
  readonly text: string | undefined;
  readonly segments: readonly [string, string, string] | undefined;
  readonly headerPart: ReadPart | Unreadable | undefined;
  readonly claimsPart: ReadPart | Unreadable | undefined;
  /** Both parts, where both could be read. */
  readonly token: UnverifiedToken | undefined;
  /** What the key client said; undefined until it was asked. */
  keyAnswer: KeyAnswer | undefined;
  /** Whether the signature is known to be good under exactly this key, from an earlier look at the same text. */
  verifiedKey: object | undefined;
}

/** What a rule found, for a person. */
export interface Shown {
  readonly saw: unknown;
  readonly wanted: unknown;
  /** How sure we are that AWS accepts this; the rule's own confidence where it is not given. */
  readonly confidence?: Confidence;
}

/**
 * One rule: what it is called, where it is written down, how sure we are of it, and the check itself. `check` answers
 * undefined for a token that passes. `show` is asked only when somebody looks.
 */
export interface Rule {
  readonly name: RuleName;
  readonly fact: string;
  readonly confidence: Confidence;
  readonly title: string;
  /** Whether what the rule reads is there. */
  ready(given: TokenCase): boolean;
  check(given: TokenCase): Refusal | undefined;
  show(given: TokenCase): Shown;
}

/** A 401: `invalid_token: <description>`. */
export const refuse = (description: string, confidence: Confidence, textConfidence: Confidence): Refusal => ({
  error: "invalid_token",
  description,
  confidence,
  textConfidence,
});
