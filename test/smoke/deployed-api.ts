import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { documentFetcher } from "../../lib/http/fetch-document.ts";
import { type EmbeddedIssuer, startEmbeddedIssuer } from "../../lib/issuer/embedded-issuer.ts";
import { discoveryUrlOf } from "../../lib/keys/discovery.ts";
import { IssuerKeys } from "../../lib/keys/issuer-keys.ts";
import { authorize } from "../../lib/rules/authorize.ts";
import { bodyOf, challengeOf } from "../../lib/rules/challenge.ts";
import type { Decision } from "../../lib/rules/decision.ts";
import type { SmokeEnvironment } from "../../lib/smoke/smoke.ts";

export const CLIENT = { clientId: "ordersApplication0001", clientSecret: "s3cret-of-orders", audience: [] };
export const OTHER = { clientId: "otherApplication00001", clientSecret: "s3cret-of-other", audience: [], scopes: [] };
const SCOPES = ["orders:read"];

export const ENVIRONMENT: SmokeEnvironment = {
  name: "test",
  issuer: "https://is.example.com/oauth2/token",
  audience: [CLIENT.clientId],
  identitySource: "$request.header.Authorization",
  authorizer: "native",
  resultCacheSeconds: 0,
  routes: [
    { key: "GET /health", scopes: [], public: true },
    { key: "GET /me", scopes: [], public: false },
    { key: "GET /orders/{id}", scopes: ["orders:read"], public: false },
    { key: "POST /orders", scopes: ["orders:write"], public: false },
    { key: "DELETE /orders", scopes: ["orders:read"], public: false },
  ],
};

export const startIssuer = (): Promise<EmbeddedIssuer> =>
  startEmbeddedIssuer({
    issuer: ENVIRONMENT.issuer,
    clients: [{ ...CLIENT, scopes: SCOPES }, OTHER],
    port: 0,
    nowSeconds: () => Date.now() / 1_000,
  });

/** What an API answers; without a challenge there is no such header. */
export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
  readonly challenge?: string | undefined;
}

/** One request, as a deployed API sees it. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly credential: string | undefined;
  /** Undefined for a path that is not a route. */
  readonly route: SmokeEnvironment["routes"][number] | undefined;
  /** What a right authorizer would say; undefined on a public route. */
  readonly decision: Decision | undefined;
}

/** Answers a request, or leaves it to the right API. */
export type Behaviour = (request: ApiRequest) => ApiAnswer | undefined;

export interface DeployedApi {
  readonly url: string;
  readonly asked: readonly ApiRequest[];
  close(): Promise<void>;
}

/** An API behind API Gateway as far as `smoke` can see it, and what may be wrong with it. */
export async function startDeployedApi(
  issuer: EmbeddedIssuer,
  { environment = ENVIRONMENT, behave }: { readonly environment?: SmokeEnvironment; readonly behave?: Behaviour } = {},
): Promise<DeployedApi> {
  const fetchDocument = documentFetcher({ httpOnLoopback: true });
  const keys = new IssuerKeys({
    issuer: environment.issuer,
    fetchDocument: (url) => fetchDocument(issuer.locate(url)),
    nowMs: Date.now,
  });
  const asked: ApiRequest[] = [];
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = "", url = "", headers } = request;
    const path = url.split("?", 1)[0] ?? "";
    const query = new URL(url, "http://localhost").searchParams.get("access_token") ?? undefined;
    const credential = environment.identitySource.includes("querystring") ? query : headers.authorization;
    const route = environment.routes.find(({ key }) =>
      new RegExp(`^${key.replace(/\{[^}]*\}/g, "[^/]+")}$`).test(`${method} ${path}`),
    );
    const decision =
      route && !route.public
        ? await authorize(
            { credential, configuration: environment, scopes: route.scopes },
            keys.find,
            Date.now() / 1_000,
          )
        : undefined;
    const seen: ApiRequest = { method, path, credential, route, decision };
    asked.push(seen);
    const { status, body, challenge } = behave?.(seen) ?? right(seen, environment.authorizer);
    response.writeHead(status, {
      "content-type": "application/json",
      ...(challenge === undefined ? {} : { "www-authenticate": challenge }),
    });
    response.end(body);
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export const LET_THROUGH: ApiAnswer = { status: 200, body: '{"from":"the function"}' };
export const NOT_FOUND: ApiAnswer = { status: 404, body: '{"message":"Not Found"}' };
export const UNAUTHORIZED: ApiAnswer = { status: 401, body: '{"message":"Unauthorized"}', challenge: "Bearer" };
const FORBIDDEN: ApiAnswer = { status: 403, body: '{"message":"Forbidden"}' };

function right({ route, decision, credential }: ApiRequest, mode: SmokeEnvironment["authorizer"]): ApiAnswer {
  if (!route) return NOT_FOUND;
  if (decision === undefined || decision.allowed) return LET_THROUGH;
  if (mode === "native") return { status: decision.status, body: bodyOf(decision), challenge: challengeOf(decision) };
  return credential === undefined ? { status: 401, body: UNAUTHORIZED.body } : FORBIDDEN;
}

/** Fetches the issuer's documents where it really answers. */
const documentsOf = (issuer: EmbeddedIssuer) => {
  const fetchDocument = documentFetcher({ httpOnLoopback: true });
  return (url: string) => fetchDocument(issuer.locate(url));
};

/** The same with its own address as token endpoint, so that real credentials can be sent to it. */
export const documentsWithOwnTokenEndpoint = (issuer: EmbeddedIssuer) => {
  const fetchDocument = documentsOf(issuer);
  return async (url: string) => {
    const text = await fetchDocument(url);
    if (url !== discoveryUrlOf(issuer.issuer)) return text;
    return JSON.stringify({ ...(JSON.parse(text) as object), token_endpoint: issuer.issuerUrl });
  };
};
