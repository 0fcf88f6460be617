import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeJwt } from "jose";
import { afterEach, describe, expect, test } from "vitest";
import { type EmbeddedIssuer, startEmbeddedIssuer } from "../../lib/issuer/embedded-issuer.ts";
import { openIssuerData } from "../../lib/issuer/issuer-data.ts";
import { profileOf } from "../../lib/issuer/profiles.ts";
import { makeSigningKey } from "../../lib/tokens/signing-keys.ts";

// The management API of the embedded issuer, by the shapes and errors that WSO2's source and tests have.

const ISSUER = "https://is.example.com:9443/oauth2/token";
const OF_TENANT = "https://is.example.com:9443/t/orders/oauth2/token";
const OF_TEMPLATE = { clientId: "ordersApplication0001", clientSecret: "s", audience: [], scopes: ["orders:read"] };
const APPLICATIONS = "/api/server/v1/applications";
const RESOURCES = "/api/server/v1/api-resources";
const REGISTER = "/api/identity/oauth2/dcr/v1.1/register";
const SCOPES = "/api/identity/oauth2/v1.0/scopes";

const KEY = makeSigningKey(Date.now());

let running: EmbeddedIssuer[] = [];
afterEach(async () => {
  await Promise.all(running.map((one) => one.close()));
  running = [];
});

async function start(profile = "7.1", issuer = ISSUER, data = openIssuerData(undefined, issuer)) {
  const started = await startEmbeddedIssuer({
    issuer,
    clients: [OF_TEMPLATE],
    port: 0,
    nowSeconds: () => Date.now() / 1_000,
    profile: profileOf(profile),
    data,
    signingKey: KEY,
  });
  running.push(started);
  return started;
}

