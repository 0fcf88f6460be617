import { type Rule, refuse } from "./rule.ts";
import { own } from "./unverified-token.ts";

// 3.6 (DOC): equal, character by character. A trailing slash, a port or a letter's case is another issuer, and a list
// of issuers is none (CVE-2025-30144).
export const issuer: Rule = {
  name: "issuer",
  fact: "3.6",
  confidence: "DOC",
  title: "iss is the configured issuer, character by character",
  ready: ({ token }) => token !== undefined,
  check: ({ token, policy }) =>
    token !== undefined && own(token.claims, "iss") !== policy.issuer
      ? refuse("issuer does not match", "DOC", "OBS1")
      : undefined,
  show: ({ token, policy }) => ({ saw: token && own(token.claims, "iss"), wanted: policy.issuer }),
};
