import { pageFolder } from "../../bin/program.mjs";
import type { HttpApiModel, JwtAuthorizerModel, RouteModel } from "../../lib/assembly/model.ts";
import { consoleSessionOf } from "../../lib/cli/console-session.ts";
import { type Console, startConsole } from "../../lib/console/console.ts";
import { readPageFiles } from "../../lib/console/page-files.ts";
import type { EmbeddedIssuer } from "../../lib/issuer/embedded-issuer.ts";
import { type Session, startSession } from "../../lib/session/session.ts";
import type { MintRequest } from "../../lib/tokens/minting.ts";
import { makeSigningKey, type SigningKey } from "../../lib/tokens/signing-keys.ts";
import { apiOf, functionOf } from "../gateway/served.ts";
import { CHECKOUT } from "../project-copy.ts";

// A whole session with its console in this process: what `gatehouse local` starts, without a synthesis.

const ISSUER = "https://is.example.com:9443/oauth2/token";
const AUDIENCE = "ordersWeb00000000001";
export const KEY = "AAAAAAAAAAAAAAAAAAAAAA";

const AUTHORIZER: JwtAuthorizerModel = {
  id: "Authorizer",
  name: "wso2",
  issuer: ISSUER,
  audience: [AUDIENCE],
  identitySource: ["$request.header.Authorization"],
};

/** Writes two lines, and answers with what it got. */
const ECHO = `exports.handler = async (event) => {
  console.log("order", event.rawPath);
  console.log(JSON.stringify({ level: "INFO", message: "done", sub: event.requestContext.authorizer?.jwt?.claims?.sub }));
  return { statusCode: 200, headers: { "content-type": "application/json" }, body: JSON.stringify({
    path: event.rawPath, claims: event.requestContext.authorizer?.jwt?.claims ?? null, body: event.body ?? null }) };
};`;

const orders = functionOf("orders", { source: ECHO });

const routeTo = (key: string, authorization: RouteModel["authorization"]): RouteModel => ({
  key,
  logicalId: key,
  authorization,
  integration: {
    kind: "lambda",
    function: orders,
    permission: { by: "assumption" },
    payloadFormat: "2.0",
    timeoutMs: 30_000,
  },
});

const jwt = (...scopes: readonly string[]): RouteModel["authorization"] => ({
  kind: "jwt",
  authorizer: AUTHORIZER,
  scopes,
});

export const ORDERS_API: HttpApiModel = {
  ...apiOf({}),
  stack: "Orders-dev",
  name: "orders",
  stages: [
    {
      name: "$default",
      variables: {},
      accessLogFormat:
        '{"requestId":"$context.requestId","routeKey":"$context.routeKey","status":"$context.status","authorizerError":"$context.authorizer.error"}',
      throttle: { rate: 100_000, burst: 50_000 },
      routeThrottles: {},
    },
  ],
  routes: [
    routeTo("GET /health", { kind: "none" }),
    routeTo("GET /me", jwt()),
    routeTo("GET /orders", jwt("orders:read")),
    routeTo("POST /orders", jwt("orders:write")),
    routeTo("GET /orders/{id}", jwt("orders:read", "orders:write")),
  ],
};

/** Another API of the same template, with an identity source of its own. */
export const REPORTS_API: HttpApiModel = {
  ...apiOf({}),
  stack: "Orders-dev",
  logicalId: "Reports",
  name: "reports",
  routes: [
    routeTo("GET /reports", {
      kind: "jwt",
      authorizer: {
        ...AUTHORIZER,
        id: "Query",
        name: "by-query",
        identitySource: ["$request.querystring.access_token"],
      },
      scopes: [],
    }),
  ],
};

export interface RunningConsole {
  readonly console: Console;
  readonly session: Session;
  readonly issuer: EmbeddedIssuer;
  readonly apiUrl: string;
  /** Asks the API with a token of the embedded issuer; `null` for a request without one. */
  ask(path: string, token: MintRequest | null, headers?: Readonly<Record<string, string>>): Promise<number>;
  close(): Promise<void>;
}

// A key for the whole run: to make one takes longer than to start all else.
let signingKey: Promise<SigningKey> | undefined;

export async function runConsole(
  apis: readonly HttpApiModel[] = [ORDERS_API],
  { port = 0, key = KEY }: { readonly port?: number; readonly key?: string } = {},
): Promise<RunningConsole> {
  signingKey ??= makeSigningKey(Date.now());
  let console: Console | undefined;
  const session = await startSession({
    apis,
    port: 0,
    issuerPort: 0,
    realIssuer: false,
    signingKey,
    functionHost: { nowMs: Date.now, onLog: () => undefined, awsProfile: undefined },
    onRequest: (record) => console?.note(record),
  });
  const started = await startConsole({
    port,
    isPortOptional: false,
    key,
    loadPage: async () => readPageFiles(await pageFolder(CHECKOUT)),
    session: consoleSessionOf(session, { directory: "cdk.out", apis, unserved: [], placeholders: [], findings: [] }),
    nowMs: Date.now,
  });
  console = started;
  const [issuer] = session.issuers;
  const apiUrl = session.gateways[0]?.url ?? "";
  if (!issuer) throw new Error("no issuer runs");
  return {
    console: started,
    session,
    issuer,
    apiUrl,
    ask: async (path, token, headers = {}) => {
      const authorization = token === null ? {} : { authorization: `Bearer ${await issuer.mint(token)}` };
      const response = await fetch(`${apiUrl}${path}`, { headers: { ...headers, ...authorization } });
      await response.arrayBuffer();
      return response.status;
    },
    close: async () => {
      await started.close();
      await session.close();
    },
  };
}
