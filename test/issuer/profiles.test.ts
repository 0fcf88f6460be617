import { createHash } from "node:crypto";
import { decodeJwt, decodeProtectedHeader } from "jose";
import { afterEach, describe, expect, test } from "vitest";
import type { EmbeddedClient } from "../../lib/issuer/embedded-client.ts";
import { type EmbeddedIssuer, startEmbeddedIssuer } from "../../lib/issuer/embedded-issuer.ts";
import { PROFILE_NAMES, profileOf } from "../../lib/issuer/profiles.ts";
import { makeSigningKey } from "../../lib/tokens/signing-keys.ts";

// What tokens, keys, documents and errors look like, version by version.

const CLIENT: EmbeddedClient = {
  clientId: "ordersApplication0001",
  clientSecret: "s",
  audience: [],
  scopes: ["orders:read"],
};
const ALICE = "9100210d-f9de-420f-bd33-0d2e47a30f1a";

/** One for all: a key takes longer to make than all else. */
const signingKey = makeSigningKey(Date.now());
let issuer: EmbeddedIssuer | undefined;
afterEach(() => issuer?.close());

const nowSeconds = () => Date.now() / 1_000;

async function started(version: string, name = "https://is.example.com:9443/oauth2/token", client = CLIENT) {
  const profile = profileOf(version);
  expect(profile).toBeDefined();
  issuer = await startEmbeddedIssuer({ issuer: name, clients: [client], port: 0, nowSeconds, profile, signingKey });
  return issuer;
}

const ask = async ({ origin, endpoints }: EmbeddedIssuer, form: Record<string, string>) => {
  const body = new URLSearchParams({ client_id: CLIENT.clientId, client_secret: "s", ...form });
  const response = await fetch(`${origin}${endpoints.token}`, { method: "POST", body });
  return (await response.json()) as Record<string, string>;
};

const document = async ({ origin }: EmbeddedIssuer, path: string) =>
  (await (await fetch(`${origin}${path}`)).json()) as Record<string, unknown>;

const ofApplication = { grant_type: "client_credentials", scope: "orders:read" };
const ofAlice = { grant_type: "password", username: "alice", password: "alice", scope: "openid orders:read" };

describe.each([
  ["5.10", ["x5t", "kid", "alg"], "admin@carbon.super", "alice"],
  ["5.11", ["x5t", "kid", "alg"], "admin@carbon.super", "alice"],
  ["6", ["x5t", "kid", "typ", "alg"], "6f9b0c64-3d0e-4a52-9d0b-0b9f3a5e7c11", ALICE],
  ["7.0", ["x5t", "kid", "typ", "alg"], CLIENT.clientId, ALICE],
  ["7.3", ["x5t", "kid", "typ", "alg"], CLIENT.clientId, ALICE],
  ["asgardeo", ["x5t", "kid", "typ", "alg"], CLIENT.clientId, ALICE],
])("as %s", (version, header, applicationSubject, userSubject) => {
  test("header, subjects and claims are that version's", async () => {
    const running = await started(version);
    const { access_token: own = "" } = await ask(running, ofApplication);
    const { access_token: users = "", id_token: idToken = "" } = await ask(running, ofAlice);
    expect(Object.keys(decodeProtectedHeader(own))).toEqual(header);
    const is5 = version.startsWith("5");
    const claims = ["sub", ...(version === "5.10" ? [] : ["aut"]), "iss", ...(is5 ? [] : ["client_id"]), "aud", "nbf"];
    const rest = ["azp", "scope", "exp", "iat", "jti"];
    expect(Object.keys(decodeJwt(own))).toEqual([...claims, ...rest]);
    expect(decodeJwt(own)).toMatchObject({ sub: applicationSubject, aud: CLIENT.clientId, scope: "orders:read" });
    expect(decodeJwt(users).sub).toBe(userSubject);
    expect(decodeJwt(idToken).sub).toBe(userSubject);
    const hasOrganisation = version.startsWith("7") || version === "asgardeo";
    expect(decodeJwt(users).org_name).toBe(hasOrganisation ? "Super" : undefined);
  });
});

const keysAndToken = async (version: string) => {
  const running = await started(version);
  const { keys } = (await document(running, running.endpoints.jwks)) as { keys: Record<string, unknown>[] };
  const { access_token: token = "" } = await ask(running, ofApplication);
  return { keys, header: decodeProtectedHeader(token) };
};
const certificateOf = (key: Record<string, unknown> | undefined) =>
  Buffer.from((key?.x5c as string[] | undefined)?.[0] ?? "", "base64");

