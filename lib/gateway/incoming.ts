import type { IncomingMessage } from "node:http";
import type { IdentityReader } from "../rules/identity-source.ts";
import { type Answer, BAD_REQUEST, HEADERS_TOO_LARGE } from "./answers.ts";

/** Request line and headers, in bytes (section 7, DOC). */
const MOST_HEADER_BYTES = 10_240;

/** What a request is made of. */
interface IncomingParts {
  readonly method: string;
  /** The target up to its `?`, as it was sent. */
  readonly path: string;
  readonly rawQuery: string;
  readonly sourceIp: string;
  readonly protocol: string;
  /** By lower-case name; repeated ones joined with commas (1.14, 6.10). */
  readonly headers: ReadonlyMap<string, string>;
  /** Names and values by turns, as they were sent. */
  readonly rawHeaders: readonly string[];
}

/** A request as API Gateway reads it: from the raw target and the raw headers, nothing normalised. */
export class Incoming implements IdentityReader, IncomingParts {
  readonly method: string;
  readonly path: string;
  readonly rawQuery: string;
  readonly sourceIp: string;
  readonly protocol: string;
  readonly headers: ReadonlyMap<string, string>;
  readonly rawHeaders: readonly string[];
  #query: ReadonlyMap<string, readonly string[]> | undefined;

  constructor({ method, path, rawQuery, sourceIp, protocol, headers, rawHeaders }: IncomingParts) {
    this.method = method;
    this.path = path;
    this.rawQuery = rawQuery;
    this.sourceIp = sourceIp;
    this.protocol = protocol;
    this.headers = headers;
    this.rawHeaders = rawHeaders;
  }

  /** The same request with another path, query or headers, as a parameter mapping leaves it. */
  changed(changes: Pick<IncomingParts, "path" | "rawQuery" | "headers">): Incoming {
    const { method, sourceIp, protocol } = this;
    return new Incoming({ method, sourceIp, protocol, ...changes, rawHeaders: [...changes.headers].flat() });
  }

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

/** Reads a request, or answers what is wrong with it before a route is looked for. */
export function readIncoming(request: IncomingMessage): Incoming | Answer {
  const { rawHeaders, url = "", method = "" } = request;
  const headers = new Map<string, string>();
  let bytes = method.length + url.length + "  HTTP/1.1\r\n\r\n".length;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? "").toLowerCase();
    const value = rawHeaders[index + 1] ?? "";
    bytes += name.length + value.length + 4;
    const before = headers.get(name);
    // Two hosts are two opinions of where this goes: refused (RFC 9112 section 3.2). Node lets them through.
    if (before !== undefined && name === "host") return BAD_REQUEST;
    headers.set(name, before === undefined ? value : `${before}${name === "cookie" ? "; " : ","}${value}`);
  }
  const coding = headers.get("transfer-encoding");
  if (coding !== undefined && coding.toLowerCase() !== "chunked") return BAD_REQUEST;
  // A target that ends its line: Node reads it as HTTP/0.9.
  if (request.httpVersionMajor < 1) return BAD_REQUEST;
  // Absolute and authority form are for proxies; `new URL` would take the host from the target.
  if (!url.startsWith("/")) return BAD_REQUEST;
  if (bytes > MOST_HEADER_BYTES) return HEADERS_TOO_LARGE;
  const mark = url.indexOf("?");
  return new Incoming({
    method,
    path: mark < 0 ? url : url.slice(0, mark),
    rawQuery: mark < 0 ? "" : url.slice(mark + 1),
    sourceIp: (request.socket.remoteAddress ?? "127.0.0.1").replace(/^::ffff:/, ""),
    // HTTP/2 clients are logged as HTTP/1.1 too (6.26, DOC).
    protocol: `HTTP/${request.httpVersion}`,
    headers,
    rawHeaders,
  });
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

/** A text that is no good percent-encoding stays as it is. */
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
