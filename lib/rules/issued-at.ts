import { awsText, type Explanation } from "./explanation.ts";
import { refuse } from "./rule.ts";
import { notANumber, showTime, timed, timeRule } from "./time.ts";

export const issuedAt = timeRule({
  name: "issued-at",
  claim: "iat",
  whenAbsent: undefined,
  good: (iat, now) => now >= iat,
  refusal: refuse("Token used before issued", "DOC", "INF"),
});

export const issuedAtExplained: Explanation = {
  fact: "3.11",
  confidence: "DOC",
  title: "iat, where it is present, is not later than now",
  // 3.13: jwt-go takes a token without it.
  show: (given) => showTime("iat", "INF", given),
  remedy: ({ saw, wanted }) => ({
    cause: `iat is ${timed(saw)}, which must be ${timed(wanted)}`,
    remedy: "set the issuer's clock: a token from the future is refused and API Gateway allows no skew",
  }),
  logged: () => [
    awsText(["Token used before issued"], "3.11", "INF", {
      cause: "iat is in the future: the issuer's clock is ahead",
      remedy: "set the issuer's clock; API Gateway allows no skew",
    }),
    notANumber("iat"),
  ],
};
