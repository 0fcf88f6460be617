import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { startEmbeddedIssuer } from "../../lib/issuer/embedded-issuer.ts";
import { Terminal } from "./run-cli.ts";

const ISSUER = "https://is.example.com:9443/oauth2/token";
const CLIENT = { clientId: "ordersApplication0001", clientSecret: "s", audience: [], scopes: ["orders:read"] };

const terminal = new Terminal();
const project = mkdtempSync(join(tmpdir(), "gatehouse-mirror-"));
let tokens: Readonly<Record<"good" | "expired", string>>;

beforeAll(async () => {
  const issuer = await startEmbeddedIssuer({
    issuer: ISSUER,
    clients: [CLIENT],
    port: 0,
    nowSeconds: () => Date.now() / 1_000,
  });
  tokens = { good: await issuer.mint(), expired: await issuer.mint({ flaw: "expired" }) };
  const jwks = await (await fetch(`${issuer.origin}/oauth2/jwks`)).text();
  await issuer.close();
  const routes = [
    { method: "GET", path: "/me", scopes: [] },
    { method: "GET", path: "/orders", scopes: CLIENT.scopes },
    { method: "GET", path: "/orders/{id}", scopes: ["orders:write"] },
    { method: "GET", path: "/health", public: true },
  ];
  const environments = { dev: { issuer: ISSUER, audience: [CLIENT.clientId], routes } };
  writeFileSync(join(project, "jwks.json"), jwks);
  writeFileSync(join(project, "cdk.json"), JSON.stringify({ app: "true", context: { environments } }));
});

describe("gatehouse mirror", () => {
  test("prints the bundle's answer beside that of the rules, and exits 0 where they agree", async () => {
    const { exitCode, out } = await terminal.run(["mirror", tokens.good, "--jwks", "jwks.json"], {
      cwd: project,
    });
    expect(out).toMatch(/^mirror {3}allowed\nrules {4}allowed\nthey agree\n/);
    expect(out).toContain('"isAuthorized": true');
    expect(exitCode).toBe(0);
  });

  test.each(["GET /nope", "GET /health", "garbage"])(
    "is not asked for %s, which no authorizer guards",
    async (route) => {
      const { exitCode, out, err } = await terminal.run(
        ["mirror", tokens.good, "--route", route, "--jwks", "jwks.json"],
        {
          cwd: project,
        },
      );
      expect([exitCode, out]).toEqual([1, ""]);
      expect(err).toContain("expected  GET /me, GET /orders, GET /orders/{id}");
    },
  );

  test("refuses what the rules refuse, with the same rule and the same text", async () => {
    const said = await terminal.run(["mirror", `Bearer ${tokens.expired}`, "--jwks", "jwks.json", "--json"], {
      cwd: project,
    });
    expect(JSON.parse(said.out)).toEqual({
      agrees: true,
      mirror: { isAuthorized: false, context: { rule: "expiry", error: "invalid_token: Token is expired" } },
      explain: { allowed: false, rule: "expiry", error: "invalid_token: Token is expired" },
    });
    expect(said.exitCode).toBe(0);
  });

  test("8.4 is not called without a token", async () => {
    const { out } = await terminal.run(["mirror", "--jwks", "jwks.json"], { cwd: project });
    expect(out).toMatch(/^mirror {3}not called: no token\nrules {4}refused by identity-source/);
  });

  test("takes the route's scopes from the environment", async () => {
    const { out } = await terminal.run(
      ["mirror", tokens.good, "--jwks", "jwks.json", "--route", "GET /orders", "--json"],
      {
        cwd: project,
      },
    );
    const { mirror: answer } = JSON.parse(out) as { mirror: { context: { scopes: string } } };
    expect(JSON.parse(answer.context.scopes)).toEqual(CLIENT.scopes);
  });

  test("takes a request that a route with a variable takes", async () => {
    const { exitCode, out } = await terminal.run(
      ["mirror", tokens.good, "--jwks", "jwks.json", "--route", "GET /orders/42", "--json"],
      { cwd: project },
    );
    expect(JSON.parse(out)).toMatchObject({ agrees: true, mirror: { context: { rule: "scope" } } });
    expect(exitCode).toBe(0);
  });

  test.each([
    ["an absolute path", () => join(project, "jwks.json")],
    ["a relative path", () => "./jwks.json"],
  ])("reads --jwks with %s", async (_, file) => {
    const { exitCode, out } = await terminal.run(["mirror", tokens.good, "--jwks", file()], {
      cwd: project,
    });
    expect(out).toMatch(/^mirror {3}allowed\n/);
    expect(exitCode).toBe(0);
  });

  test("names a file of keys that is not there, in four parts", async () => {
    const { exitCode, err } = await terminal.run(["mirror", tokens.good, "--jwks", "none.json"], {
      cwd: project,
    });
    expect(err).toContain("mistake jwks-missing");
    expect(exitCode).toBe(1);
  });
});
