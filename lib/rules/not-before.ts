import { awsText, type Explanation } from "./explanation.ts";
import { refuse } from "./rule.ts";
import { notANumber, showTime, timed, timeRule } from "./time.ts";

export const notBefore = timeRule({
  name: "not-before",
  claim: "nbf",
  whenAbsent: undefined,
  good: (nbf, now) => now >= nbf,
  refusal: refuse("Token is not valid yet", "DOC", "INF"),
});

export const notBeforeExplained: Explanation = {
  fact: "3.11",
  confidence: "DOC",
  title: "nbf, where it is present, is not later than now",
  // 3.12: Cognito's tokens have none.
  show: (given) => showTime("nbf", "OBS+", given),
  remedy: ({ saw, wanted }) => ({
    cause: `nbf is ${timed(saw)}, which must be ${timed(wanted)}`,
    remedy: "wait until then, or set the issuer's clock: API Gateway allows no skew",
  }),
  logged: () => [
    awsText(["Token is not valid yet"], "3.11", "INF", {
      cause: "nbf is in the future: the issuer's clock is ahead, or the token is for later",
      remedy: "set the issuer's clock; API Gateway allows no skew",
    }),
    notANumber("nbf"),
  ],
};
