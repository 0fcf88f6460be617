import type { Confidence } from "../aws/confidence.ts";
import { type Explanation, refuse, tokenRule } from "./rule.ts";
import { own, type UnverifiedToken } from "./unverified-token.ts";

// 3.8 (DOC): `aud`, or `client_id` where `aud` is absent. A present `aud` of any form keeps `client_id` unread.
export const audience = tokenRule("audience", (token, { policy }) =>
  holdsOne(audienceOf(token), policy.audience)
    ? undefined
    : refuse("the token does not have a valid audience", "DOC", "DOC"),
);

export const audienceExplained: Explanation = {
  fact: "3.8",
  confidence: "DOC",
  title: "aud, or client_id where aud is absent, holds a configured audience",
  show: ({ token, policy }) => {
    const saw = token && audienceOf(token);
    // 3.9: that one fitting element of a list is enough was seen once.
    const confidence: Confidence = Array.isArray(saw) && saw.length > 1 ? "OBS1" : "DOC";
    return { saw, wanted: policy.audience, confidence };
  },
};

const audienceOf = ({ claims }: UnverifiedToken): unknown =>
  Object.hasOwn(claims, "aud") ? claims.aud : own(claims, "client_id");

function holdsOne(found: unknown, wanted: readonly string[]): boolean {
  if (typeof found === "string") return wanted.includes(found);
  if (!Array.isArray(found)) return false;
  // A set: a list of the token's against 50 audiences would be thousands of comparisons.
  const held = new Set<unknown>(found);
  return wanted.some((one) => held.has(one));
}
