const MOST_HEADERS = 1_000;

/** Headers by lower-case name, repeated ones joined with commas as API Gateway does (6.10); what is not a text is left out. */
export function headersOf(pairs: Iterable<readonly [name: string, value: unknown]>): ReadonlyMap<string, string> {
  const headers = new Map<string, string>();
  for (const [name, value] of pairs) {
    if (typeof value !== "string" || headers.size >= MOST_HEADERS) continue;
    const lower = name.toLowerCase();
    const before = headers.get(lower);
    headers.set(lower, before === undefined ? value : `${before},${value}`);
  }
  return headers;
}

/** Lines `name: value` up to the first that is none. */
export function headersInLines(lines: readonly string[]): {
  readonly headers: ReadonlyMap<string, string>;
  readonly count: number;
} {
  const pairs: [string, string][] = [];
  for (const line of lines) {
    const [, name, value] = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined || value === undefined) break;
    pairs.push([name, value]);
  }
  return { headers: headersOf(pairs), count: pairs.length };
}
