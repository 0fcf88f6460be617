import type { CorsModel } from "../assembly/model.ts";
import type { HttpRequest } from "../aws/http-request.ts";
import type { Answer } from "./answers.ts";

/**
 * The gateway's own answer to a preflight that no route takes (C1, DOC). Its status 204 is only what emulators send (C7).
 * CORS headers need `origin` and `access-control-request-method` (C2, DOC).
 */
export function preflightAnswer(cors: CorsModel, incoming: HttpRequest): Answer {
  const origin = allowedOrigin(cors, incoming);
  if (origin === undefined || incoming.header("access-control-request-method") === undefined)
    return { status: 204, headers: [], body: "" };
  return {
    status: 204,
    headers: [
      "access-control-allow-origin",
      origin,
      ...listed("access-control-allow-methods", cors.allowMethods),
      ...listed("access-control-allow-headers", cors.allowHeaders),
      ...(cors.allowCredentials ? ["access-control-allow-credentials", "true"] : []),
      ...(cors.maxAgeSeconds === undefined ? [] : ["access-control-max-age", String(cors.maxAgeSeconds)]),
    ],
    body: "",
  };
}

/** An integration's answer with the API's CORS headers; what the integration says of CORS is ignored (C3, DOC). */
export function withCors(answer: Answer, cors: CorsModel, incoming: HttpRequest): Answer {
  const own = answer.headers.filter((_, index) => {
    const name = answer.headers[index - (index % 2)] ?? "";
    return !name.startsWith("access-control-");
  });
  return { ...answer, headers: [...own, ...corsHeaders(cors, incoming)] };
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
