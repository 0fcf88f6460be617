import type { ContextVariables } from "./context-variables.ts";

/**
 * Writes a line of the access log in the template's own format; a variable without a value is `-`. Control characters of
 * values are escaped, so that a request cannot add a line of its own.
 */
export function formatAccessLog(format: string, variables: ContextVariables): string {
  return format.replace(/\$context\.([A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*)/g, (_, name: string) =>
    escaped(String((Object.hasOwn(variables, name) ? variables[name] : undefined) ?? "-")),
  );
}

const escaped = (text: string) =>
  JSON.stringify(text)
    .slice(1, -1)
    .replace(/[\u007f-\u009f\u2028\u2029\u202a-\u202e]/g, "?");
