import { decodeJwt, decodeProtectedHeader } from "jose";
import * as oidc from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EmbeddedIssuer, startEmbeddedIssuer } from "../../lib/issuer/embedded-issuer.ts";
import { formOf, Person } from "./person.ts";

// A client that nobody here wrote, openid-client, takes each way to a token; an issuer that is its own URL.

const CLIENT = {
  clientId: "ordersApplication0001",
  clientSecret: "correct horse",
  name: "Orders <b>",
  audience: ["https://api.example.com"],
  scopes: ["orders:read", "orders:write"],
};
const CALLBACK = "http://localhost:5173/callback";
const DEVICE = "urn:ietf:params:oauth:grant-type:device_code";

let issuer: EmbeddedIssuer;
let url = "";
beforeAll(async () => {
  issuer = await startEmbeddedIssuer({
    issuer: "https://is.example.com:9443/oauth2/token",
    isOwnUrl: true,
    clients: [CLIENT, { ...CLIENT, clientId: "opaqueApplication001", accessTokenType: "Default" }],
    port: 0,
    nowSeconds: () => Date.now() / 1_000,
  });
  url = issuer.issuer;
});
afterAll(() => issuer.close());

const discovered = (clientId: string, secret?: string) =>
  oidc.discovery(new URL(url), clientId, secret, secret === undefined ? oidc.None() : undefined, {
    execute: [oidc.allowInsecureRequests],
  });
const confidential = () => discovered(CLIENT.clientId, CLIENT.clientSecret);
const publicClient = () => discovered(CLIENT.clientId);

/** Signs in at the page where an application sent the person. */
async function signIn(person: Person, sentTo: URL, name = "alice", password = name): Promise<URL> {
  const page = await person.open(sentTo.href, CALLBACK);
  if (page.url.href.startsWith(CALLBACK)) return page.url;
  return (await person.open(page.url.href, CALLBACK, { username: name, password })).url;
}

async function codeRequest(config: oidc.Configuration, scope = "openid profile orders:read", more = {}) {
  const verifier = oidc.randomPKCECodeVerifier();
  const state = oidc.randomState();
  const sentTo = oidc.buildAuthorizationUrl(config, {
    redirect_uri: CALLBACK,
    scope,
    state,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    ...more,
  });
  return { sentTo, checks: { pkceCodeVerifier: verifier, expectedState: state } };
}

async function withCode(person: Person, name?: string) {
  const config = await publicClient();
  const { sentTo, checks } = await codeRequest(config);
  const returned = await signIn(person, sentTo, name);
  return { config, tokens: await oidc.authorizationCodeGrant(config, returned, checks) };
}

