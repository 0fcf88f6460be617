import { createHash, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";

/** Why a request is not answered. */
export interface Refused {
  readonly status: 403 | 405 | 415;
  readonly reason: string;
}

const LOOPBACK_HOST = /^(127\.0\.0\.1|\[::1\]|localhost)(:\d{1,5})?$/;

/**
 * Refuses what no browser would send for the console's own page. A page of another site that was rebound to this address
 * still names its own host (DNS rebinding), so this is asked first and of every path.
 */
export function refuseHost(request: IncomingMessage): Refused | undefined {
  const hosts = headerValues(request, "host");
  if (hosts.length === 1 && LOOPBACK_HOST.test(hosts[0] ?? "")) return undefined;
  return { status: 403, reason: "the Host header names another host than this machine's loopback interface" };
}

/**
 * Refuses a call that does not come from the console's own page in a browser that holds the key of the printed address.
 * What changes something is a POST of JSON with proof of its origin: no form and no other site can send one.
 */
export function refuseCall(request: IncomingMessage, key: string): Refused | undefined {
  const { method, headers } = request;
  if (!isKey(headers.authorization, key))
    return { status: 403, reason: "the key of the console's address is missing or another one" };
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin") return { status: 403, reason: "another site asks" };
  const isOwnOrigin = headers.origin === `http://${headers.host}`;
  if (headers.origin !== undefined && !isOwnOrigin) return { status: 403, reason: "another origin asks" };
  if (method === "GET") return undefined;
  if (method !== "POST") return { status: 405, reason: "only GET and POST are answered" };
  if (site === undefined && !isOwnOrigin)
    return { status: 403, reason: "nothing shows that the console's own page asks" };
  return /^application\/json(;|$)/i.test(headers["content-type"] ?? "")
    ? undefined
    : { status: 415, reason: "the body of a POST is JSON" };
}

/** Compared by their hashes, so that the time says nothing of the key. */
function isKey(authorization: string | undefined, key: string): boolean {
  return timingSafeEqual(hash(authorization ?? ""), hash(`Bearer ${key}`));
}

const hash = (text: string) => createHash("sha256").update(text).digest();

const headerValues = ({ rawHeaders }: IncomingMessage, name: string): readonly string[] =>
  rawHeaders.filter((_, index) => index % 2 === 1 && rawHeaders[index - 1]?.toLowerCase() === name);
