import type { ApiName } from "../lib/conformance/case.ts";
import {
  APIS,
  type AuthorizerDefinition,
  CORS,
  faultyIssuer,
  type RouteDefinition,
} from "../lib/conformance/conformance-api.ts";
import { AUTHORIZER_CODE, FUNCTION_CODE } from "../lib/conformance/conformance-functions.ts";
import { httpSubject } from "../lib/conformance/http-subject.ts";
import type { Subject } from "../lib/conformance/run-case.ts";
import { AUDIENCES } from "../lib/conformance/token-recipe.ts";
import type { PeerService } from "./serverless-offline.ts";

// The APIs of the conformance table as serverless.yml says them. A service has one HTTP API with one stage, so each API is a
// service; what it has no word for, or what serverless-offline does not start with, is left out and its cases are not asked.

/** Why a route is left out. */
function whyNot({ key, authorizer, integration }: RouteDefinition, api: ApiName): string | undefined {
  const definition = authorizer === undefined ? undefined : APIS[api].authorizers[authorizer];
  if (definition?.kind === "jwt" && !definition.identitySource.startsWith("$request.header."))
    return "serverless-offline ends at start: it takes a JWT from a header only";
  if (integration === "one-second")
    return "serverless.yml has no time limit of an integration apart from its function's";
  if (key === "GET /limited") return "serverless.yml has no throttling of a route";
  return undefined;
}

export function peerServiceOf(api: ApiName, issuer: string): PeerService {
  const { authorizers, routes, cors } = APIS[api];
  const served = routes.filter((route) => whyNot(route, api) === undefined);
  const named = new Set(served.flatMap(({ authorizer }) => authorizer ?? []));
  const eventsOf = (integration: NonNullable<RouteDefinition["integration"]>) =>
    served.filter((route) => (route.integration ?? "2.0") === integration).map((route) => eventOf(route, api));
  return {
    httpApi: {
      authorizers: Object.fromEntries(
        Object.entries(authorizers)
          .filter(([name]) => named.has(name))
          .map(([name, authorizer]) => [name, authorizerOf(authorizer, issuer)]),
      ),
      ...(cors ? { cors: corsOf() } : {}),
    },
    functions: {
      echo: { handler: "echo.handler", timeout: 10, events: eventsOf("2.0") },
      old: { handler: "echo.handler", timeout: 10, httpApi: { payload: "1.0" }, events: eventsOf("1.0") },
      short: { handler: "echo.handler", timeout: 1, events: eventsOf("short-function") },
      guard: { handler: "guard.handler", timeout: 10 },
    },
    files: { "echo.js": FUNCTION_CODE, "guard.js": AUTHORIZER_CODE },
  };
}

function eventOf({ key, authorizer, scopes }: RouteDefinition, api: ApiName): object {
  const [method, path] = key === "$default" ? ["*", "*"] : key.split(" ", 2);
  const isJwt = authorizer !== undefined && APIS[api].authorizers[authorizer]?.kind === "jwt";
  const guard = { name: authorizer, ...(isJwt ? { scopes: scopes ?? [] } : {}) };
  return {
    httpApi: {
      method: method === "ANY" ? "*" : method,
      path,
      ...(authorizer === undefined ? {} : { authorizer: guard }),
    },
  };
}

const authorizerOf = (authorizer: AuthorizerDefinition, issuer: string): object =>
  authorizer.kind === "jwt"
    ? {
        type: "jwt",
        identitySource: authorizer.identitySource,
        issuerUrl: authorizer.faultyIssuer === undefined ? issuer : faultyIssuer(issuer, authorizer.faultyIssuer),
        audience: AUDIENCES,
      }
    : {
        type: "request",
        functionName: "guard",
        identitySource: authorizer.identitySource,
        payloadVersion: authorizer.payloadFormat,
        enableSimpleResponses: authorizer.payloadFormat === "2.0" && authorizer.simple,
        resultTtlInSeconds: authorizer.cacheSeconds,
      };

const corsOf = () => ({
  allowedOrigins: CORS.AllowOrigins,
  allowedMethods: CORS.AllowMethods,
  allowedHeaders: CORS.AllowHeaders,
  exposedResponseHeaders: CORS.ExposeHeaders,
  allowCredentials: CORS.AllowCredentials,
  maxAge: CORS.MaxAge,
});

/** The peer's servers as the table asks them. */
export function peerSubject(origins: ReadonlyMap<ApiName, string>): Subject {
  const served = httpSubject({ name: "serverless-offline", origins, hasStillClock: false });
  return {
    ...served,
    ask: async (request) => {
      const { api, routeKey, raw } = request;
      const route = APIS[api].routes.find(({ key }) => key === routeKey);
      const why = route && whyNot(route, api);
      if (why !== undefined) return { unseen: why };
      if (api === "main" && /^\/dev(\/|$)/.test(raw.target))
        return { unseen: "serverless.yml has one stage, $default" };
      // That API has its routes on a named stage, which says nothing of what it is for: issuers that misbehave.
      const target = api === "issuers" ? raw.target.replace(/^\/live(?=\/)/, "") : raw.target;
      return served.ask({ ...request, raw: { ...raw, target } });
    },
  };
}
