import type { Confidence } from "../aws/confidence.ts";
import { type LogText, ownText, quoted, type Shown } from "./explanation.ts";
import { type Refusal, type Rule, refuse, type TokenCase, tokenRule } from "./rule.ts";
import { ownProperty } from "./unverified-token.ts";

// What the rules `expiry`, `not-before` and `issued-at` share.
//
// 3.11 (DOC): `exp` is after now, `nbf` and `iat` are before now, in UTC. No skew is documented and none is given
// (3.15). At the exact second (3.16, UNK): good while now < exp, and from now >= nbf and now >= iat on, since a token
// must be good in the second of its issue. A fraction is compared as it is (3.17); a time in any form but a number
// from 0 to 2^53 is refused (3.18).

type TimeClaim = "exp" | "nbf" | "iat";

interface TimeRule<Name extends string> {
  readonly name: Name;
  readonly claim: TimeClaim;
  readonly whenAbsent: Refusal | undefined;
  readonly good: (seconds: number, nowSeconds: number) => boolean;
  readonly refusal: Refusal;
}

/** Makes the rule on one time of the token. */
export function timeRule<Name extends string>(rule: TimeRule<Name>): Rule<Name> {
  const { name, claim, whenAbsent, good, refusal } = rule;
  const noTime = refuse(`the token's time (${claim}) is not a number`, "UNK");
  return tokenRule(name, ({ claims }, { nowSeconds }) => {
    if (!Object.hasOwn(claims, claim)) return whenAbsent;
    const seconds = claims[claim];
    if (!isTime(seconds)) return noTime;
    return good(seconds, nowSeconds) ? undefined : refusal;
  });
}

const isTime = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 && value <= Number.MAX_SAFE_INTEGER + 1;

/**
 * Shows one time of the token beside the clock.
 * @param absent how sure we are of a token without this time
 */
export function showTime(claim: TimeClaim, absent: Confidence, { token, nowSeconds }: TokenCase): Shown {
  const seconds = token && ownProperty(token.claims, claim);
  const wanted = `${claim === "exp" ? "later than" : "not later than"} ${nowSeconds}`;
  const confidence = seconds === undefined ? absent : Number.isInteger(seconds) ? "DOC" : "UNK";
  return { saw: seconds, wanted, confidence };
}

/** The text for a time that is not a number. */
export const notANumber = (claim: TimeClaim): LogText =>
  ownText([`the token's time (${claim}) is not a number`], "3.18", {
    cause: `${claim} is a text, negative, above 2^53 or null`,
    remedy: "have the issuer write times as numbers of seconds since 1970",
  });

/** `1700000000 (2023-11-14T22:13:20Z)`, where it is a time that a calendar knows. */
export function timed(value: unknown): string {
  const text = typeof value === "string" ? value : quoted(value);
  const seconds = Number(/\d+(\.\d+)?$/.exec(text)?.[0]);
  const date = new Date(seconds * 1_000);
  return Number.isNaN(date.getTime()) ? text : `${text} (${date.toISOString().replace(/\.\d+Z$/, "Z")})`;
}
