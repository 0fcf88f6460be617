import type { Confidence } from "../aws/confidence.ts";
import type { Refusal, RuleName } from "./decision.ts";
import { type Explanation, type Rule, refuse, tokenRule } from "./rule.ts";
import { own } from "./unverified-token.ts";

// 3.11 (DOC): `exp` is after now, `nbf` and `iat` are before now, in UTC. No skew is documented and none is given
// (3.15). At the exact second (3.16, UNK): good while now < exp, and from now >= nbf and now >= iat on, since a token
// must be good in the second of its issue. A fraction is compared as it is (3.17); a time in any form but a number
// from 0 to 2^53 is refused (3.18).

export const expiry: Rule = timeRule({
  name: "expiry",
  claim: "exp",
  // 3.14 (UNK): AWS's page asks for `exp`, its library does without. A token that never ends is refused.
  whenAbsent: refuse("the token has no expiry (exp)", "UNK", "UNK"),
  good: (exp, now) => now < exp,
  // 2.2 (UNK): no capture of AWS's text for an expired token is known; this is jwt-go's.
  refusal: refuse("Token is expired", "DOC", "INF"),
});

export const notBefore: Rule = timeRule({
  name: "not-before",
  claim: "nbf",
  whenAbsent: undefined,
  good: (nbf, now) => now >= nbf,
  refusal: refuse("Token is not valid yet", "DOC", "INF"),
});

export const issuedAt: Rule = timeRule({
  name: "issued-at",
  claim: "iat",
  whenAbsent: undefined,
  good: (iat, now) => now >= iat,
  refusal: refuse("Token used before issued", "DOC", "INF"),
});

type TimeClaim = "exp" | "nbf" | "iat";

interface TimeRule {
  readonly name: RuleName;
  readonly claim: TimeClaim;
  readonly whenAbsent: Refusal | undefined;
  readonly good: (seconds: number, nowSeconds: number) => boolean;
  readonly refusal: Refusal;
}

function timeRule({ name, claim, whenAbsent, good, refusal }: TimeRule): Rule {
  const noTime = refuse(`the token's time (${claim}) is not a number`, "UNK", "UNK");
  return tokenRule(name, ({ claims }, { nowSeconds }) => {
    if (!Object.hasOwn(claims, claim)) return whenAbsent;
    const seconds = claims[claim];
    if (!isTime(seconds)) return noTime;
    return good(seconds, nowSeconds) ? undefined : refusal;
  });
}

const TITLES: Readonly<Record<TimeClaim, string>> = {
  exp: "exp is later than now",
  nbf: "nbf, where it is present, is not later than now",
  iat: "iat, where it is present, is not later than now",
};

export const timeExplained = (claim: TimeClaim): Explanation => ({
  fact: "3.11",
  confidence: "DOC",
  title: TITLES[claim],
  show: ({ token, nowSeconds }) => {
    const seconds = token && own(token.claims, claim);
    const asked = claim === "exp" ? "later than" : "not later than";
    return { saw: seconds, wanted: `${asked} ${nowSeconds}`, confidence: confidenceOf(claim, seconds) };
  },
});

/** Absent `nbf` passes for all Cognito users (3.12); absent `iat` passes by inference (3.13). */
function confidenceOf(claim: TimeClaim, seconds: unknown): Confidence {
  if (seconds === undefined) return { exp: "UNK", nbf: "OBS+", iat: "INF" }[claim] as Confidence;
  return Number.isInteger(seconds) ? "DOC" : "UNK";
}

const isTime = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value) && value >= 0 && value <= Number.MAX_SAFE_INTEGER + 1;
