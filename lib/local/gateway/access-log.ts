/** The values of `$context` that the gateway knows of a request; a missing one is written as `-`. */
export type ContextVariables = Readonly<Record<string, string | number | undefined>>;

/**
 * Writes a line of the access log in the template's own format. Control characters of values are escaped, so that a
 * request cannot add a line of its own.
 */
export function formatAccessLog(format: string, variables: ContextVariables): string {
  return format.replace(/\$context\.([A-Za-z0-9_.-]+)/g, (_, name: string) => escaped(String(variables[name] ?? "-")));
}

const escaped = (text: string) =>
  JSON.stringify(text)
    .slice(1, -1)
    .replace(/[\u007f-\u009f\u2028\u2029\u202a-\u202e]/g, "?");
