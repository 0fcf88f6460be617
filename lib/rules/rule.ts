import type { Confidence } from "../aws/confidence.ts";
import type { JwtConfiguration } from "./jwt-configuration.ts";
import type { KeyAnswer } from "./key-answer.ts";
import type { ReadPart, Unreadable, UnverifiedToken } from "./unverified-token.ts";

/** One token before one authorizer: what the rules read. Filled from left to right as far as the token can be read. */
export interface TokenCase {
  readonly configuration: JwtConfiguration;
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

/** A rule: its name, and the check, which returns undefined for a token that passes. */
export interface Rule<Name extends string = string> {
  readonly name: Name;
  check(given: TokenCase): Refusal | undefined;
}

/**
 * Makes a rule on what the token says. A token that could not be read passes it: an earlier rule has refused that one.
 */
export const tokenRule = <Name extends string>(
  name: Name,
  check: (token: UnverifiedToken, given: TokenCase) => Refusal | undefined,
): Rule<Name> => ({
  name,
  check: (given) => (given.token === undefined ? undefined : check(given.token, given)),
});

/** A 401: `invalid_token: <description>`. @param textConfidence that of the text; the same as of the refusal unless given */
export const refuse = (
  description: string,
  confidence: Confidence,
  textConfidence: Confidence = confidence,
): Refusal => ({
  error: "invalid_token",
  description,
  confidence,
  textConfidence,
});
