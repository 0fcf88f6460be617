import type { VerifiedToken } from "./decision.ts";

/**
 * The claims as API Gateway passes them to an integration: every value a string (5.3, OBS+) in the form of Go's `fmt`:
 * lists `[a b]` (5.6, OBS+), objects `map[k:v]` with sorted names (5.8, OBS+; 5.10, INF), booleans `true` (5.5, OBS+),
 * numbers as the token writes them (5.4, OBS+; 5.12, INF). A claim that is null is left out (5.11, UNK).
 */
export function claimsAsText(token: VerifiedToken): Record<string, string> {
  const claims: Record<string, string> = Object.create(null);
  for (const [marked, value] of Object.entries(parseKeepingNumbers(token.payloadText)))
    if (value !== null) claims[marked.slice(1)] = goText(value);
  return claims;
}

/** A JSON string, or a number. */
const STRING_OR_NUMBER = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g;

/**
 * `JSON.parse` forgets how a number was written and rounds it above 2^53. So numbers become strings marked `n` and
 * strings are marked `s` before the one and only parser reads the text: no second reader of a token's claims.
 */
function parseKeepingNumbers(text: string): Record<string, unknown> {
  const marked = text.replace(STRING_OR_NUMBER, (found) =>
    found.startsWith('"') ? `"s${found.slice(1)}` : `"n${found}"`,
  );
  return JSON.parse(marked) as Record<string, unknown>;
}

/** Go's `%v`. Recursion is bounded: a token that is nested more than `DEEPEST` levels is refused before. */
function goText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goText).join(" ")}]`;
  if (typeof value === "object" && value !== null) return `map[${sortedMembers(value).join(" ")}]`;
  if (typeof value === "string") return value.slice(1);
  if (value === null) return "<nil>";
  return value === true ? "true" : "false";
}

/** Go sorts a map's names by their bytes. */
const sortedMembers = (value: object) =>
  Object.entries(value)
    .map(([marked, member]) => [marked.slice(1), member] as const)
    .toSorted(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
    .map(([name, member]) => `${name}:${goText(member)}`);
