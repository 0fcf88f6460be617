import type { ApiName } from "./case.ts";

// The APIs that the table is asked of. Each is here for what the others cannot show; `conformance-assembly.ts` makes a
// cloud assembly of them, which is what our gateway serves and what anybody else can deploy.

/** What `GET /orders` asks for. */
export const ORDER_SCOPES: readonly string[] = ["orders:read", "orders:admin"];

/** How a route's function is called. */
export type IntegrationName = "2.0" | "1.0" | "one-second" | "short-function" | "barred" | "narrow";

export interface RouteDefinition {
  readonly key: string;
  /** The name of an authorizer; none on a public route. */
  readonly authorizer?: string;
  readonly scopes?: readonly string[];
  /** @default "2.0" */
  readonly integration?: IntegrationName;
}

export type AuthorizerDefinition =
  | {
      readonly kind: "jwt";
      /** The name of a faulty issuer. @default - the conformance issuer itself */
      readonly faultyIssuer?: string;
      readonly identitySource: string;
    }
  | {
      readonly kind: "request";
      /** Whether API Gateway may call its function. @default true */
      readonly mayBeCalled?: boolean;
      readonly payloadFormat: "1.0" | "2.0";
      readonly simple: boolean;
      readonly identitySource: readonly string[];
      readonly cacheSeconds: number;
    };

export interface ApiDefinition {
  readonly about: string;
  readonly stages: readonly string[];
  readonly cors: boolean;
  readonly authorizers: Readonly<Record<string, AuthorizerDefinition>>;
  readonly routes: readonly RouteDefinition[];
}

const HEADER = "$request.header.Authorization";
const KEY = "$request.header.x-key";

const jwt = (identitySource = HEADER): AuthorizerDefinition => ({ kind: "jwt", identitySource });

const guard = (given: Partial<Extract<AuthorizerDefinition, { kind: "request" }>>): AuthorizerDefinition => ({
  kind: "request",
  payloadFormat: "2.0",
  simple: true,
  identitySource: [KEY],
  cacheSeconds: 0,
  ...given,
});

/** The preflight of the `cors` and the `fallback` API. */
export const CORS = {
  AllowOrigins: ["https://app.example.com"],
  AllowMethods: ["GET", "POST"],
  AllowHeaders: ["authorization", "content-type"],
  ExposeHeaders: ["x-total"],
  AllowCredentials: true,
  MaxAge: 300,
} as const;

/** What a stage is given besides its name. */
export const STAGE_VARIABLES: Readonly<Record<string, string>> = { colour: "blue" };

/** The access log: the names by which a case asks for a variable of `$context`. */
export const ACCESS_LOG: Readonly<Record<string, string>> = {
  requestId: "$context.requestId",
  error: "$context.authorizer.error",
  integrationError: "$context.integrationErrorMessage",
  sub: "$context.authorizer.claims.sub",
  claims: "$context.authorizer.claims",
  routeKey: "$context.routeKey",
  stage: "$context.stage",
  path: "$context.path",
  protocol: "$context.protocol",
  status: "$context.status",
};

/**
 * Issuers beside the conformance issuer, at `/faulty/<name>` on its host. Ten, which is how many authorizers an API may
 * have (section 7).
 */
const FAULTY_ISSUERS = [
  "discovery-500",
  "discovery-slow",
  "discovery-html",
  "discovery-redirect",
  "discovery-other-issuer",
  "jwks-500",
  "jwks-slow",
  "jwks-large",
  "minimal",
  "slash",
] as const;

/** The issuer's string: `slash` is one that ends in a slash. */
export const faultyIssuer = (issuer: string, name: string): string =>
  `${new URL(issuer).origin}/faulty/${name}${name === "slash" ? "/" : ""}`;

export const APIS: Readonly<Record<ApiName, ApiDefinition>> = {
  main: {
    about: "JWT and Lambda authorizers, both payload formats, routing, two stages; no CORS, no $default route",
    stages: ["$default", "dev"],
    cors: false,
    authorizers: {
      header: jwt(),
      query: jwt("$request.querystring.access_token"),
      simple: guard({}),
      policy: guard({ simple: false }),
      old: guard({ simple: false, payloadFormat: "1.0" }),
      two: guard({ identitySource: [KEY, "$request.querystring.tenant"] }),
      cached: guard({ cacheSeconds: 300 }),
      "cached-route": guard({ cacheSeconds: 300, identitySource: [KEY, "$context.routeKey"] }),
      barred: guard({ mayBeCalled: false }),
    },
    routes: [
      { key: "GET /me", authorizer: "header" },
      { key: "GET /orders", authorizer: "header", scopes: ORDER_SCOPES },
      { key: "GET /query", authorizer: "query" },
      { key: "GET /open" },
      { key: "GET /v1/me", authorizer: "header", integration: "1.0" },
      { key: "GET /v1/orders", authorizer: "header", scopes: ORDER_SCOPES, integration: "1.0" },
      { key: "ANY /v1/answer", integration: "1.0" },
      { key: "ANY /answer" },
      { key: "GET /one-second", integration: "one-second" },
      { key: "GET /short-function", integration: "short-function" },
      { key: "GET /limited" },
      { key: "GET /barred", integration: "barred" },
      { key: "GET /guard/barred", authorizer: "barred" },
      { key: "GET /pets/dog/1" },
      { key: "GET /pets/dog/{id}" },
      { key: "GET /pets/{proxy+}" },
      { key: "GET /toys/{id}" },
      { key: "ANY /toys/{id}" },
      { key: "ANY /files/{proxy+}" },
      { key: "GET /shops/{shop}/items/{item}" },
      { key: "GET /metrics" },
      { key: "GET /guard/simple", authorizer: "simple" },
      { key: "GET /guard/policy", authorizer: "policy" },
      { key: "GET /guard/old", authorizer: "old" },
      { key: "GET /guard/two", authorizer: "two" },
      { key: "GET /guard/cached", authorizer: "cached" },
      { key: "GET /guard/cached/other", authorizer: "cached" },
      { key: "GET /guard/cached-route", authorizer: "cached-route" },
      { key: "GET /guard/cached-route/other", authorizer: "cached-route" },
    ],
  },
  cors: {
    about: "CORS configured; a protected and a public route",
    stages: ["$default"],
    cors: true,
    authorizers: { header: jwt() },
    routes: [
      { key: "GET /me", authorizer: "header" },
      { key: "GET /orders", authorizer: "header", scopes: ORDER_SCOPES },
      { key: "GET /answer" },
    ],
  },
  fallback: {
    about: "CORS configured, and a JWT authorizer on $default and on ANY: both take a preflight",
    stages: ["$default"],
    cors: true,
    authorizers: { header: jwt() },
    routes: [
      { key: "$default", authorizer: "header" },
      { key: "ANY /any", authorizer: "header" },
      { key: "OPTIONS /open/{proxy+}" },
    ],
  },
  issuers: {
    about:
      "an authorizer for each faulty issuer; a named stage and no $default stage; a $default route whose function may be called from other routes only",
    stages: ["live"],
    cors: false,
    authorizers: Object.fromEntries(
      FAULTY_ISSUERS.map((name) => [name, { kind: "jwt", faultyIssuer: name, identitySource: HEADER }]),
    ),
    routes: [
      ...FAULTY_ISSUERS.map((name) => ({ key: `GET /${name}`, authorizer: name })),
      { key: "ANY /narrow", integration: "narrow" },
      { key: "$default", integration: "narrow" },
    ],
  },
};
