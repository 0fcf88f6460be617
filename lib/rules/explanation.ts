import type { Confidence } from "../aws/confidence.ts";
import type { TokenCase } from "./rule.ts";

// What a person reads of a rule. Each rule's file exports its check and, apart from it, its explanation: the Lambda
// authorizer's bundle has the checks only. So an explanation is a plain object whose functions do the work: the bundler
// keeps whatever calls a function while its file is loaded.

/** Why a token is refused, in a person's words, and what to change. Never a token. */
export interface Remedy {
  readonly cause: string;
  readonly remedy: string;
}

/** What a rule found. */
export interface Shown {
  readonly saw: unknown;
  readonly wanted: unknown;
  /** How sure we are that AWS accepts this; the rule's own confidence where it is not given. */
  readonly confidence?: Confidence;
}

/** What a rule found, short enough to print. */
export type Seen = Pick<Shown, "saw" | "wanted">;

/** Texts that a log shows for one cause. */
export interface LogText extends Remedy {
  /**
   * The texts, as they stand after `invalid_token: ` or another such word. `…` stands for a part that varies. The first
   * is the one that a table shows.
   */
  readonly texts: readonly string[];
  /** Whose words they are: ours stand where what AWS writes is not known. */
  readonly words: "AWS" | "Gatehouse";
  /** How sure we are that this is AWS's own text and has this cause; UNK for words of ours. */
  readonly confidence: Confidence;
  /** What is known of AWS there; undefined where it is not an affair of AWS. */
  readonly fact: string | undefined;
}

/** A rule for a person: where it is written down, how sure we are of it, what it saw, why it refuses and what to do. */
export interface Explanation {
  readonly fact: string;
  readonly confidence: Confidence;
  readonly title: string;
  /** Whether what the rule reads is there. @default - whether the token could be read */
  ready?(given: TokenCase): boolean;
  show(given: TokenCase): Shown;
  /** The cause and the cure of a refusal. */
  remedy(seen: Seen, given: TokenCase): Remedy;
  /** The texts of the refusals in the access log, or in the log of the Lambda authorizer. */
  logged(): readonly LogText[];
}

/** Makes a text of our own, where no source shows what AWS writes. */
export function ownText(texts: readonly string[], fact: string | undefined, remedy: Remedy): LogText {
  return { texts, words: "Gatehouse", confidence: "UNK", fact, ...remedy };
}

/** Makes a text of AWS. */
export function awsText(
  texts: readonly string[],
  fact: string,
  confidence: Exclude<Confidence, "UNK">,
  remedy: Remedy,
): LogText {
  return { texts, words: "AWS", confidence, fact, ...remedy };
}

/** A value in a sentence: `"x"`, `7`, `absent`. */
export const quoted = (value: unknown): string => (value === undefined ? "absent" : JSON.stringify(value));

/** A list in a sentence: `"a", "b"`, or `nothing`. */
export function listed(value: unknown): string {
  if (!Array.isArray(value)) return quoted(value);
  return value.length === 0 ? "nothing" : value.map(quoted).join(", ");
}

/** Describes where two strings part. */
export function firstDifference(saw: unknown, wanted: unknown): string {
  if (typeof saw !== "string" || typeof wanted !== "string") return "it is not a single string";
  if (`${saw}/` === wanted || saw === `${wanted}/`) return "they differ by a trailing slash";
  if (saw.replace(":443", "") === wanted || saw === wanted.replace(":443", "")) return "they differ by ':443'";
  let at = 0;
  while (at < saw.length && saw[at] === wanted[at]) at += 1;
  return `they differ from character ${at + 1} on`;
}
