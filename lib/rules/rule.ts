import type { Confidence } from "../aws/confidence.ts";
import type { AuthorizerPolicy, KeyAnswer, Refusal, RuleName } from "./decision.ts";
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

/** One rule: its name and the check, which answers undefined for a token that passes. What a person reads: `trace.ts`. */
export interface Rule {
  readonly name: RuleName;
  check(given: TokenCase): Refusal | undefined;
}

/**
 * A rule on what the token says. A token that could not be read passes it: an earlier rule has refused that one.
 */
export const tokenRule = (
  name: RuleName,
  check: (token: UnverifiedToken, given: TokenCase) => Refusal | undefined,
): Rule => ({
  name,
  check: (given) => (given.token === undefined ? undefined : check(given.token, given)),
});

/** What a rule found, for a person. */
export interface Shown {
  readonly saw: unknown;
  readonly wanted: unknown;
  /** How sure we are that AWS accepts this; the rule's own confidence where it is not given. */
  readonly confidence?: Confidence;
}

/** A rule for a person: where it is written down, how sure we are of it, and what it saw. Asked only when somebody looks. */
export interface Explanation {
  readonly fact: string;
  readonly confidence: Confidence;
  readonly title: string;
  /** Whether what the rule reads is there. @default - whether the token could be read */
  ready?(given: TokenCase): boolean;
  show(given: TokenCase): Shown;
}

/** A 401: `invalid_token: <description>`. */
export const refuse = (description: string, confidence: Confidence, textConfidence: Confidence): Refusal => ({
  error: "invalid_token",
  description,
  confidence,
  textConfidence,
});
