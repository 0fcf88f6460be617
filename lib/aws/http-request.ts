/** What a request is made of. */
export interface RequestParts {
  readonly method: string;
  /** The target up to its `?`, as it was sent. */
  readonly path: string;
  /** What stands after the `?`, as it was sent; empty for nothing. */
  readonly rawQuery: string;
  readonly sourceIp: string;
  readonly protocol: string;
  /** By lower-case name; repeated ones joined with commas (1.14, 6.10). */
  readonly headers: ReadonlyMap<string, string>;
  /** Names and values by turns, as they were sent. */
  readonly rawHeaders: readonly string[];
}

/**
 * A request as API Gateway reads it: the raw target and the raw headers, nothing normalised. Routes, events, mappings and
 * authorizers read this one value.
 */
export class HttpRequest implements RequestParts {
  readonly method: string;
  readonly path: string;
  readonly rawQuery: string;
  readonly sourceIp: string;
  readonly protocol: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly rawHeaders: readonly string[];
  #query: ReadonlyMap<string, readonly string[]> | undefined;

  constructor({ method, path, rawQuery, sourceIp, protocol, headers, rawHeaders }: RequestParts) {
    this.method = method;
    this.path = path;
    this.rawQuery = rawQuery;
    this.sourceIp = sourceIp;
    this.protocol = protocol;
    this.headers = headers;
    this.rawHeaders = rawHeaders;
  }

  /** The same request with another path, query or headers, as a parameter mapping leaves it. */
  changed(changes: Pick<RequestParts, "path" | "rawQuery" | "headers">): HttpRequest {
    const { method, sourceIp, protocol } = this;
    return new HttpRequest({ method, sourceIp, protocol, ...changes, rawHeaders: [...changes.headers].flat() });
  }

  /** The same request as an API behind a custom domain sees it. */
  at(path: string): HttpRequest {
    const { method, rawQuery, sourceIp, protocol, headers, rawHeaders } = this;
    return new HttpRequest({ method, path, rawQuery, sourceIp, protocol, headers, rawHeaders });
  }

  /** @param name in lower case */
  header(name: string): string | undefined {
    return this.headers.get(name);
  }

  /** The values of a query parameter, repeats joined with commas. */
  query(name: string): string | undefined {
    return this.queries.get(name)?.join(",");
  }

  /** By decoded name, in the order in which they were sent. */
  get queries(): ReadonlyMap<string, readonly string[]> {
    this.#query ??= parseQuery(this.rawQuery);
    return this.#query;
  }
}

/** Splits a request target at its first question mark. */
export function splitTarget(target: string): Pick<RequestParts, "path" | "rawQuery"> {
  const mark = target.indexOf("?");
  return mark < 0 ? { path: target, rawQuery: "" } : { path: target.slice(0, mark), rawQuery: target.slice(mark + 1) };
}

/** A query parameter as it is sent. */
export const encodedPair = (name: string, value: string): string =>
  `${encodeURIComponent(name)}=${encodeURIComponent(value)}`;

function parseQuery(text: string): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, string[]>();
  if (text === "") return found;
  for (const pair of text.split("&")) {
    if (pair === "") continue;
    const mark = pair.indexOf("=");
    const name = decoded(mark < 0 ? pair : pair.slice(0, mark));
    const value = mark < 0 ? "" : decoded(pair.slice(mark + 1));
    const values = found.get(name);
    if (values) values.push(value);
    else found.set(name, [value]);
  }
  return found;
}

/** A text that is not percent-encoded as it should be stays as it is. */
function decoded(text: string): string {
  if (!text.includes("%") && !text.includes("+")) return text;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return text;
  }
}

/** As `decoded`, for a path, where a plus is a plus. */
export function decodedSegment(text: string): string {
  if (!text.includes("%")) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
