import type { Confidence } from "../aws/confidence.ts";
import { type Explanation, listed, ownText, quoted } from "./explanation.ts";
import { type Advice, adviceFor } from "./provider.ts";
import { type TokenCase, tokenRule } from "./rule.ts";
import { truncated } from "./truncated.ts";
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
        confidence: confidenceOf(claims),
        textConfidence: "UNK",
      };
});

/** That a text in `scp` holds no scope was reported once (3.22); what AWS does with both claims, or a list in `scope`, is not known (3.23). */
function confidenceOf(claims: Readonly<Record<string, unknown>>): Confidence {
  const scp = ownProperty(claims, "scp");
  if (Object.hasOwn(claims, "scope")) return scp === undefined && typeof claims.scope === "string" ? "OBS+" : "UNK";
  return typeof scp === "string" ? "OBS1" : "OBS+";
}

export const scopeExplained: Explanation = {
  fact: "3.19",
  confidence: "DOC",
  title: "the token holds one of the route's scopes",
  show: ({ token, routeScopes }) => ({
    saw: token && scopesOf(token.claims),
    wanted: routeScopes.length === 0 ? "no scope" : routeScopes,
  }),
  remedy: ({ saw, wanted }, given) => {
    const form = unreadForm(given);
    const asks = `the route asks for one of ${listed(wanted)}`;
    if (form !== undefined)
      return { cause: `${form}, so the token counts as one without scopes; ${asks}`, remedy: OTHER_FORM };
    return { cause: `the token holds ${listed(saw)}, ${asks}`, remedy: adviceFor(NOT_GRANTED, given) };
  },
  logged: () => [
    ownText(["the token holds none of the route's scopes"], "3.19", {
      cause: "none of the route's scopes is in the token's scope or scp",
      remedy:
        "ask for the scope at the token endpoint, and authorise the application for it: many issuers silently drop a scope that is not granted",
    }),
  ],
};

/** Scopes that the token holds in a form which is not read, in words; undefined where it has none of those. */
function unreadForm({ token }: TokenCase): string | undefined {
  if (token === undefined) return undefined;
  const text = ownProperty(token.claims, "scope");
  const list = ownProperty(token.claims, "scp");
  if (text === undefined && typeof list === "string")
    return `scp is one text, ${quoted(truncated(list))}, and API Gateway reads scp as a list (3.22, reported once)`;
  if (text !== undefined && typeof text !== "string")
    return "scope is not a text: what API Gateway does with another form is not known (3.23)";
  return undefined;
}

const OTHER_FORM =
  "have the issuer write scope as one text with spaces, or scp as a list; where it cannot (Entra), ask for no scope on the route and check scp in the function";

const NOT_GRANTED: Advice = {
  wso2: "ask for the scope at the token endpoint and authorise the application for it: WSO2 silently drops scopes the application is not authorised for",
  keycloak: "add a client scope of that name to the client, as default or optional, and ask for it with scope=",
  okta: "add the scope to the authorization server and to an access policy's rule, then ask for it with scope=",
  auth0: "add the permission to the API, grant it to the application or the user, and ask for it with scope=",
  cognito: "add the scope to a resource server and to the app client; Cognito writes it as RESOURCE_SERVER/SCOPE",
  google: "take the scopes off the route: Google's tokens for other APIs than its own carry none",
  other:
    "ask for the scope at the token endpoint, and grant it to the application: many issuers silently drop the others",
};