describe("as each version publishes its key", () => {
  test("5.x: without the certificate; x5t repeats the kid's hex text", async () => {
    const { keys, header } = await keysAndToken("5.11");
    expect(keys.map((key) => Object.keys(key))).toEqual([["kty", "e", "use", "kid", "alg", "n"]]);
    expect(`${header.x5t}_RS256`).toBe(keys[0]?.kid);
  });

  test("7.1: with the certificate, and x5t is its SHA-1", async () => {
    const { keys, header } = await keysAndToken("7.1");
    expect(keys.map(({ kid }) => kid)).toEqual([header.kid]);
    expect(header.x5t).toBe(createHash("sha1").update(certificateOf(keys[0])).digest("base64url"));
  });

  test("7.1 set up for FAPI: the same key twice, under a kid for each algorithm", async () => {
    const { keys, header } = await keysAndToken("7.1-fapi");
    expect(keys.map(({ alg, kid }) => [alg, String(kid).endsWith(`_${String(alg)}`)])).toEqual([
      ["RS256", true],
      ["PS256", true],
    ]);
    expect(new Set(keys.map(({ n }) => n)).size).toBe(1);
    expect(keys[0]?.kid).toBe(header.kid);
  });

  test("ThunderID: kid is the certificate's SHA-256, and the header has no x5t", async () => {
    const { keys, header } = await keysAndToken("thunderid");
    expect(header).toEqual({
      kid: createHash("sha256").update(certificateOf(keys[0])).digest("base64url"),
      typ: "at+jwt",
      alg: "RS256",
    });
    expect(keys.map(({ kid }) => kid)).toEqual([header.kid]);
  });
});

test("ThunderID's issuer is the server, its endpoints are below /oauth2, and its tokens name the grant", async () => {
  const running = await started("thunderid", "https://localhost:8090");
  const found = await document(running, "/.well-known/openid-configuration");
  expect(found).toMatchObject({
    issuer: "https://localhost:8090",
    token_endpoint: "https://localhost:8090/oauth2/token",
  });
  const { access_token: token = "" } = await ask(running, ofApplication);
  expect(decodeJwt(token)).toMatchObject({ iss: "https://localhost:8090", grant_type: "client_credentials" });
  expect(decodeJwt(token)).not.toHaveProperty("azp");
  expect(await ask(running, ofAlice)).toMatchObject({ error: "invalid_request" });
});

describe("errors and scopes by version", () => {
  test("an unknown client is named before 7.1, and not after", async () => {
    const wordings = [];
    for (const version of ["7.0", "7.1"]) {
      const running = await started(version);
      wordings.push((await ask(running, { ...ofApplication, client_id: "nobody" })).error_description);
      await running.close();
    }
    expect(wordings).toEqual([
      "A valid OAuth client could not be found for client_id: nobody",
      "Client credentials are invalid.",
    ]);
  });

  test("5.x gives a scope that nobody registered, later versions drop it", async () => {
    const scopes = [];
    for (const version of ["5.11", "6"]) {
      const running = await started(version);
      scopes.push((await ask(running, { ...ofApplication, scope: "orders:read never:heard" })).scope);
      const { access_token: token = "" } = await ask(running, { ...ofAlice, scope: "openid never:heard" });
      scopes.push(decodeJwt(token).scope);
      await running.close();
    }
    expect(scopes).toEqual(["orders:read never:heard", "openid never:heard", "orders:read", "openid"]);
  });

  test("only 7.x takes JSON at the token endpoint", async () => {
    const statuses = [];
    for (const version of ["6", "7.0"]) {
      const running = await started(version);
      const body = JSON.stringify({ grant_type: "client_credentials", client_id: CLIENT.clientId, client_secret: "s" });
      const headers = { "content-type": "application/json" };
      statuses.push((await fetch(running.issuerUrl, { method: "POST", headers, body })).status);
      await running.close();
    }
    expect(statuses).toEqual([401, 200]);
  });
});

test("an application may have its scopes as a list, as 7.3 can write them", async () => {
  const running = await started("7.3", undefined, { ...CLIENT, isScopeList: true });
  expect(decodeJwt((await ask(running, ofApplication)).access_token ?? "").scope).toEqual(["orders:read"]);
  expect(decodeJwt(await running.mint()).scope).toEqual(["orders:read"]);
});

test("a tenant's paths begin with /t/NAME and its users' tokens name it; the super tenant has a name, too", async () => {
  const tenant = await started("7.1", "https://is.example.com:9443/t/orders/oauth2/token");
  expect(tenant.endpoints.token).toBe("/t/orders/oauth2/token");
  const { access_token: token = "" } = await ask(tenant, ofAlice);
  expect(decodeJwt(token)).toMatchObject({ org_name: "orders", org_id: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  await tenant.close();
  const running = await started("7.1");
  const named = await document(running, "/t/carbon.super/oauth2/token/.well-known/openid-configuration");
  expect(named.issuer).toBe("https://is.example.com:9443/oauth2/token");
  expect((await fetch(`${running.origin}/t/other/oauth2/jwks`)).status).toBe(404);
});

test("every endpoint that discovery names answers", async () => {
  for (const version of PROFILE_NAMES) {
    const running = await started(version);
    const found = await document(running, "/oauth2/token/.well-known/openid-configuration");
    const endpoints = Object.entries(found).filter(([name]) => name.endsWith("_endpoint") || name === "jwks_uri");
    expect(endpoints.length).toBeGreaterThan(4);
    for (const [name, url] of endpoints) {
      const response = await fetch(running.locate(String(url)), {
        redirect: "manual",
        headers: { accept: "text/html" },
      });
      expect(response.status, `${version} ${name}`).not.toBe(404);
    }
    await running.close();
  }
});
