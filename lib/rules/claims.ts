import type { Explanation } from "./explanation.ts";
import { refuseUnreadable, showPart } from "./json-part.ts";
import type { Rule } from "./rule.ts";

export const claims: Rule<"claims"> = {
  name: "claims",
  check: ({ claimsPart }) => refuseUnreadable(claimsPart),
};

export const claimsExplained: Explanation = {
  fact: "2.2",
  confidence: "INF",
  title: "the claims are a JSON object in strict base64url",
  ready: ({ claimsPart }) => claimsPart !== undefined,
  show: ({ claimsPart }) => showPart(claimsPart),
  remedy: ({ saw }) => ({
    cause: `the token's claims cannot be read: ${String(saw)}`,
    remedy: "send the token exactly as the issuer gave it: no white space, no padding, nothing cut off",
  }),
  // The texts are those of the header.
  logged: () => [],
};
