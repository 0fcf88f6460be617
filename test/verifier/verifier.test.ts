import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EmbeddedIssuer, startEmbeddedIssuer } from "../../lib/issuer/embedded-issuer.ts";
import { createVerifier, type Verifier } from "../../lib/verifier/verifier.ts";

// What other programs import as `gatehouse/rules`: docs/package.md.

const ISSUER = "https://is.example.com/oauth2/token";
const AUDIENCE = "ordersWeb0000001";

const inTwoHours = () => Date.now() + 2 * 3_600_000;

let issuer: EmbeddedIssuer;
let jwks: string;
let verifier: Verifier;

beforeAll(async () => {
  issuer = await startEmbeddedIssuer({
    issuer: ISSUER,
    clients: [{ clientId: AUDIENCE, clientSecret: "s", audience: [], scopes: ["orders:read"] }],
    port: 0,
    nowSeconds: () => Date.now() / 1_000,
  });
  jwks = await (await fetch(`${issuer.origin}/oauth2/jwks`)).text();
  verifier = createVerifier({ issuer: ISSUER, audience: [AUDIENCE], jwks });
});
afterAll(() => issuer.close());

describe("a verifier", () => {
  test("accepts a good token, with or without Bearer, and hands on its claims and scopes", async () => {
    const token = await issuer.mint();
    const verdict = await verifier.verify(`Bearer ${token}`, ["orders:read", "orders:write"]);
    expect(verdict).toMatchObject({ allowed: true, status: 200, claims: { iss: ISSUER }, scopes: ["orders:read"] });
    expect(verdict.rules.every(({ outcome }) => outcome === "pass")).toBe(true);
    expect(await verifier.verify(token)).toMatchObject({ allowed: true, scopes: null });
  });

  test.each([
    ["expired", 401, "expiry"],
    ["wrong-key", 401, "signature"],
    ["wrong-audience", 401, "audience"],
  ] as const)(
    "refuses a token that is %s, with %i and the rule %s, and never repeats it",
    async (flaw, status, rule) => {
      const token = await issuer.mint({ flaw });
      const verdict = await verifier.verify(token);
      expect(verdict).toMatchObject({
        allowed: false,
        status,
        rule,
        logged: expect.stringMatching(/^invalid_token: /),
      });
      expect(JSON.stringify(verdict)).not.toContain(token.split(".")[2]);
    },
  );

  test("2.2, 3.19 refuses a token without one of the route's scopes with 403", async () => {
    expect(await verifier.verify(await issuer.mint(), ["orders:write"])).toMatchObject({
      allowed: false,
      status: 403,
      rule: "scope",
      challenge: undefined,
    });
  });

  test("1.8 refuses a request without a token, and asks for one", async () => {
    expect(await verifier.verify(undefined)).toMatchObject({ rule: "identity-source", challenge: "Bearer" });
  });

  test("holds a token against the clock that it was given", async () => {
    const later = createVerifier({ issuer: ISSUER, audience: [AUDIENCE], jwks, nowMs: inTwoHours });
    expect(await later.verify(await issuer.mint())).toMatchObject({ allowed: false, rule: "expiry" });
  });

  test("answers with a verdict where the issuer cannot be reached", async () => {
    const nowhere = createVerifier({ issuer: "http://127.0.0.1:1/oauth2/token", audience: [AUDIENCE] });
    expect(await nowhere.verify(await issuer.mint())).toMatchObject({ allowed: false, status: 401, rule: "key" });
  });

  test("fetches the keys of an issuer by discovery, once", async () => {
    const asked: string[] = [];
    const server = createServer(({ url = "" }, response) => {
      asked.push(url);
      response.end(url === "/jwks" ? jwks : JSON.stringify({ issuer: origin, jwks_uri: `${origin}/jwks` }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    try {
      const byDiscovery = createVerifier({ issuer: origin, audience: [AUDIENCE] });
      for (let count = 0; count < 2; count += 1)
        expect(await byDiscovery.verify(await issuer.mint({ claims: { iss: origin } }))).toMatchObject({
          allowed: true,
        });
      expect(asked).toEqual(["/.well-known/openid-configuration", "/jwks"]);
    } finally {
      server.close();
    }
  });

  test.each([
    ["an issuer that is not a URL", { issuer: "is.example.com" }, "issuer is not a URL"],
    ["no audience", { audience: [] }, "audience is empty"],
    ["a JWKS that is not one", { jwks: "{}" }, "jwks holds no JWKS"],
  ])("is not made with %s", (_, wrong, message) => {
    expect(() => createVerifier({ issuer: ISSUER, audience: [AUDIENCE], ...wrong })).toThrow(message);
  });
});
