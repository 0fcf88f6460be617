import type { IncomingMessage } from "node:http";
import { HttpRequest, splitTarget } from "../aws/http-request.ts";
import { MOST_HEADER_BYTES } from "../aws/limits.ts";
import { type Answer, BAD_REQUEST, HEADERS_TOO_LARGE } from "./answers.ts";

/** Reads a request, or answers what is wrong with it before a route is looked for. */
export function readRequest(request: IncomingMessage): HttpRequest | Answer {
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
  return new HttpRequest({
    method,
    ...splitTarget(url),
    sourceIp: (request.socket.remoteAddress ?? "127.0.0.1").replace(/^::ffff:/, ""),
    // HTTP/2 clients are logged as HTTP/1.1 too (6.26, DOC).
    protocol: `HTTP/${request.httpVersion}`,
    headers,
    rawHeaders,
  });
}
