/** A JSON object that comes from outside: nothing is known of its members. */
export type Json = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object: neither null nor a list. */
export const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Deeper than any token, key set or discovery document nests its lists and objects. What AWS takes is not known (UNK). */
const DEEPEST = 100;

/** Whether a value of `JSON.parse` is nested deeper than that: whatever prints or compares such a value could overflow. */
export function isTooDeep(value: unknown, left: number = DEEPEST): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (left === 0) return true;
  const members = value as Json;
  // Every token passes here, and most claims hold nothing: a list of the members would cost more than to look at them.
  for (const name in members) {
    const member = members[name];
    if (typeof member === "object" && isTooDeep(member, left - 1)) return true;
  }
  return false;
}

/** Reads a text as a JSON object; undefined where it is anything else. */
export function parseJson(text: string): Json | undefined {
  const value = parsed(text);
  return isJson(value) ? value : undefined;
}

/** Reads a text as a JSON list; empty where it is anything else. */
export function parseJsonList(text: string): readonly unknown[] {
  const value = parsed(text);
  return Array.isArray(value) ? value : [];
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
