import type { Json } from "../json/json.ts";
import { isJson } from "../json/json.ts";
import { FLAWS, type FlawName } from "../tokens/flaws.ts";
import type { MintRequest } from "../tokens/minting.ts";
import { BadCall } from "./console-server.ts";
import type { Header, InspectOrder, SendOrder } from "./wire.ts";

// What a page asks for, read from JSON that anybody could have written. Each throws `BadCall` for anything else.

export function readSeq({ seq }: Json): number {
  if (typeof seq !== "number" || !Number.isSafeInteger(seq)) throw new BadCall(400, "seq is a number");
  return seq;
}

export function readRequestId({ requestId }: Json): string {
  if (typeof requestId !== "string") throw new BadCall(400, "requestId is a text");
  return requestId;
}

export function readIssuer({ issuer }: Json): string {
  if (typeof issuer !== "string") throw new BadCall(400, "issuer is a text");
  return issuer;
}

const LONGEST_TOKEN = 100_000;

export function readInspectOrder({ token, seq, api, routeKey }: Json): InspectOrder {
  if (token !== undefined && (typeof token !== "string" || token.length > LONGEST_TOKEN))
    throw new BadCall(400, `a token is a text of at most ${LONGEST_TOKEN} characters`);
  return {
    ...(token === undefined ? {} : { token }),
    ...(seq === undefined ? {} : { seq: readSeq({ seq }) }),
    api: readIndex(api),
    routeKey: typeof routeKey === "string" ? routeKey : null,
  };
}

export function readSendOrder({ api, method, path, headers, body = "" }: Json): SendOrder {
  if (typeof method !== "string" || !/^[A-Z]{1,20}$/.test(method))
    throw new BadCall(400, "a method is capital letters");
  if (typeof path !== "string" || !/^\/[\x21-\x7e]*$/.test(path))
    throw new BadCall(400, "a path begins with / and holds printable ASCII without spaces: encode others as %20");
  if (typeof body !== "string") throw new BadCall(400, "a body is a text");
  return { api: readIndex(api), method, path, headers: readHeaders(headers), body };
}

const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const MOST_HEADERS = 100;

function readHeaders(value: unknown): readonly Header[] {
  if (!Array.isArray(value) || value.length > MOST_HEADERS) throw new BadCall(400, "headers are a list of pairs");
  return (value as readonly unknown[]).map((pair) => {
    const [name, text] = Array.isArray(pair) ? (pair as readonly unknown[]) : [];
    if (typeof name !== "string" || !HEADER_NAME.test(name))
      throw new BadCall(400, `${JSON.stringify(name) ?? "nothing"} is not a header name`);
    if (typeof text !== "string" || /[^\t\x20-\x7e\x80-\xff]/.test(text))
      throw new BadCall(400, `the value of ${name} holds what no header may: a line break or a letter beyond Latin-1`);
    return [name, text];
  });
}

const LONGEST_TTL_SECONDS = 365 * 24 * 3_600;

export function readMintRequest({ scopes, claims = {}, flaw, ttlSeconds }: Json): MintRequest {
  if (!Array.isArray(scopes) || !scopes.every((one): one is string => typeof one === "string"))
    throw new BadCall(400, "scopes are a list of texts");
  if (!isJson(claims)) throw new BadCall(400, "claims are a JSON object");
  if (typeof ttlSeconds !== "number" || !(Math.abs(ttlSeconds) <= LONGEST_TTL_SECONDS))
    throw new BadCall(400, "a token's life is a number of seconds, a year at most");
  return { scopes, claims, ttlSeconds: Math.round(ttlSeconds), ...readFlaw(flaw) };
}

function readFlaw(flaw: unknown): { readonly flaw?: FlawName } {
  if (flaw === null || flaw === undefined) return {};
  const found = FLAWS.find(({ name }) => name === flaw);
  if (!found) throw new BadCall(400, "there is no such flaw");
  return { flaw: found.name };
}

function readIndex(api: unknown): number {
  if (typeof api !== "number" || !Number.isSafeInteger(api)) throw new BadCall(400, "api is a number");
  return api;
}
