import { awsText, type Explanation, ownText } from "./explanation.ts";
import { refuse } from "./rule.ts";
import { notANumber, showTime, timed, timeRule } from "./time.ts";

export const expiry = timeRule({
  name: "expiry",
  claim: "exp",
  // 3.14 (UNK): AWS's page asks for `exp`, its library does without. A token that never ends is refused.
  whenAbsent: refuse("the token has no expiry (exp)", "UNK"),
  good: (exp, now) => now < exp,
  // 2.2 (UNK): no capture of AWS's text for an expired token is known; this is jwt-go's.
  refusal: refuse("Token is expired", "DOC", "INF"),
});

export const expiryExplained: Explanation = {
  fact: "3.11",
  confidence: "DOC",
  title: "exp is later than now",
  show: (given) => showTime("exp", "UNK", given),
  remedy: ({ saw, wanted }) =>
    saw === undefined
      ? {
          cause: "the token has no exp",
          remedy:
            "have the issuer write exp; whether AWS takes a token without one is not known, so it is refused here",
        }
      : {
          cause: `exp is ${timed(saw)}, which must be ${timed(wanted)}`,
          remedy: "get a fresh token; where it is fresh, compare the issuer's clock with UTC",
        },
  logged: () => [
    awsText(["Token is expired"], "3.11", "INF", {
      cause: "exp is in the past: the client keeps tokens too long, or a clock is wrong",
      remedy: "get a fresh token before exp; where it is fresh, compare the issuer's clock with UTC",
    }),
    ownText(["the token has no expiry (exp)"], "3.14", {
      cause: "the token has no exp: it would be good for ever",
      remedy: "have the issuer write exp",
    }),
    notANumber("exp"),
  ],
};
