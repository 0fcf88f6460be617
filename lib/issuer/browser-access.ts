import type { IncomingMessage, ServerResponse } from "node:http";
import type { Applications } from "./applications.ts";
import { isLoopbackOrigin } from "./embedded-client.ts";

/** Lets a page read the answer if it is on this machine, or of an application's origins. Any other page learns nothing. */
export function allowPages(applications: Applications, request: IncomingMessage, response: ServerResponse): void {
  response.setHeader("vary", "Origin");
  const { origin } = request.headers;
  // The library has rules of its own for pages, and respects an answer that has any header of this kind.
  response.setHeader("access-control-expose-headers", "WWW-Authenticate");
  delete request.headers.origin;
  if (origin === undefined) return;
  const isAllowed =
    isLoopbackOrigin(origin) || applications.all.some(({ origins = [] }) => origins.some((one) => one === origin));
  if (!isAllowed) return;
  response.setHeader("access-control-allow-origin", origin);
  response.setHeader("access-control-allow-credentials", "true");
}

/** @returns whether it was a preflight, which then is answered */
export function answerPreflight(request: IncomingMessage, response: ServerResponse): boolean {
  if (request.method !== "OPTIONS") return false;
  const asked = request.headers["access-control-request-headers"];
  if (response.hasHeader("access-control-allow-origin")) {
    response.setHeader("access-control-allow-methods", "GET, POST");
    response.setHeader("access-control-max-age", "600");
    if (asked !== undefined) response.setHeader("access-control-allow-headers", asked);
  }
  response.writeHead(204).end();
  return true;
}
