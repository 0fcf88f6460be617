import type { DescribedApi, DescribedRoute } from "./described-api.ts";

/** What `ANY` stands for, of the methods that OpenAPI has. */
const ALL_METHODS = ["get", "put", "post", "delete", "options", "head", "patch"];
const SCHEME = "issuer";

/**
 * The API as an OpenAPI 3.1 document with its security scheme. It knows routes and scopes; what a function takes and
 * answers, only the function knows.
 */
export function openApiOf({ name, url, issuer, routes }: DescribedApi): object {
  const scopes = Object.fromEntries(routes.flatMap((route) => route.scopes ?? []).map((scope) => [scope, ""]));
  const paths: Record<string, Record<string, object>> = {};
  for (const route of routes) {
    const item = (paths[pathOf(route.path)] ??= {});
    const methods = route.method === "ANY" ? ALL_METHODS : [route.method.toLowerCase()];
    for (const method of methods) item[method] ??= operationOf(route, method);
  }
  return {
    openapi: "3.1.0",
    info: { title: name, version: "local" },
    servers: [{ url }],
    paths,
    components: {
      securitySchemes: {
        [SCHEME]: {
          type: "oauth2",
          description: `Tokens of ${issuer.issuer}`,
          flows: {
            clientCredentials: { tokenUrl: issuer.token, scopes },
            authorizationCode: { authorizationUrl: issuer.authorize, tokenUrl: issuer.token, scopes },
          },
        },
      },
    },
  };
}

function operationOf({ method, path, scopes }: DescribedRoute, asked: string): object {
  const parameters = [...path.matchAll(/\{([^}+]+)\+?\}/g)].map(([, name]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }));
  const refusals =
    scopes === undefined
      ? {}
      : {
          "401": { description: "There is no token, or it is not accepted" },
          ...(scopes.length === 0 ? {} : { "403": { description: `The token has none of ${scopes.join(", ")}` } }),
        };
  return {
    operationId: `${asked} ${path}`.replaceAll(/[^A-Za-z0-9]+/g, "_").replace(/_$/, ""),
    summary: `${method} ${path}`,
    ...(parameters.length === 0 ? {} : { parameters }),
    responses: { "200": { description: "The function's answer" }, ...refusals },
    // Of several scopes one is enough: each is an alternative.
    security:
      scopes === undefined ? [] : scopes.length === 0 ? [{ [SCHEME]: [] }] : scopes.map((one) => ({ [SCHEME]: [one] })),
  };
}

/** OpenAPI has no greedy variable. */
const pathOf = (path: string) => path.replaceAll("+}", "}");
