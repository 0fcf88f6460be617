import { type Explanation, type Rule, refuse } from "./rule.ts";
import { isUnreadable, type ReadPart, type Unreadable } from "./unverified-token.ts";

// The form of a token: it is there, has three parts, and its header and claims are JSON objects in strict base64url.

export const identitySource: Rule = {
  name: "identity-source",
  check: ({ text }) =>
    text === undefined
      ? { error: "missing", description: "token not provided", confidence: "OBS+", textConfidence: "OBS+" }
      : undefined,
};

export const identitySourceExplained: Explanation = {
  fact: "1.8",
  confidence: "OBS+",
  title: "the identity source holds a token",
  ready: () => true,
  show: ({ text }) => ({
    saw: text === undefined ? "no token" : `a token of ${text.length} characters`,
    wanted: "a token, alone or after 'Bearer '",
  }),
};

export const segments: Rule = {
  name: "segments",
  check: (given) =>
    given.segments === undefined ? refuse("token contains an invalid number of segments", "OBS+", "OBS+") : undefined,
};

export const segmentsExplained: Explanation = {
  fact: "1.10",
  confidence: "OBS+",
  title: "the token has three segments",
  ready: ({ text }) => text !== undefined,
  show: ({ text = "" }) => ({ saw: countSegments(text), wanted: 3 }),
};

export const header: Rule = {
  name: "header",
  check: ({ headerPart }) => refuseUnreadable(headerPart),
};

export const headerExplained: Explanation = {
  fact: "2.2",
  confidence: "INF",
  title: "the header is a JSON object in strict base64url",
  ready: ({ headerPart }) => headerPart !== undefined,
  show: ({ headerPart }) => ({ saw: describePart(headerPart), wanted: "a JSON object", confidence: "DOC" }),
};

export const claims: Rule = {
  name: "claims",
  check: ({ claimsPart }) => refuseUnreadable(claimsPart),
};

export const claimsExplained: Explanation = {
  fact: "2.2",
  confidence: "INF",
  title: "the claims are a JSON object in strict base64url",
  ready: ({ claimsPart }) => claimsPart !== undefined,
  show: ({ claimsPart }) => ({ saw: describePart(claimsPart), wanted: "a JSON object", confidence: "DOC" }),
};

const refuseUnreadable = (part: ReadPart | Unreadable | undefined) =>
  part !== undefined && isUnreadable(part)
    ? refuse(part.description, part.fromGo ? "INF" : "UNK", part.fromGo ? "INF" : "UNK")
    : undefined;

function describePart(part: ReadPart | Unreadable | undefined): unknown {
  if (part === undefined) return undefined;
  return isUnreadable(part) ? part.description : Object.keys(part.record);
}

function countSegments(text: string): number {
  let count = 1;
  for (let at = text.indexOf("."); at >= 0; at = text.indexOf(".", at + 1)) count += 1;
  return count;
}