describe("authorization code with PKCE", () => {
  test("a public client gets a user's JWT in WSO2's form, an ID token and a refresh token", async () => {
    const { tokens } = await withCode(new Person());
    expect(decodeProtectedHeader(tokens.access_token)).toMatchObject({ typ: "at+jwt", alg: "RS256", kid: issuer.kid });
    const claims = decodeJwt(tokens.access_token);
    expect(claims).toMatchObject({
      iss: url,
      sub: "9100210d-f9de-420f-bd33-0d2e47a30f1a",
      aut: "APPLICATION_USER",
      aud: [CLIENT.clientId, "https://api.example.com"],
      client_id: CLIENT.clientId,
      org_name: "Super",
      scope: "openid profile orders:read",
    });
    expect(tokens.claims()).toMatchObject({ sub: claims.sub, aud: CLIENT.clientId, given_name: "Alice" });
    expect(tokens.claims()).not.toHaveProperty("email");
    expect(tokens.refresh_token).toBeTypeOf("string");
    expect(tokens.expires_in).toBe(3_600);
  });

  test("a person whose roles allow no scope gets a token without it", async () => {
    const { tokens } = await withCode(new Person(), "bob");
    expect(tokens.scope).toBe("openid profile");
  });

  test("who is signed in is not asked again, until they sign out", async () => {
    const person = new Person();
    const { config, tokens } = await withCode(person);
    const again = await codeRequest(config);
    expect((await person.open(again.sentTo.href, CALLBACK)).url.searchParams.get("code")).toBeTypeOf("string");
    const logout = oidc.buildEndSessionUrl(config, {
      id_token_hint: tokens.id_token ?? "",
      post_logout_redirect_uri: "http://localhost:5173/",
    });
    const page = await person.open(logout.href, "http://localhost:5173/");
    const { action, fields } = formOf(page);
    expect(page.html).toContain("<script>document.forms[0].submit()</script>");
    const out = await person.open(action, "http://localhost:5173/", fields);
    expect(out.url.href).toBe("http://localhost:5173/");
    const { sentTo } = await codeRequest(config);
    expect((await person.open(sentTo.href, CALLBACK)).html).toContain("Password");
  });

  test("the page escapes what it names, loads nothing, and says when the password is wrong", async () => {
    const { sentTo } = await codeRequest(await publicClient());
    const person = new Person();
    const page = await person.open(sentTo.href, CALLBACK);
    expect(page.html).toContain("<h1>Sign in to Orders &lt;b&gt;</h1>");
    const wrong = await person.open(page.url.href, CALLBACK, { username: '"><i>', password: "guess" });
    expect(wrong.status).toBe(401);
    expect(wrong.html).toContain("The username or the password is wrong.");
    expect(wrong.html).not.toContain("<i>");
  });

  test("Cancel returns to the application with access_denied", async () => {
    const { sentTo } = await codeRequest(await publicClient());
    const person = new Person();
    const page = await person.open(sentTo.href, CALLBACK);
    const { url: returned } = await person.open(page.url.href, CALLBACK, { cancel: "yes" });
    expect(returned.searchParams.get("error")).toBe("access_denied");
  });

  test.each([
    ["a callback beyond this machine", { redirect_uri: "https://evil.example/" }, "invalid_redirect_uri"],
    ["an unknown client", { client_id: "nobody" }, "invalid_client"],
  ])("%s is answered with a page of the issuer, not with a redirect", async (_, more, error) => {
    const { sentTo } = await codeRequest(await publicClient(), "openid", more);
    const page = await new Person().open(sentTo.href, CALLBACK);
    expect([page.status, page.html.includes(`<code>${error}</code>`)]).toEqual([400, true]);
  });

  test("a public client without PKCE is sent back", async () => {
    const { sentTo } = await codeRequest(await publicClient());
    for (const name of ["code_challenge", "code_challenge_method"]) sentTo.searchParams.delete(name);
    const { url: returned } = await new Person().open(sentTo.href, CALLBACK);
    expect(returned.searchParams.get("error")).toBe("invalid_request");
  });

  test("a code is good once: the second use ends the tokens of the first", async () => {
    const config = await publicClient();
    const { sentTo, checks } = await codeRequest(config);
    const returned = await signIn(new Person(), sentTo);
    const first = await oidc.authorizationCodeGrant(config, returned, checks);
    await expect(oidc.authorizationCodeGrant(config, returned, checks)).rejects.toMatchObject({
      error: "invalid_grant",
    });
    expect(await oidc.tokenIntrospection(await confidential(), first.access_token)).toEqual({ active: false });
  });

  test("without a sign-in that an application asked for there is nothing to sign in to", async () => {
    const page = await new Person().open(`${issuer.origin}/authenticationendpoint/login.do?sessionDataKey=x`, CALLBACK);
    expect([page.status, page.html.includes("Nothing to sign in to")]).toEqual([400, true]);
  });
});

describe("the other ways to a token", () => {
  test("client credentials: no refresh token, and scopes of OpenID are dropped", async () => {
    const tokens = await oidc.clientCredentialsGrant(await confidential(), { scope: "openid orders:write unknown" });
    expect(tokens).toMatchObject({ scope: "orders:write", token_type: "bearer" });
    expect(tokens).not.toHaveProperty("refresh_token");
    expect(decodeJwt(tokens.access_token)).toMatchObject({ sub: CLIENT.clientId, aut: "APPLICATION" });
  });

  test("refresh: a new token for the same person, and the old refresh token is spent", async () => {
    const { config, tokens } = await withCode(new Person());
    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? "");
    expect(decodeJwt(renewed.access_token)).toMatchObject({
      aut: "APPLICATION_USER",
      scope: "openid profile orders:read",
    });
    await expect(oidc.refreshTokenGrant(config, tokens.refresh_token ?? "")).rejects.toMatchObject({
      error: "invalid_grant",
    });
  });

  test("password: a user's token and ID token; a wrong password in WSO2's words", async () => {
    const config = await confidential();
    const given = { username: "alice", password: "alice", scope: "openid email orders:read" };
    const tokens = await oidc.genericGrantRequest(config, "password", given);
    expect(decodeJwt(tokens.access_token)).toMatchObject({ aut: "APPLICATION_USER", scope: given.scope });
    expect(decodeJwt(tokens.id_token ?? "")).toMatchObject({ email: "alice@example.com" });
    const renewed = await oidc.refreshTokenGrant(config, tokens.refresh_token ?? "");
    expect(renewed.scope).toBe(given.scope);
    await expect(oidc.genericGrantRequest(config, "password", { ...given, password: "x" })).rejects.toMatchObject({
      error: "invalid_grant",
      error_description: "Authentication failed for alice",
    });
  });

  test("device: the person types the code and signs in, and the device gets its token", async () => {
    const config = await publicClient();
    const asked = await oidc.initiateDeviceAuthorization(config, { scope: "openid orders:read" });
    const poll = () => oidc.genericGrantRequest(config, DEVICE, { device_code: asked.device_code });
    await expect(poll()).rejects.toMatchObject({ error: "authorization_pending" });
    const person = new Person();
    const typed = formOf(await person.open(asked.verification_uri, CALLBACK));
    const unknown = await person.open(typed.action, CALLBACK, { ...typed.fields, user_code: "AAAA-AAAA" });
    expect(unknown.html).toContain("There is no such code");
    const second = formOf(unknown);
    const shown = await person.open(second.action, CALLBACK, { ...second.fields, user_code: asked.user_code });
    expect(shown.html).toContain(asked.user_code);
    const confirmed = formOf(shown);
    const page = await person.open(confirmed.action, CALLBACK, confirmed.fields);
    const done = await person.open(page.url.href, CALLBACK, { username: "alice", password: "alice" });
    expect(done.html).toContain("The device is signed in");
    expect(decodeJwt((await poll()).access_token)).toMatchObject({ aut: "APPLICATION_USER" });
  });
});

