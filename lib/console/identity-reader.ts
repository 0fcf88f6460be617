import { HttpRequest } from "../aws/http-request.ts";
import type { IdentityReader } from "../rules/identity-source.ts";

/**
 * Reads a request's identity source as the gateway does.
 * @param rawHeaders names and values by turns
 * @param rawQuery what stands after the `?`
 */
export function identityReader(rawHeaders: readonly string[], rawQuery: string): IdentityReader {
  const headers = new Map<string, string>();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = (rawHeaders[index] ?? "").toLowerCase();
    const before = headers.get(name);
    const value = rawHeaders[index + 1] ?? "";
    headers.set(name, before === undefined ? value : `${before},${value}`);
  }
  return new HttpRequest({ method: "", path: "", rawQuery, sourceIp: "", protocol: "", headers, rawHeaders });
}
