import type { Confidence } from "../aws/confidence.ts";
import { awsText, type Explanation, listed } from "./explanation.ts";
import { refuse, tokenRule } from "./rule.ts";
import { ownProperty, type UnverifiedToken } from "./unverified-token.ts";

// 3.8 (DOC): `aud`, or `client_id` where `aud` is absent. A present `aud` of any form keeps `client_id` unread.
export const audience = tokenRule("audience", (token, { configuration }) => {
  if (includesAny(audienceOf(token), configuration.audience)) return undefined;
  const confidence = confidenceFor(configuration.audience);
  return refuse("the token does not have a valid audience", confidence, confidence);
});

/** What AWS does with an authorizer without audiences is not known (3.10). */
const confidenceFor = (wanted: readonly string[]): Confidence => (wanted.length === 0 ? "UNK" : "DOC");

export const audienceExplained: Explanation = {
  fact: "3.8",
  confidence: "DOC",
  title: "aud, or client_id where aud is absent, holds a configured audience",
  show: ({ token, configuration }) => {
    const saw = token && audienceOf(token);
    // 3.9: that one fitting element of a list is enough was seen once.
    const isOneOfSeveral = Array.isArray(saw) && saw.length > 1 && configuration.audience.length > 0;
    const confidence = isOneOfSeveral ? "OBS1" : confidenceFor(configuration.audience);
    return { saw, wanted: configuration.audience, confidence };
  },
  remedy: ({ saw, wanted }) => ({
    cause: `the token is for ${listed(saw)}, the authorizer takes ${listed(wanted)}`,
    remedy: isEmpty(wanted)
      ? "give the authorizer an audience: AWS's guide asks for one, and what API Gateway does without is not known (3.10)"
      : "add the application's client id to the environment's audience: WSO2 writes it first into aud, and other audiences only where the application lists them",
  }),
  logged: () => [
    awsText(["the token does not have a valid audience"], "3.8", "DOC", {
      cause: "neither aud nor, where aud is absent, client_id holds an audience of the authorizer",
      remedy: "add the application's client id to the environment's audience and deploy",
    }),
  ],
};

const isEmpty = (value: unknown) => Array.isArray(value) && value.length === 0;

/** Whether claims name one of these audiences; for anyone who only asks which authorizer a token is meant for. */
export const isForAudience = (claims: UnverifiedToken["claims"], wanted: readonly string[]): boolean =>
  includesAny(audienceOf({ claims }), wanted);

const audienceOf = ({ claims }: Pick<UnverifiedToken, "claims">): unknown =>
  Object.hasOwn(claims, "aud") ? claims.aud : ownProperty(claims, "client_id");

function includesAny(found: unknown, wanted: readonly string[]): boolean {
  if (typeof found === "string") return wanted.includes(found);
  if (!Array.isArray(found)) return false;
  // A set: a list of the token's against 50 audiences would be thousands of comparisons.
  const held = new Set<unknown>(found);
  return wanted.some((one) => held.has(one));
}
