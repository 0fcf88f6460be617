import { mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as oidc from "openid-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Started, Terminal } from "./run-cli.ts";

// An issuer that is its own URL, and what `env` writes for clients of it.

const terminal = new Terminal();
let running: Started;
let ready: { readonly apiUrl: string; readonly issuer: string };

beforeAll(async () => {
  running = terminal.start(["local", "--port", "0", "--local-issuer", "--issuer-port", "0", "--no-console", "--json"]);
  const [line] = await running.saidUntil(/^\{.*\}$/m);
  ready = JSON.parse(line) as typeof ready;
});
afterAll(() => running.stop());

const get = async (path: string, token: string) =>
  (await fetch(`${ready.apiUrl}${path}`, { headers: { authorization: `Bearer ${token}` } })).status;

async function written(...options: readonly string[]) {
  const folder = join(mkdtempSync(join(tmpdir(), "gatehouse-env-")), "client");
  const said = await terminal.run(["env", "--out", folder, ...options]);
  return { folder, said, read: (name: string) => readFileSync(join(folder, name), "utf8") };
}

const variablesOf = (text: string) =>
  Object.fromEntries([...text.matchAll(/^(\w+)='?(.*?)'?$/gm)].map(([, name = "", value = ""]) => [name, value]));

describe("local --local-issuer", () => {
  test("is the issuer at its own address: a client that checks it gets a token, and the API takes it", async () => {
    expect(ready.issuer).toMatch(/^http:\/\/localhost:\d+\/oauth2\/token$/);
    const { OIDC_CLIENT_ID: id = "", OIDC_CLIENT_SECRET: secret = "" } = variablesOf((await terminal.run(["env"])).out);
    const config = await oidc.discovery(new URL(ready.issuer), id, secret, undefined, {
      execute: [oidc.allowInsecureRequests],
    });
    const tokens = await oidc.clientCredentialsGrant(config, { scope: "orders:read" });
    expect(await get("/orders", tokens.access_token)).toBe(200);
  });

  test("is what 'token' and 'explain' know as well", async () => {
    const token = (await terminal.run(["token"])).out.trim();
    expect(await get("/me", token)).toBe(200);
    expect((await terminal.run(["explain", "-"], { stdin: token })).out).toContain(`issuer      ${ready.issuer}\n`);
  });

  test("excludes --real-issuer", async () => {
    const { exitCode, err } = await terminal.run(["local", "--local-issuer", "--real-issuer"]);
    expect([exitCode, err]).toEqual([2, expect.stringContaining("cannot be used with option '--real-issuer'")]);
  });
});

describe("env", () => {
  test("prints variables with which a program gets a token that the API takes", async () => {
    const found = variablesOf((await terminal.run(["env"])).out);
    expect(found).toMatchObject({
      API_URL: ready.apiUrl,
      OIDC_ISSUER: ready.issuer,
      OIDC_TOKEN_URL: ready.issuer,
      OIDC_SCOPE: "orders:read orders:write",
    });
    const body = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: found.OIDC_CLIENT_ID ?? "",
      client_secret: found.OIDC_CLIENT_SECRET ?? "",
      scope: found.OIDC_SCOPE ?? "",
    });
    const answer = await fetch(found.OIDC_TOKEN_URL ?? "", { method: "POST", body });
    const { access_token: token = "" } = (await answer.json()) as { access_token?: string };
    expect(await get("/orders", token)).toBe(200);
  });

  test("writes four files that only their owner can read", async () => {
    const { folder, said } = await written();
    expect(said.exitCode).toBe(0);
    const names = said.out.trim().split("\n");
    expect(names.map((name) => name.slice(folder.length + 1))).toEqual([
      ".env",
      "api.http",
      "postman.json",
      "openapi.json",
    ]);
    if (process.platform !== "win32")
      for (const name of names) expect((statSync(name).mode & 0o777).toString(8)).toBe("600");
  });

  test("the OpenAPI document names each route with its scopes, one of which is enough, and where tokens come from", async () => {
    const document = JSON.parse((await written()).read("openapi.json")) as {
      paths: Record<string, Record<string, { security: object[]; parameters?: object[] }>>;
      components: { securitySchemes: { issuer: { flows: Record<string, object> } } };
    };
    expect(Object.keys(document.paths)).toEqual(["/health", "/me", "/orders", "/orders/{id}"]);
    const security = (path: string, method: string) => document.paths[path]?.[method]?.security;
    expect(security("/health", "get")).toEqual([]);
    expect(security("/me", "get")).toEqual([{ issuer: [] }]);
    expect(security("/orders/{id}", "get")).toEqual([{ issuer: ["orders:read"] }, { issuer: ["orders:write"] }]);
    expect(document.paths["/orders/{id}"]?.get?.parameters).toEqual([
      { name: "id", in: "path", required: true, schema: { type: "string" } },
    ]);
    expect(document.components.securitySchemes.issuer.flows.clientCredentials).toEqual({
      tokenUrl: ready.issuer,
      scopes: { "orders:read": "", "orders:write": "" },
    });
  });

  test("the requests of the .http file and of the Postman collection are those of the API", async () => {
    const { read } = await written();
    const http = read("api.http");
    const [, credentials = ""] = /^Authorization: Basic (\S+)$/m.exec(http) ?? [];
    const [, form = ""] = /^(grant_type=\S+)$/m.exec(http) ?? [];
    const headers = { authorization: `Basic ${credentials}`, "content-type": "application/x-www-form-urlencoded" };
    const answer = await fetch(ready.issuer, { method: "POST", headers, body: form });
    expect(answer.status).toBe(200);
    expect(http).toContain("GET {{api}}/orders/1\nAuthorization: Bearer {{token.response.body.$.access_token}}");
    const { item, auth } = JSON.parse(read("postman.json")) as {
      item: { name: string; request: { auth?: object } }[];
      auth: { oauth2: { key: string; value: string }[] };
    };
    expect(item.find(({ name }) => name === "GET /health")?.request.auth).toEqual({ type: "noauth" });
    expect(auth.oauth2.find(({ key }) => key === "accessTokenUrl")?.value).toBe(ready.issuer);
  });

  test("does not write over a file that is there, unless --force says so", async () => {
    const { folder } = await written();
    writeFileSync(join(folder, ".env"), "MINE=1\n");
    const again = await terminal.run(["env", "--out", folder]);
    expect([again.exitCode, again.err]).toEqual([1, expect.stringContaining("mistake out-unwritable")]);
    expect(readFileSync(join(folder, ".env"), "utf8")).toBe("MINE=1\n");
    expect((await terminal.run(["env", "--out", folder, "--force"])).exitCode).toBe(0);
    expect(readFileSync(join(folder, ".env"), "utf8")).toContain("OIDC_CLIENT_SECRET=");
  });

  test("names the clients that there are, where another is asked for", async () => {
    const { exitCode, err } = await terminal.run(["env", "--client", "nobody"]);
    expect([exitCode, err]).toEqual([1, expect.stringContaining("ordersWebDev00000001")]);
  });
});
