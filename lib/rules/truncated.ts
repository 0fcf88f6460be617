/** Longer than any issuer or audience that API Gateway takes. */
const LONGEST_TEXT = 1_000;
const MOST_MEMBERS = 60;
const DEEPEST = 3;

/**
 * A value out of a token, short enough for a log, a console and a person: who sends a token decides what stands in it,
 * and a claim may be a megabyte of digits or nested so deep that `JSON.stringify` overflows. What is left out shows
 * as `…`.
 */
export function truncated(value: unknown, depth = DEEPEST): unknown {
  if (typeof value === "string") return value.length > LONGEST_TEXT ? `${value.slice(0, LONGEST_TEXT)}…` : value;
  if (typeof value !== "object" || value === null) return value;
  if (depth === 0) return "…";
  if (Array.isArray(value)) {
    const first = value.slice(0, MOST_MEMBERS).map((one) => truncated(one, depth - 1));
    return value.length > MOST_MEMBERS ? [...first, "…"] : first;
  }
  const first = Object.entries(value).slice(0, MOST_MEMBERS);
  return Object.fromEntries(first.map(([name, one]) => [String(truncated(name)), truncated(one, depth - 1)]));
}
