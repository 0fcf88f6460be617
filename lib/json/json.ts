/** A JSON object that comes from outside: nothing is known of its members. */
export type Json = Readonly<Record<string, unknown>>;

/** Whether a value is a JSON object: neither null nor a list. */
export const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Deeper than any token, key set or discovery document nests its lists and objects. What AWS takes is not known (UNK). */
const DEEPEST = 100;

/** Whether a value of `JSON.parse` is nested deeper than that: whatever prints or compares such a value could overflow. */
export const isTooDeep = (value: unknown, left: number = DEEPEST): boolean =>
  typeof value === "object" &&
  value !== null &&
  (left === 0 || Object.values(value).some((member) => isTooDeep(member, left - 1)));

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
