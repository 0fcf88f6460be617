import type { z } from "zod";

// Of what the schema itself says nothing about, in words that need no knowledge of zod.

type Issue = z.core.$ZodRawIssue;

/** What would have been right, for an issue to which the schema gives no text of its own. */
export function plainly(issue: Issue): string | undefined {
  switch (issue.code) {
    case "invalid_type":
      return TYPES[issue.expected] ?? issue.expected;
    case "too_small":
      return bound("at least", "more than", issue.origin, issue.minimum, issue.inclusive);
    case "too_big":
      return bound("at most", "less than", issue.origin, issue.maximum, issue.inclusive);
    case "invalid_value":
      return `one of ${issue.values.map(String).join(", ")}`;
    case "invalid_key":
      return `such a name is not taken: ${issue.issues.map(({ message }) => message).join("; ")}`;
    default:
      return undefined;
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: "a text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

const OF: Readonly<Record<string, readonly [one: string, more: string]>> = {
  string: ["character", "characters"],
  array: ["entry", "entries"],
};

function bound(inclusive: string, exclusive: string, origin: string, value: number | bigint, isInclusive = true) {
  const [one, more] = OF[origin] ?? [];
  const unit = value === 1 ? one : more;
  return `${isInclusive ? inclusive : exclusive} ${value}${unit === undefined ? "" : ` ${unit}`}`;
}
