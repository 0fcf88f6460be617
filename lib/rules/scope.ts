import { type Explanation, listed, ownText } from "./explanation.ts";
import { tokenRule } from "./rule.ts";
import { ownProperty } from "./unverified-token.ts";

/**
 * The scopes of a token's claims: `scope` as one space-delimited string (3.21), else `scp` as a list of strings (3.22).
 * `scope` wins where both are there, and any other form holds no scope (3.22, 3.23, UNK).
 */
export function scopesOf(claims: Readonly<Record<string, unknown>>): readonly string[] {
  const scope = ownProperty(claims, "scope");
  if (typeof scope === "string") return scope.split(" ").filter((one) => one !== "");
  if (scope !== undefined) return [];
  const scp = ownProperty(claims, "scp");
  return Array.isArray(scp) && scp.every((one) => typeof one === "string") ? scp : [];
}

// 3.19 (DOC): one of the route's scopes is enough. The only rule that answers 403 (2.3, OBS+); what AWS then writes to
// the log and the header is not known, so the text is ours and no header is sent.
export const scope = tokenRule("scope", ({ claims }, { routeScopes }) => {
  if (routeScopes.length === 0) return undefined;
  const held = new Set(scopesOf(claims));
  return routeScopes.some((one) => held.has(one))
    ? undefined
    : {
        error: "insufficient_scope",
        description: "the token holds none of the route's scopes",
        confidence: Object.hasOwn(claims, "scope") && Object.hasOwn(claims, "scp") ? "UNK" : "OBS+",
        textConfidence: "UNK",
      };
});

export const scopeExplained: Explanation = {
  fact: "3.19",
  confidence: "DOC",
  title: "the token holds one of the route's scopes",
  show: ({ token, routeScopes }) => ({
    saw: token && scopesOf(token.claims),
    wanted: routeScopes.length === 0 ? "no scope" : routeScopes,
  }),
  remedy: ({ saw, wanted }) => ({
    cause: `the token holds ${listed(saw)}, the route asks for one of ${listed(wanted)}`,
    remedy:
      "ask for the scope at the token endpoint and authorise the application for it: WSO2 silently drops scopes the application is not authorised for",
  }),
  logged: () => [
    ownText(["the token holds none of the route's scopes"], "3.19", {
      cause: "none of the route's scopes is in the token's scope or scp",
      remedy:
        "ask for the scope at the token endpoint, and authorise the application for it: WSO2 silently drops the others",
    }),
  ],
};