const basicOf = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`;
const adminOf = ({ administration }: EmbeddedIssuer) =>
  basicOf(administration?.administrator?.name ?? "", administration?.administrator?.password ?? "");

interface Answer {
  readonly status: number;
  readonly location: string;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
  readonly text: string;
}

/** Calls the management API, as its administrator unless another credential is given. */
async function call(
  issuer: EmbeddedIssuer,
  line: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  const [method = "", path = ""] = line.split(" ");
  const response = await fetch(`${issuer.origin}${path}`, {
    method,
    headers: {
      authorization: adminOf(issuer),
      ...(body === undefined ? {} : { "content-type": "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const read: unknown = text === "" ? {} : JSON.parse(text);
  return {
    status: response.status,
    location: response.headers.get("location") ?? "",
    headers: response.headers,
    body: read as Answer["body"],
    text,
  };
}

const wanted = (name: string, oidc: object = {}) => ({
  name,
  inboundProtocolConfiguration: {
    oidc: { grantTypes: ["client_credentials"], accessToken: { type: "JWT" }, ...oidc },
  },
});

/** Makes an application, and reads its credentials. */
async function made(issuer: EmbeddedIssuer, name: string, oidc: object = {}) {
  const { status, location } = await call(issuer, `POST ${APPLICATIONS}`, wanted(name, oidc));
  if (status !== 201) throw new Error(`${status}`);
  const id = location.split("/").at(-1) ?? "";
  const { body } = await call(issuer, `GET ${APPLICATIONS}/${id}/inbound-protocols/oidc`);
  return { id, location, clientId: String(body.clientId), clientSecret: String(body.clientSecret), body };
}

async function tokenOf(issuer: EmbeddedIssuer, client: { clientId: string; clientSecret: string }, scope: string) {
  const response = await fetch(issuer.issuerUrl, {
    method: "POST",
    headers: { authorization: basicOf(client.clientId, client.clientSecret) },
    body: new URLSearchParams({ grant_type: "client_credentials", scope }),
  });
  return (await response.json()) as { access_token: string; expires_in: number; scope?: string };
}

describe("applications", () => {
  test("one that was made gets JWTs at once, with its audiences and its lifetime", async () => {
    const issuer = await start();
    const one = await made(issuer, "batch", {
      accessToken: { type: "JWT", applicationAccessTokenExpiryInSeconds: 120 },
      idToken: { audience: ["https://api.example.com"] },
    });
    expect(one.location).toBe(`${issuer.origin}${APPLICATIONS}/${one.id}`);
    expect(one.clientId).toMatch(/^[a-zA-Z0-9_]{15,30}$/);
    expect(one.body).toMatchObject({
      state: "ACTIVE",
      grantTypes: ["client_credentials"],
      publicClient: false,
      accessToken: { type: "JWT", applicationAccessTokenExpiryInSeconds: 120 },
      idToken: { audience: ["https://api.example.com"] },
    });
    const { access_token: token, expires_in: seconds } = await tokenOf(issuer, one, "");
    expect([decodeJwt(token).aud, seconds]).toEqual([[one.clientId, "https://api.example.com"], 120]);
  });

  test("one without a type gets opaque tokens, as a new one in WSO2 does, until PUT changes it", async () => {
    const issuer = await start();
    const one = await made(issuer, "batch", { accessToken: {} });
    expect((await tokenOf(issuer, one, "")).access_token).not.toContain(".");
    const changed = { ...one.body, accessToken: { type: "JWT" } };
    expect((await call(issuer, `PUT ${APPLICATIONS}/${one.id}/inbound-protocols/oidc`, changed)).status).toBe(200);
    expect((await tokenOf(issuer, one, "")).access_token.split(".")).toHaveLength(3);
  });

  test("a list is filtered by name and by client id, and holds those of the template", async () => {
    const issuer = await start();
    const one = await made(issuer, "batch");
    const found = async (filter: string) => {
      const { body } = await call(issuer, `GET ${APPLICATIONS}?${new URLSearchParams({ filter }).toString()}`);
      return (body.applications as { name: string }[]).map(({ name }) => name);
    };
    expect(await found("name eq batch")).toEqual(["batch"]);
    expect(await found("name eq other")).toEqual([]);
    expect(await found("name co application")).toEqual([]);
    expect(await found(`clientId eq ${one.clientId}`)).toEqual(["batch"]);
    expect(await found(`name sw ${OF_TEMPLATE.clientId}`)).toEqual([OF_TEMPLATE.clientId]);
    const all = (await call(issuer, `GET ${APPLICATIONS}`)).body;
    expect(all).toMatchObject({ totalResults: 2 });
    for (const filter of ["nonsense", "owner eq x", "name is x"])
      expect((await call(issuer, `GET ${APPLICATIONS}?filter=${encodeURIComponent(filter)}`)).body).toMatchObject({
        code: "APP-60004",
      });
  });

  test("errors are WSO2's: code, message, description, traceId", async () => {
    const issuer = await start();
    const one = await made(issuer, "batch");
    const sameName = await call(issuer, `POST ${APPLICATIONS}`, wanted("batch"));
    expect([sameName.status, sameName.body.code]).toEqual([409, "APP-60007"]);
    expect(Object.keys(sameName.body)).toEqual(["code", "message", "description", "traceId"]);
    const sameId = await call(issuer, `POST ${APPLICATIONS}`, wanted("other", { clientId: one.clientId }));
    expect([sameId.status, sameId.body.code]).toEqual([409, "OAUTH-60008"]);
    for (const oidc of [{ grantTypes: ["carrier_pigeon"] }, { grantTypes: ["authorization_code"] }]) {
      const { status, body } = await call(issuer, `POST ${APPLICATIONS}`, wanted("other", oidc));
      expect([status, body.code]).toEqual([400, "OAUTH-60001"]);
    }
    const nobody = await call(issuer, `GET ${APPLICATIONS}/none/inbound-protocols/oidc`);
    expect([nobody.status, nobody.body.code]).toEqual([404, "APP-60006"]);
    expect(nobody.body.description).toContain("in the tenantDomain: carbon.super");
    for (const body of ["{", JSON.stringify({ name: "x" }), JSON.stringify([]), "null"])
      expect(await call(issuer, `POST ${APPLICATIONS}`, body)).toMatchObject({
        status: 400,
        body: { code: "UE-10000" },
      });
  });

  test("one that is deleted gets no token any more; one of the template stays", async () => {
    const issuer = await start();
    const one = await made(issuer, "batch");
    expect((await call(issuer, `DELETE ${APPLICATIONS}/${one.id}`)).status).toBe(204);
    expect(await tokenOf(issuer, one, "")).toMatchObject({ error: "invalid_client" });
    const { body } = await call(issuer, `GET ${APPLICATIONS}`);
    const [ofTemplate] = body.applications as { id: string }[];
    const refused = await call(issuer, `DELETE ${APPLICATIONS}/${ofTemplate?.id ?? ""}`);
    expect([refused.status, refused.body.code]).toEqual([403, "APP-60008"]);
  });

  test("one whose client id the template takes as an audience afterwards keeps its secret", async () => {
    const issuer = await start();
    const one = await made(issuer, "batch");
    issuer.setClients([OF_TEMPLATE, { ...OF_TEMPLATE, clientId: one.clientId, clientSecret: "another" }]);
    expect(issuer.clients.map(({ clientSecret }) => clientSecret)).toEqual(["s", one.clientSecret]);
    expect((await tokenOf(issuer, one, "")).access_token).toContain(".");
  });

  test("what was registered is there after the next start, where the issuer keeps what it knows", async () => {
    const folder = join(mkdtempSync(join(tmpdir(), "gatehouse-management-")), "data");
    const first = await start("7.1", ISSUER, openIssuerData(folder, ISSUER));
    const one = await made(first, "batch");
    await call(first, `POST ${RESOURCES}`, {
      name: "Orders",
      identifier: "orders",
      scopes: [{ name: "orders:refund" }],
    });
    const password = adminOf(first);
    await first.close();
    const second = await start("7.1", ISSUER, openIssuerData(folder, ISSUER));
    expect(adminOf(second)).toBe(password);
    expect((await tokenOf(second, one, "")).access_token).toContain(".");
    expect((await call(second, `GET ${RESOURCES}?filter=identifier+eq+orders`)).body).toMatchObject({
      totalResults: 1,
    });
  });
});

describe("API resources, from 7.0 on", () => {
  const orders = { name: "Orders", identifier: "orders", scopes: [{ name: "orders:refund", displayName: "Refund" }] };

  test("an application asks for a scope in vain until it is authorised for it, and again afterwards", async () => {
    const issuer = await start();
    const one = await made(issuer, "batch");
    const { body, status } = await call(issuer, `POST ${RESOURCES}`, orders);
    const resource = String(body.id);
    expect(status).toBe(201);
    expect((await tokenOf(issuer, one, "orders:refund")).scope).toBeUndefined();
    const authorised = `${APPLICATIONS}/${one.id}/authorized-apis`;
    const asked = { id: resource, policyIdentifier: "RBAC", scopes: ["orders:refund"] };
    expect((await call(issuer, `POST ${authorised}`, asked)).status).toBe(201);
    expect((await tokenOf(issuer, one, "orders:refund")).scope).toBe("orders:refund");
    const list = (await call(issuer, `GET ${authorised}`)).body as unknown as object[];
    expect(list).toMatchObject([{ id: resource, policyId: "RBAC", authorizedScopes: [{ name: "orders:refund" }] }]);
    await call(issuer, `PATCH ${RESOURCES}/${resource}`, { addedScopes: [{ name: "orders:void" }] });
    const change = { addedScopes: ["orders:void"], removedScopes: ["orders:refund"] };
    expect((await call(issuer, `PATCH ${authorised}/${resource}`, change)).status).toBe(200);
    expect((await tokenOf(issuer, one, "orders:refund orders:void")).scope).toBe("orders:void");
    expect((await call(issuer, `DELETE ${authorised}/${resource}`)).status).toBe(204);
    expect((await tokenOf(issuer, one, "orders:void")).scope).toBeUndefined();
  });

  test("a scope that is removed from its API is in no token any more", async () => {
    const issuer = await start();
    const one = await made(issuer, "batch");
    const resource = String((await call(issuer, `POST ${RESOURCES}`, orders)).body.id);
    const asked = { id: resource, policyIdentifier: "RBAC", scopes: ["orders:refund"] };
    await call(issuer, `POST ${APPLICATIONS}/${one.id}/authorized-apis`, asked);
    expect((await call(issuer, `DELETE ${RESOURCES}/${resource}/scopes/orders%3Arefund`)).status).toBe(204);
    expect((await tokenOf(issuer, one, "orders:refund")).scope).toBeUndefined();
  });

  test("conflicts and what is not there have WSO2's codes", async () => {
    const issuer = await start();
    const one = await made(issuer, "batch");
    const resource = String((await call(issuer, `POST ${RESOURCES}`, orders)).body.id);
    const authorised = `${APPLICATIONS}/${one.id}/authorized-apis`;
    const asked = { id: resource, policyIdentifier: "RBAC", scopes: ["orders:refund"] };
    const refused: readonly (readonly [string, unknown, number, string])[] = [
      [`POST ${RESOURCES}`, orders, 409, "API-RESOURCE-60003"],
      [`POST ${RESOURCES}`, { ...orders, identifier: "other" }, 409, "API-RESOURCE-60004"],
      [`GET ${RESOURCES}?filter=x`, undefined, 400, "API-RESOURCE-60001"],
      [`GET ${RESOURCES}/none`, undefined, 404, "APP-60507"],
      [`POST ${authorised}`, { ...asked, id: "none" }, 404, "APP-60507"],
      [`POST ${authorised}`, { ...asked, policyIdentifier: "any" }, 400, "APP-60511"],
      [`POST ${authorised}`, { ...asked, scopes: ["unknown"] }, 400, "APP-60508"],
      [`DELETE ${authorised}/${resource}`, undefined, 404, "APP-60510"],
    ];
    for (const [line, body, status, code] of refused)
      expect(await call(issuer, line, body), line).toMatchObject({ status, body: { code } });
    await call(issuer, `POST ${authorised}`, asked);
    expect(await call(issuer, `POST ${authorised}`, asked)).toMatchObject({ status: 409, body: { code: "APP-60509" } });
  });

  test.each(["5.10", "5.11", "6"])("Identity Server %s has none: its scopes belong to no API", async (version) => {
    const issuer = await start(version);
    const one = await made(issuer, "batch");
    expect((await call(issuer, `GET ${RESOURCES}?limit=1`)).status).toBe(404);
    const scope = { name: "orders:refund", displayName: "Refund" };
    expect((await call(issuer, `POST ${SCOPES}`, scope)).status).toBe(201);
    expect((await tokenOf(issuer, one, "orders:refund")).scope).toBe("orders:refund");
    const again = await call(issuer, `POST ${SCOPES}`, scope);
    expect([again.status, again.body.code]).toEqual([409, "41004"]);
    expect((await call(issuer, `DELETE ${SCOPES}/orders:refund`)).status).toBe(204);
    expect((await call(issuer, `DELETE ${SCOPES}/orders:refund`)).body.code).toBe("41003");
  });
});

describe("dynamic client registration", () => {
  const asked = { client_name: "batch", grant_types: ["client_credentials"], token_type_extension: "JWT" };

  test.each([
    ["5.10", ["client_id", "client_name", "client_secret", "client_secret_expires_at", "redirect_uris"]],
    ["7.1", ["client_id", "ext_token_type", "grant_types", "token_type_extension"]],
  ])("answers as %s does, and the client gets JWTs", async (version, fields) => {
    const issuer = await start(version);
    const { status, body } = await call(issuer, `POST ${REGISTER}`, asked);
    expect(status).toBe(201);
    const isWhole = version === "5.10";
    expect(Object.keys(body).toSorted()).toEqual(isWhole ? fields : expect.arrayContaining(fields));
    const client = { clientId: String(body.client_id), clientSecret: String(body.client_secret) };
    expect((await tokenOf(issuer, client, "")).access_token.split(".")).toHaveLength(3);
    expect((await call(issuer, `GET ${REGISTER}/${client.clientId}`)).body).toEqual(body);
    expect((await call(issuer, `DELETE ${REGISTER}/${client.clientId}`)).status).toBe(204);
  });

  test("a client without a token type gets opaque tokens; ext_token_type counts from 7.0 on", async () => {
    const opaque = await start("6");
    const { body } = await call(opaque, `POST ${REGISTER}`, {
      ...asked,
      token_type_extension: undefined,
      ext_token_type: "JWT",
    });
    const client = { clientId: String(body.client_id), clientSecret: String(body.client_secret) };
    expect((await tokenOf(opaque, client, "")).access_token).not.toContain(".");
    const later = await start("7.1");
    const both = { ...asked, token_type_extension: "Default", ext_token_type: "JWT" };
    expect((await call(later, `POST ${REGISTER}`, both)).body.ext_token_type).toBe("JWT");
  });

  test("several redirect URIs become one pattern", async () => {
    const issuer = await start();
    const uris = ["https://one.example.com/cb", "https://two.example.com/cb"];
    const code = { client_name: "web", grant_types: ["authorization_code"], redirect_uris: uris };
    expect((await call(issuer, `POST ${REGISTER}`, code)).body.redirect_uris).toEqual([`regexp=(${uris.join("|")})`]);
  });

  test("refuses as WSO2 does, and answers for an unknown client with 401 and nothing", async () => {
    const issuer = await start();
    await call(issuer, `POST ${REGISTER}`, { ...asked, ext_param_client_id: "batchApplication001" });
    const refused: readonly (readonly [object, string, RegExp])[] = [
      [asked, "invalid_client_metadata", /^Application with the name batch already exist in the system$/],
      [
        { ...asked, client_name: "b", ext_param_client_id: "batchApplication001" },
        "invalid_client_metadata",
        /^Client id batchApplication001 already exist in the system$/,
      ],
      [
        { ...asked, client_name: "b", ext_param_client_id: "with-hyphens-0000001" },
        "invalid_client_metadata",
        /not adhering to the provided regex \[a-zA-Z0-9_\]\{15,30\}/,
      ],
      [{ client_name: "b", grant_types: ["authorization_code"] }, "invalid_redirect_uri", /^Invalid redirect URI: /],
      [{ ...asked, client_name: "b", redirect_uris: ["no url"] }, "invalid_redirect_uri", /no url/],
      [{ grant_types: [] }, "invalid_client_metadata", /client_name/],
    ];
    for (const [body, error, description] of refused) {
      const answer = await call(issuer, `POST ${REGISTER}`, body);
      expect([answer.status, answer.body.error]).toEqual([400, error]);
      expect(answer.body.error_description).toMatch(description);
    }
    for (const method of ["GET", "DELETE"]) {
      const { status, text } = await call(issuer, `${method} ${REGISTER}/nobody`);
      expect([status, text]).toEqual([401, ""]);
    }
  });
});

describe("who may call it", () => {
  test("nobody without the administrator's password of this run", async () => {
    const issuer = await start();
    for (const authorization of [
      "",
      basicOf("admin", "admin"),
      basicOf("alice", "alice"),
      basicOf("admin", ""),
      "Basic %",
      `Bearer ${issuer.session}`,
      `Bearer ${await issuer.mint()}`,
      `Bearer ${await issuer.mint({ scopes: ["internal_application_mgt_view"] })}`,
    ]) {
      const { status, text, headers } = await call(issuer, `GET ${APPLICATIONS}`, undefined, { authorization });
      expect([status, text, headers.get("www-authenticate")], authorization).toEqual([
        401,
        "",
        "Basic realm=127.0.0.1",
      ]);
    }
    expect((await start()).administration?.administrator?.password).not.toBe(
      issuer.administration?.administrator?.password,
    );
  });

  test("a management token may do what its scopes say, and only Asgardeo takes nothing else", async () => {
    const issuer = await start("asgardeo");
    const { application } = issuer.administration ?? {};
    if (!application) throw new Error("no management application");
    expect(issuer.administration?.administrator).toBeUndefined();
    const { access_token: token } = await tokenOf(issuer, application, "internal_application_mgt_view");
    expect(token).not.toContain(".");
    const bearer = { authorization: `Bearer ${token}` };
    expect((await call(issuer, `GET ${APPLICATIONS}`, undefined, bearer)).status).toBe(200);
    const refused = await call(issuer, `POST ${APPLICATIONS}`, application, bearer);
    expect([refused.status, refused.body.message]).toEqual([403, "Forbidden"]);
    const id = ((await call(issuer, `GET ${APPLICATIONS}`, undefined, bearer)).body.applications as { id: string }[])[0]
      ?.id;
    const { body } = await call(issuer, `GET ${APPLICATIONS}/${id ?? ""}/inbound-protocols/oidc`, undefined, bearer);
    expect([body.clientId, body.clientSecret]).toEqual([OF_TEMPLATE.clientId, undefined]);
    expect((await tokenOf(issuer, OF_TEMPLATE, "internal_application_mgt_view")).scope).toBeUndefined();
  });

  test("no page of a browser: there is no CORS, and a form is not read", async () => {
    const issuer = await start();
    const origin = { origin: "http://localhost:5173" };
    const preflight = await fetch(`${issuer.origin}${APPLICATIONS}`, { method: "OPTIONS", headers: origin });
    expect(preflight.headers.get("access-control-allow-origin")).toBeNull();
    const answer = await call(issuer, `GET ${APPLICATIONS}`, undefined, origin);
    expect([answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([200, null]);
    const form = { "content-type": "application/x-www-form-urlencoded" };
    expect((await call(issuer, `POST ${APPLICATIONS}`, JSON.stringify(wanted("x")), form)).status).toBe(415);
  });

  test("a body that is too long is not kept, and other methods and paths are refused", async () => {
    const issuer = await start();
    expect((await call(issuer, `POST ${APPLICATIONS}`, wanted("x".repeat(70_000)))).status).toBe(413);
    expect((await call(issuer, `PATCH ${APPLICATIONS}`, {})).status).toBe(405);
    expect((await call(issuer, "GET /api/server/v1/users")).status).toBe(404);
  });

  test("a tenant's API is below /t/NAME, the super tenant's also below its name; ThunderID has none", async () => {
    const tenant = await start("7.1", OF_TENANT);
    expect((await call(tenant, `GET ${APPLICATIONS}`)).status).toBe(404);
    const { location } = await call(tenant, `POST /t/orders${APPLICATIONS}`, wanted("batch"));
    expect(location).toMatch(/\/t\/orders\/api\/server\/v1\/applications\//);
    expect((await call(await start(), `GET /t/carbon.super${APPLICATIONS}`)).status).toBe(200);
    const thunder = await start("thunderid");
    expect(thunder.administration).toBeUndefined();
    expect((await call(thunder, `GET ${APPLICATIONS}`)).status).toBe(404);
  });
});
