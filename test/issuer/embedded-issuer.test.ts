import { request as httpRequest } from "node:http";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EmbeddedIssuer, startEmbeddedIssuer } from "../../lib/issuer/embedded-issuer.ts";

const ISSUER = "https://is.example.com:9443/t/orders/oauth2/token";
const CLIENT = {
  clientId: "ordersApplication0001",
  clientSecret: "correct horse",
  audience: [],
  scopes: ["orders:read", "orders:write"],
  grants: ["client_credentials" as const],
};
const NOW = 1_800_000_000;

let issuer: EmbeddedIssuer;
beforeAll(async () => {
  issuer = await startEmbeddedIssuer({ issuer: ISSUER, clients: [CLIENT], port: 0, nowSeconds: () => NOW });
});
afterAll(() => issuer.close());

const basic = (id = CLIENT.clientId, secret = CLIENT.clientSecret) =>
  `Basic ${Buffer.from(`${encodeURIComponent(id)}:${encodeURIComponent(secret).replaceAll("%20", "+")}`).toString("base64")}`;

async function askToken(body: string, headers: Record<string, string> = {}, query = "") {
  const response = await fetch(`${issuer.issuerUrl}${query}`, {
    method: "POST",
    headers: { "content-type": "application/x-www-form-urlencoded", ...headers },
    body,
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

describe("discovery and keys are where WSO2 has them", () => {
  test("the issuer is the token endpoint, its document is under it and under oidcdiscovery, for a tenant too", async () => {
    for (const component of ["token", "oidcdiscovery"]) {
      const path = `/t/orders/oauth2/${component}/.well-known/openid-configuration`;
      const document = (await (await fetch(`${issuer.origin}${path}`)).json()) as Record<string, unknown>;
      expect(document).toMatchObject({
        issuer: ISSUER,
        token_endpoint: ISSUER,
        jwks_uri: "https://is.example.com:9443/t/orders/oauth2/jwks",
        id_token_signing_alg_values_supported: ["RS256"],
      });
    }
  });

  test("another component is answered with WSO2's sentence, any other path with 404", async () => {
    const wrong = await fetch(`${issuer.origin}/t/orders/oauth2/authorize/.well-known/openid-configuration`);
    expect([wrong.status, await wrong.text()]).toEqual([
      400,
      "Invalid path to the discovery document. Received path : authorize is not resolvable",
    ]);
    expect((await fetch(`${issuer.origin}/.well-known/openid-configuration`)).status).toBe(404);
  });

  test("the JWKS holds public parts only, and kid is the hex of the certificate's SHA-256 and the algorithm", async () => {
    const text = await (await fetch(`${issuer.origin}/t/orders/oauth2/jwks`)).text();
    const { keys } = JSON.parse(text) as { keys: Record<string, unknown>[] };
    expect(keys).toHaveLength(1);
    expect(Object.keys(keys[0] ?? {})).toEqual(expect.arrayContaining(["kty", "e", "use", "kid", "alg", "n", "x5c"]));
    for (const secret of ["d", "p", "q", "dp", "dq", "qi"]) expect(keys[0]).not.toHaveProperty(secret);
    const [, encoded = ""] = /^(.+)_RS256$/.exec(String(keys[0]?.kid)) ?? [];
    expect(Buffer.from(encoded, "base64url").toString()).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("the token endpoint, with client credentials", () => {
  test("gives a JWT with the header and the claims of Identity Server 7.x", async () => {
    const { status, headers, text } = await askToken("grant_type=client_credentials&scope=orders%3Aread+unknown", {
      authorization: basic(),
    });
    expect([status, headers.get("cache-control"), headers.get("pragma")]).toEqual([200, "no-store", "no-cache"]);
    const { access_token: token, ...rest } = JSON.parse(text) as { access_token: string };
    // A scope that the application is not authorised for is dropped without a word.
    expect(rest).toEqual({ scope: "orders:read", token_type: "Bearer", expires_in: 3_600 });
    expect(decodeProtectedHeader(token)).toMatchObject({ typ: "at+jwt", alg: "RS256", kid: issuer.kid });
    expect(decodeJwt(token)).toMatchObject({
      iss: ISSUER,
      sub: CLIENT.clientId,
      aud: CLIENT.clientId,
      azp: CLIENT.clientId,
      client_id: CLIENT.clientId,
      aut: "APPLICATION",
      scope: "orders:read",
      iat: NOW,
      nbf: NOW,
      exp: NOW + 3_600,
    });
  });

  test("takes the client in the form or as JSON too", async () => {
    const fields = {
      grant_type: "client_credentials",
      client_id: CLIENT.clientId,
      client_secret: CLIENT.clientSecret,
    };
    expect((await askToken(new URLSearchParams(fields).toString())).status).toBe(200);
    expect((await askToken(JSON.stringify(fields), { "content-type": "application/json" })).status).toBe(200);
  });

  const grant = "grant_type=client_credentials";
  test.each([
    ["no client", grant, {}, 401, "invalid_client", "Client ID not found in the request."],
    [
      "a wrong secret",
      grant,
      { authorization: basic(CLIENT.clientId, "x") },
      401,
      "invalid_client",
      "Client credentials are invalid.",
    ],
    [
      "an unknown client",
      grant,
      { authorization: basic("nobody") },
      401,
      "invalid_client",
      "Client credentials are invalid.",
    ],
    ["no grant type", "", { authorization: basic() }, 400, "invalid_request", "Missing grant_type parameter value"],
    [
      "an unknown grant type",
      "grant_type=magic",
      { authorization: basic() },
      400,
      "invalid_request",
      "Unsupported grant_type value",
    ],
    [
      "a grant that the client is not registered for",
      "grant_type=password",
      { authorization: basic() },
      400,
      "unauthorized_client",
      "The authenticated client is not authorized to use this authorization grant type",
    ],
    [
      "a repeated parameter",
      `${grant}&${grant}`,
      { authorization: basic() },
      400,
      "invalid_request",
      "Invalid request with repeated parameters.",
    ],
  ])("refuses %s in WSO2's words", async (_, body, headers, status, error, description) => {
    const answer = await askToken(body, headers);
    expect(answer.status).toBe(status);
    expect(answer.text).toBe(JSON.stringify({ error_description: description, error }));
    expect(answer.headers.get("www-authenticate")).toBe(status === 401 ? "Basic realm=is.example.com" : null);
  });

  test("refuses a secret in the URL", async () => {
    const { status, text } = await askToken(grant, {}, "?client_secret=x");
    expect(status).toBe(400);
    expect(text).toContain("Invalid request with sensitive data in the URL.");
  });
});

const mint = (headers: Record<string, string>) =>
  fetch(`${issuer.origin}/_gatehouse/token`, { method: "POST", headers, body: "{}" });

describe("nobody but this user, on this machine, gets a token", () => {
  test("it listens on loopback only", () => expect(new URL(issuer.origin).hostname).toBe("127.0.0.1"));

  test("any token is given only for the session's word, in a request that no page can send unasked", async () => {
    const authorization = `Bearer ${issuer.session}`;
    expect((await mint({ authorization, "content-type": "application/json" })).status).toBe(200);
    expect((await mint({ authorization, "content-type": "text/plain" })).status).toBe(403);
    expect((await mint({ "content-type": "application/json" })).status).toBe(403);
    expect((await mint({ authorization: "Bearer guess", "content-type": "application/json" })).status).toBe(403);
    expect((await fetch(`${issuer.origin}/_gatehouse/token`, { headers: { authorization } })).status).toBe(403);
  });

  test("it signs nothing raw unless it was started for the conformance table", async () => {
    const authorization = `Bearer ${issuer.session}`;
    const headers = { authorization, "content-type": "application/json" };
    const response = await fetch(`${issuer.origin}/_gatehouse/sign`, { method: "POST", headers, body: "{}" });
    expect(response.status).toBe(404);
  });

  test("no answer allows another origin to read it", async () => {
    const response = await fetch(`${issuer.origin}/t/orders/oauth2/jwks`, {
      headers: { origin: "https://evil.example" },
    });
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  });

  test.each(["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80"])(
    "a name that was rebound to this machine is refused: Host %s",
    async (host) => {
      const status = await new Promise<number | undefined>((resolve, reject) => {
        httpRequest(`${issuer.origin}/t/orders/oauth2/jwks`, { headers: { host } }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on("error", reject)
          .end();
      });
      expect(status).toBe(403);
    },
  );
});
