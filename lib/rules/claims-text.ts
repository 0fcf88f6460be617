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

/** Go's `%v`. A stack of its own instead of recursion: a signed token may still be nested 10,000 deep. */
function goText(root: unknown): string {
  let text = "";
  const stack: ({ readonly plain: string } | { readonly value: unknown })[] = [{ value: root }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    if ("plain" in top) text += top.plain;
    else if (Array.isArray(top.value))
      pushAll(
        stack,
        "[",
        top.value.map((value) => ["", value] as const),
      );
    else if (typeof top.value === "object" && top.value !== null) pushAll(stack, "map[", sortedEntries(top.value));
    else text += scalarText(top.value);
  }
  return text;
}

function pushAll(
  stack: ({ readonly plain: string } | { readonly value: unknown })[],
  open: string,
  entries: readonly (readonly [label: string, value: unknown])[],
) {
  stack.push({ plain: "]" });
  entries.toReversed().forEach(([label, value], index) => {
    const first = index === entries.length - 1;
    stack.push({ value }, { plain: `${first ? "" : " "}${label}` });
  });
  stack.push({ plain: open });
}

/** Go sorts a map's names by their bytes. */
const sortedEntries = (value: object) =>
  Object.entries(value)
    .map(([marked, member]) => [marked.slice(1), member] as const)
    .toSorted(([one], [other]) => Buffer.compare(Buffer.from(one), Buffer.from(other)))
    .map(([name, member]) => [`${name}:`, member] as const);

function scalarText(value: unknown): string {
  if (typeof value === "string") return value.slice(1);
  return typeof value === "boolean" ? `${value}` : "<nil>";
}
