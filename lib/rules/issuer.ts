import { type Explanation, refuse, tokenRule } from "./rule.ts";
import { own } from "./unverified-token.ts";

// 3.6 (DOC): equal, character by character. A trailing slash, a port or a letter's case is another issuer, and a list
// of issuers is none (CVE-2025-30144).
export const issuer = tokenRule("issuer", ({ claims }, { policy }) =>
  own(claims, "iss") === policy.issuer ? undefined : refuse("issuer does not match", "DOC", "OBS1"),
);

export const issuerExplained: Explanation = {
  fact: "3.6",
  confidence: "DOC",
  title: "iss is the configured issuer, character by character",
  show: ({ token, policy }) => ({ saw: token && own(token.claims, "iss"), wanted: policy.issuer }),
};
