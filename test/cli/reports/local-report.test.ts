import pc from "picocolors";
import { describe, expect, test } from "vitest";
import { mirrorOf } from "../../../lib/assembly/mirror-model.ts";
import type { AuthorizationModel, DoubtfulCall, FunctionModel, RouteModel } from "../../../lib/assembly/model.ts";
import { bannerOf, guardOf } from "../../../lib/cli/reports/local-report.ts";
import type { Session } from "../../../lib/session/session.ts";

const ISSUER = "https://is.example.com/oauth2/token";

const FUNCTION = { environment: { ISSUER, AUDIENCE: "orders" } } as unknown as FunctionModel;

/** Behind a Lambda authorizer whose function has that variable; undefined: behind none of ours. */
const behind = (routeScopes: string | undefined): AuthorizationModel => {
  const environment = { ...FUNCTION.environment, ...(routeScopes === undefined ? {} : { ROUTE_SCOPES: routeScopes }) };
  const model = { ...FUNCTION, environment };
  return {
    kind: "request",
    authorizer: {
      id: "Mirror",
      name: "wso2",
      function: model,
      permission: { by: "assumption" },
      payloadFormat: "2.0",
      simpleResponses: true,
      identitySource: [],
      cacheSeconds: 0,
      mirror: mirrorOf(model),
    },
  };
};

const withToken: AuthorizationModel = {
  kind: "jwt",
  scopes: [],
  authorizer: { id: "Jwt", name: "jwt", issuer: ISSUER, audience: ["orders"], identitySource: [] },
};

/** The banner's lines for an API of these routes. */
function linesFor(routes: Readonly<Record<string, AuthorizationModel>>): readonly string[] {
  const api = {
    name: "orders",
    stack: "Orders",
    stages: [],
    routes: Object.entries(routes).map(
      ([key, authorization]): RouteModel => ({
        key,
        logicalId: key,
        authorization,
        integration: { kind: "http", method: "GET", uri: "https://backend.example.com", timeoutMs: 1 },
      }),
    ),
  };
  const session = {
    gateways: [{ api, url: "http://127.0.0.1:3000" }],
    issuers: [
      {
        issuer: ISSUER,
        issuerUrl: "http://127.0.0.1:9443/oauth2/token",
        clients: [{ clientId: "orders", clientSecret: "s3cret" }],
        users: [{ name: "alice" }, { name: "bob" }],
      },
    ],
  } as unknown as Session;
  const assembly = { directory: "cdk.out", apis: [], unserved: [], placeholders: [], findings: [] };
  const paint = pc.createColors(false);
  return bannerOf({
    session,
    assembly,
    title: "dev",
    consoleUrl: undefined,
    readyMs: 1,
    isWatching: false,
    paint,
  }).split("\n");
}

test("the client, its secret of this start and who can sign in stand below the issuer", () => {
  expect(linesFor({ "GET /me": withToken })).toContain("Client  orders  secret s3cret  sign in as alice or bob");
});

describe("behind the mirror", () => {
  const guard = behind('{"GET /me":[],"GET /orders":["orders:read","orders:admin"]}');

  test("each route says what it asks of a token, from the function's ROUTE_SCOPES", () => {
    const lines = linesFor({ "GET /me": guard, "GET /orders": guard, "GET /by-hand": guard });
    expect(lines).toContain("        GET /me                  a token, by the Lambda authorizer wso2");
    expect(lines).toContain(
      "        GET /orders              a token with orders:read or orders:admin, by the Lambda authorizer wso2",
    );
    expect(lines).toContain("        GET /by-hand             Lambda authorizer wso2");
  });

  test("there is something to try, as in native mode", () => {
    expect(linesFor({ "GET /me": guard })).toContain(
      '  curl -i -H "Authorization: Bearer $(npx gatehouse token)" http://127.0.0.1:3000/me',
    );
  });

  test.each([undefined, "no JSON", "[[1]]", "null", '{"GET /me":"orders:read"}'])(
    "a function that is not the mirror, or whose variable is none, is named and no more: %s",
    (routeScopes) => {
      const lines = linesFor({ "GET /me": behind(routeScopes) });
      expect(lines).toContain("        GET /me                  Lambda authorizer wso2");
      expect(lines).not.toContain("Try");
    },
  );
});

test("where every route has parameters, one with values is tried; one without is preferred", () => {
  const parameters = { "GET /orders/{id}/lines/{line+}": withToken };
  expect(linesFor(parameters)).toContain("  curl -i http://127.0.0.1:3000/orders/1/lines/1");
  expect(linesFor({ ...parameters, "GET /me": withToken })).toContain("  curl -i http://127.0.0.1:3000/me");
});

describe("a route that answers 500 is listed so, and not as public", () => {
  const HTTP: RouteModel["integration"] = {
    kind: "http",
    method: "GET",
    uri: "https://backend.example.com",
    timeoutMs: 1,
  };
  const open: RouteModel = { key: "GET /x", logicalId: "X", authorization: { kind: "none" }, integration: HTTP };
  const refused = (more: Partial<DoubtfulCall>): RouteModel => ({
    ...open,
    doubtfulCalls: [
      {
        caller: "integration",
        functionName: "orders",
        verdict: { kind: "refused", cause: "permission", reason: "none names the function" },
        isAssumed: false,
        stages: undefined,
        methods: undefined,
        ...more,
      },
    ],
  });

  test.each<[string, RouteModel]>([
    ["public", open],
    ["answers 500: not served here", { ...open, integration: { kind: "unserved", reason: "Python" } }],
    ["answers 500: API Gateway may not call its function", refused({})],
    ["public", refused({ isAssumed: true })],
    ["public", refused({ verdict: { kind: "unsure", reason: "the deployment knows" } })],
    ["public, and answers 500 in the stage dev", refused({ stages: ["dev"] })],
    ["public, and answers 500 for POST", refused({ methods: ["POST"] })],
  ])("%s", (expected, route) => expect(guardOf(route)).toBe(expected));
});
