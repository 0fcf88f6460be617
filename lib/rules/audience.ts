import type { Confidence } from "../aws/confidence.ts";
import { awsText, type Explanation, listed } from "./explanation.ts";
import { type Advice, adviceFor } from "./provider.ts";
import { refuse, type TokenCase, tokenRule } from "./rule.ts";
import { ownProperty, type UnverifiedToken } from "./unverified-token.ts";

// 3.8 (DOC): `aud`, or `client_id` where `aud` is absent. A present `aud` of any form keeps `client_id` unread.
export const audience = tokenRule("audience", (token, { configuration }) => {
  if (includesAny(audienceOf(token), configuration.audience)) return undefined;
  const confidence = confidenceFor(configuration.audience);
  return refuse("the token does not have a valid audience", confidence);
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
  remedy: ({ saw, wanted }, given) => {
    const unread = unreadClaim(given);
    const claim =
      unread === undefined ? "" : `; its ${unread} holds ${listed(wanted)}, and API Gateway does not read ${unread}`;
    return {
      cause: `the token is for ${listed(saw)}, the authorizer takes ${listed(wanted)}${claim}`,
      remedy: cureOf(given),
    };
  },
  logged: () => [
    awsText(["the token does not have a valid audience"], "3.8", "DOC", {
      cause: "neither aud nor, where aud is absent, client_id holds an audience of the authorizer",
      remedy:
        "explain the token itself: it shows what aud holds, and what to change at the issuer or in the environment",
    }),
  ],
};

/** Claims that hold a client id at one product or another. API Gateway reads none of them where there is an `aud` (3.8, DOC). */
const CLIENT_CLAIMS = ["azp", "cid", "appid", "client_id"] as const;

/** A claim with the client id that the authorizer asks for, and that it does not read. */
function unreadClaim({ token, configuration }: TokenCase): string | undefined {
  if (token === undefined) return undefined;
  return CLIENT_CLAIMS.find(
    (name) =>
      (name !== "client_id" || Object.hasOwn(token.claims, "aud")) &&
      includesAny(ownProperty(token.claims, name), configuration.audience),
  );
}

const GRAPH = "00000003-0000-0000-c000-000000000000";

function cureOf(given: TokenCase): string {
  const { token, configuration } = given;
  if (isEmpty(configuration.audience))
    return "give the authorizer an audience: AWS's guide asks for one, and what API Gateway does without is not known (3.10)";
  const isForGraph = token !== undefined && includesAny(audienceOf(token), [GRAPH, "https://graph.microsoft.com"]);
  if (isForGraph)
    return "the token is for Microsoft Graph: ask for a scope of your own API, such as api://CLIENT_ID/.default, and its aud is your API";
  // The authorizer has the client id already: it is the token's aud that has to change.
  return adviceFor(unreadClaim(given) === undefined ? OTHER_APPLICATION : AUD_WITHOUT_CLIENT, given);
}

/** The token is for somebody else, or for an application that the environment does not list. */
const OTHER_APPLICATION: Advice = {
  wso2: "add the application's client id to the environment's audience: WSO2 writes it first into aud, and other audiences only where the application lists them",
  keycloak:
    "give the client a mapper of type Audience that writes one of the authorizer's audiences into aud; without one, Keycloak writes account or leaves aud out",
  entra:
    "ask for a scope of this API: aud is then its application id URI (v1 tokens) or its client id (v2 tokens), and that value belongs into the environment's audience",
  okta: "use a custom authorization server and write its audience, such as api://default, into the environment's audience: tokens of the org server are for Okta itself",
  auth0: "ask for the token with audience=API_IDENTIFIER, and write that identifier into the environment's audience",
  cognito:
    "write the app client's id into the environment's audience: an id token has it in aud, an access token in client_id, without an aud",
  google: "write the OAuth client id, as it stands in the id token's aud, into the environment's audience",
  other:
    "have the issuer write one of the authorizer's audiences into aud, or, where this application may call, add its aud to the environment's audience",
};

/** The environment lists the client id, and the token has it in another claim only. */
const AUD_WITHOUT_CLIENT: Advice = {
  wso2: "take the application's own aud back: a pre-issue access token action or an audience list replaced it",
  keycloak:
    "give the client a mapper of type Audience that writes its client id into aud: Keycloak writes account, and the client id only into azp",
  entra:
    "write what aud holds, the API's application id URI or client id, into the environment's audience: appid and azp name the caller",
  okta: "write the authorization server's audience, as aud shows it, into the environment's audience: cid names the caller",
  auth0: "write the API's identifier, as aud shows it, into the environment's audience: azp names the caller",
  other: "have the issuer write the client id into aud too, or write what aud holds into the environment's audience",
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
