import type { CorsModel } from "../assembly/model.ts";
import type { HttpRequest } from "../aws/http-request.ts";
import type { Answer } from "./answers.ts";

/** The gateway's own answer to a preflight that no route takes (C1, DOC). Its status 204 is only what emulators send (C7). */
export const preflightAnswer = (cors: CorsModel, incoming: HttpRequest): Answer => ({
  status: 204,
  headers: isPreflight(incoming) ? preflightHeaders(cors, incoming) : [],
  body: "",
});

/** An integration's answer with the API's CORS headers; what the integration says of CORS is ignored (C3, DOC). */
export function withCors(answer: Answer, cors: CorsModel, incoming: HttpRequest): Answer {
  const own = answer.headers.filter((_, index) => {
    const name = answer.headers[index - (index % 2)] ?? "";
    return !name.startsWith("access-control-");
  });
  const added = isPreflight(incoming) ? preflightHeaders(cors, incoming) : corsHeaders(cors, incoming);
  return { ...answer, headers: [...own, ...added] };
}

/** CORS headers need `origin`, those of a preflight `access-control-request-method` too (C2, DOC). */
const isPreflight = (incoming: HttpRequest) =>
  incoming.method === "OPTIONS" && incoming.header("access-control-request-method") !== undefined;

/**
 * What a browser asks before its request. That an integration's answer to a preflight has all of them is inferred (C9, INF):
 * the documented way out of C4, an OPTIONS route, works only then.
 */
function preflightHeaders(cors: CorsModel, incoming: HttpRequest): readonly string[] {
  const origin = allowedOrigin(cors, incoming);
  if (origin === undefined) return [];
  return [
    "access-control-allow-origin",
    origin,
    ...listed("access-control-allow-methods", cors.allowMethods),
    ...listed("access-control-allow-headers", cors.allowHeaders),
    ...(cors.allowCredentials ? ["access-control-allow-credentials", "true"] : []),
    ...(cors.maxAgeSeconds === undefined ? [] : ["access-control-max-age", String(cors.maxAgeSeconds)]),
  ];
}

function corsHeaders(cors: CorsModel, incoming: HttpRequest): readonly string[] {
  const origin = allowedOrigin(cors, incoming);
  if (origin === undefined) return [];
  return [
    "access-control-allow-origin",
    origin,
    ...(cors.allowCredentials ? ["access-control-allow-credentials", "true"] : []),
    ...listed("access-control-expose-headers", cors.exposeHeaders),
  ];
}

const listed = (name: string, values: readonly string[]) => (values.length === 0 ? [] : [name, values.join(",")]);

/** `*`, or the origin itself where it is listed; `https://*` lists all of a scheme. */
function allowedOrigin({ allowOrigins }: CorsModel, incoming: HttpRequest): string | undefined {
  const origin = incoming.header("origin");
  if (origin === undefined) return undefined;
  if (allowOrigins.includes("*")) return "*";
  const isAllowed = allowOrigins.some(
    (allowed) => allowed === origin || (allowed.endsWith("://*") && origin.startsWith(allowed.slice(0, -1))),
  );
  return isAllowed ? origin : undefined;
}