describe("a token afterwards", () => {
  test("userinfo answers for a JWT, with the claims of its scopes, and for nothing that was forged or tampered with", async () => {
    const { config, tokens } = await withCode(new Person());
    const { sub = "" } = tokens.claims() ?? {};
    expect(await oidc.fetchUserInfo(config, tokens.access_token, sub)).toEqual({
      sub,
      name: "Alice Liddell",
      given_name: "Alice",
      family_name: "Liddell",
      username: "alice",
      preferred_username: "alice",
      org_id: "10084a8d-113f-4211-a0d5-efe36b082211",
      org_name: "Super",
    });
    const [header, payload = ""] = tokens.access_token.split(".");
    for (const wrong of [`${header}.${payload}.AAAA`, "x", await issuer.mint()])
      await expect(oidc.fetchUserInfo(config, wrong, sub)).rejects.toThrow();
  });

  test("introspection says what WSO2 says of it, until it is revoked", async () => {
    const config = await confidential();
    const { tokens } = await withCode(new Person());
    expect(await oidc.tokenIntrospection(config, tokens.access_token)).toEqual({
      active: true,
      aut: "APPLICATION_USER",
      client_id: CLIENT.clientId,
      username: "alice",
      scope: "openid profile orders:read",
      token_type: "Bearer",
      exp: expect.any(Number),
      iat: expect.any(Number),
      nbf: expect.any(Number),
    });
    await oidc.tokenRevocation(config, tokens.access_token);
    expect(await oidc.tokenIntrospection(config, tokens.access_token)).toEqual({ active: false });
  });

  test("an application of the type Default gets a UUID, which introspection knows", async () => {
    const config = await discovered("opaqueApplication001", CLIENT.clientSecret);
    const { access_token: token } = await oidc.clientCredentialsGrant(config);
    expect(token).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
    expect(await oidc.tokenIntrospection(config, token)).toMatchObject({ active: true, aut: "APPLICATION" });
  });
});

const preflight = (path: string, origin: string) =>
  fetch(`${issuer.origin}${path}`, {
    method: "OPTIONS",
    headers: { origin, "access-control-request-method": "POST", "access-control-request-headers": "content-type" },
  });

describe("pages", () => {
  test("of this machine may ask and read, any other may not", async () => {
    for (const path of ["/oauth2/token", "/oauth2/userinfo", "/oauth2/revoke", "/oauth2/jwks"]) {
      const own = await preflight(path, "http://localhost:5173");
      expect([own.status, own.headers.get("access-control-allow-origin")]).toEqual([204, "http://localhost:5173"]);
      expect(own.headers.get("access-control-allow-headers")).toBe("content-type");
      const other = await preflight(path, "https://evil.example");
      expect(other.headers.get("access-control-allow-origin")).toBeNull();
    }
    const read = await fetch(url, { method: "POST", headers: { origin: "http://localhost:5173" } });
    expect([read.status, read.headers.get("access-control-allow-origin")]).toEqual([401, "http://localhost:5173"]);
    const unread = await fetch(url, { method: "POST", headers: { origin: "https://localhost.evil.example" } });
    expect(unread.headers.get("access-control-allow-origin")).toBeNull();
  });
});
