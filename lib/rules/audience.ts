import type { Confidence } from "../aws/confidence.ts";
import { awsText, type Explanation, listed } from "./explanation.ts";
import { refuse, tokenRule } from "./rule.ts";
import { ownProperty, type UnverifiedToken } from "./unverified-token.ts";

// 3.8 (DOC): `aud`, or `client_id` where `aud` is absent. A present `aud` of any form keeps `client_id` unread.
export const audience = tokenRule("audience", (token, { configuration }) =>
  includesAny(audienceOf(token), configuration.audience)
    ? undefined
    : refuse("the token does not have a valid audience", "DOC", "DOC"),
);

export const audienceExplained: Explanation = {
  fact: "3.8",
  confidence: "DOC",
  title: "aud, or client_id where aud is absent, holds a configured audience",
  show: ({ token, configuration }) => {
    const saw = token && audienceOf(token);
    // 3.9: that one fitting element of a list is enough was seen once.
    const confidence: Confidence = Array.isArray(saw) && saw.length > 1 ? "OBS1" : "DOC";
    return { saw, wanted: configuration.audience, confidence };
  },
  remedy: ({ saw, wanted }) => ({
    cause: `the token is for ${listed(saw)}, the authorizer takes ${listed(wanted)}`,
    remedy:
      "add the application's client id to the environment's audience: WSO2 writes it first into aud, and other audiences only where the application lists them",
  }),
  logged: () => [
    awsText(["the token does not have a valid audience"], "3.8", "DOC", {
      cause: "neither aud nor, where aud is absent, client_id holds an audience of the authorizer",
      remedy: "add the application's client id to the environment's audience and deploy",
    }),
  ],
};

const audienceOf = ({ claims }: UnverifiedToken): unknown =>
  Object.hasOwn(claims, "aud") ? claims.aud : ownProperty(claims, "client_id");

function includesAny(found: unknown, wanted: readonly string[]): boolean {
  if (typeof found === "string") return wanted.includes(found);
  if (!Array.isArray(found)) return false;
  // A set: a list of the token's against 50 audiences would be thousands of comparisons.
  const held = new Set<unknown>(found);
  return wanted.some((one) => held.has(one));
}
