import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readProjectEnvironment } from "../../lib/config/project.ts";
import { announce } from "../../lib/session/running-sessions.ts";
import { FLAWS } from "../../lib/tokens/flaws.ts";
import { PROJECT } from "../test-project.ts";
import { type Said, type Started, Terminal } from "./run-cli.ts";

// The main job as a person does it: `local` in one terminal, the other commands in another, curl in a third.

interface Ready {
  readonly apiUrl: string;
  readonly issuer: string;
  readonly issuerUrl: string;
  readonly consoleUrl: string | null;
  readonly clients: readonly { readonly clientId: string; readonly clientSecret: string }[];
  readonly readyMs: number;
}

const terminal = new Terminal();
let running: Started;
let ready: Ready;

beforeAll(async () => {
  running = terminal.start(["local", "--port", "0", "--json"]);
  const [line] = await running.saidUntil(/^\{.*\}$/m);
  ready = JSON.parse(line) as Ready;
});

afterAll(() => running.stop());

const get = async (path: string, credential?: string) => {
  const response = await fetch(`${ready.apiUrl}${path}`, {
    headers: credential === undefined ? {} : { authorization: credential },
  });
  return { status: response.status, challenge: response.headers.get("www-authenticate"), body: await response.text() };
};

const tokenWith = async (...argv: readonly string[]) => (await terminal.run(["token", ...argv])).out.trim();

describe("gatehouse local", () => {
  test("says in one line of JSON where the API is and which issuer it trusts", () => {
    expect(ready.apiUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    expect(ready.issuer).toBe("https://is.dev.example.com:9443/oauth2/token");
    expect(ready.issuerUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/oauth2\/token$/);
    expect(ready.readyMs).toBeGreaterThan(0);
    expect(running.said.out.trim().split("\n")).toHaveLength(1);
  });

  test("1.8 answers 401 and a bare challenge without a token", async () => {
    expect(await get("/me")).toEqual({ status: 401, challenge: "Bearer", body: '{"message":"Unauthorized"}' });
  });

  test("1.1 answers 200 to a token of 'gatehouse token', only or after Bearer, with its claims as texts", async () => {
    const good = await tokenWith();
    for (const credential of [good, `Bearer ${good}`]) {
      const answer = await get("/me", credential);
      expect(answer.status).toBe(200);
      const { claims } = JSON.parse(answer.body) as { claims: Record<string, unknown> };
      expect(claims.iss).toBe(ready.issuer);
      expect(claims.exp).toMatch(/^\d{10}$/);
    }
  });

  test("serves a public route without a token, and 403 where no scope fits", async () => {
    expect((await get("/health")).status).toBe(200);
    const poor = await tokenWith("--scope", "orders:read");
    expect((await get("/orders", `Bearer ${poor}`)).status).toBe(200);
    const post = await fetch(`${ready.apiUrl}/orders`, {
      method: "POST",
      headers: { authorization: `Bearer ${poor}`, "content-type": "application/json" },
      body: '{"item":"tea","quantity":1}',
    });
    expect([post.status, await post.text()]).toEqual([403, '{"message":"Forbidden"}']);
  });

  test.each(FLAWS.map(({ name }) => name))("refuses a token with --flaw %s", async (flaw) => {
    const isScope = flaw === "no-scope";
    const answer = await get(isScope ? "/orders" : "/me", `Bearer ${await tokenWith("--flaw", flaw)}`);
    expect(answer.status).toBe(isScope ? 403 : 401);
  });

  test("writes a line for each request: method, path, status, the rule and its remedy, and never the token", async () => {
    const expired = await tokenWith("--flaw", "expired");
    await get("/me", `Bearer ${expired}`);
    expect(running.said.err).toMatch(/GET \/me 401 \d+\.\d ms {2}expiry: exp is /);
    expect(running.said.err).toContain("get a fresh token");
    expect(running.said.err).not.toContain(expired.split(".")[2]);
  });

  test("names the client and the secret with which any program gets a token of its own", async () => {
    const [client] = ready.clients;
    const body = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: client?.clientId ?? "",
      client_secret: client?.clientSecret ?? "",
      scope: "orders:read",
    });
    const answer = await fetch(ready.issuerUrl, { method: "POST", body });
    const { access_token: own, scope } = (await answer.json()) as Record<string, string>;
    expect([scope, (await get("/orders", `Bearer ${own}`)).status]).toEqual(["orders:read", 200]);
  });

  test("lets a person add claims, and see them as the function does", async () => {
    const rich = await tokenWith("--claims", '{"groups":["USERS","ADMINS"],"active":true,"realm":{"b":1,"a":[1,2]}}');
    const { claims } = JSON.parse((await get("/me", rich)).body) as { claims: Record<string, string> };
    expect(claims).toMatchObject({ groups: "[USERS ADMINS]", active: "true", realm: "map[a:[1 2] b:1]" });
  });
});

describe("gatehouse explain, beside a running issuer", () => {
  test("allows a good token with exit code 0, refuses with 1", async () => {
    const good = await terminal.run(["explain", "-", "--route", "GET /orders"], { stdin: await tokenWith() });
    expect(good.exitCode, good.out).toBe(0);
    expect(good.out).toContain(`the embedded issuer at ${ready.issuerUrl}`);
    expect(good.out).toContain("authorizer  of the environment dev\n");
    const bad = await terminal.run(["explain", await tokenWith("--flaw", "wrong-audience")]);
    expect(bad.exitCode).toBe(1);
    expect(bad.out).toMatch(/^refused {2}by the rule audience/);
    expect(bad.out).toMatch(/^remedy {2}add the application's client id/m);
  });

  test("takes the routes of the environment that was started for the token's issuer, not of the default one", async () => {
    const { issuer, audience } = readProjectEnvironment(PROJECT, "staging");
    const elsewhere = new Terminal();
    const origin = "http://127.0.0.1:9";
    const noted = { issuer, issuerUrl: origin, origin, session: "none", audience, scopes: [] };
    const note = {
      pid: process.pid,
      folder: PROJECT,
      apiUrl: origin,
      environment: "staging",
      startedAtMs: 0,
      issuers: [noted],
    };
    const withdraw = announce(note, elsewhere.env);
    const good = await tokenWith("--claims", JSON.stringify({ iss: issuer }));
    const { out } = await elsewhere.run(["explain", good, "--route", "GET /orders"]);
    expect(out).toContain("authorizer  of the environment staging\n");
    withdraw();
  });

  test("--json gives the decision, the trace of every rule and the remedy, and no token", async () => {
    const expired = await tokenWith("--flaw", "expired");
    const { out, exitCode } = await terminal.run(["explain", expired, "--json"]);
    const said = JSON.parse(out) as { allowed: boolean; status: number; rule: string; trace: { outcome: string }[] };
    expect({ ...said, trace: said.trace.length }).toMatchObject({
      allowed: false,
      status: 401,
      rule: "expiry",
      trace: 15,
    });
    expect(exitCode).toBe(1);
    expect(out).not.toContain(expired.split(".")[2]);
  });

  test("cannot tell without keys: exit code 2, and says at which stage the issuer failed", async () => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as AddressInfo;
    await new Promise((done) => server.close(done));
    const issuer = `http://127.0.0.1:${port}/oauth2/token`;
    const claims = JSON.stringify({ iss: issuer });
    const { out, exitCode } = await terminal.run([
      "explain",
      await tokenWith("--claims", claims),
      "--issuer",
      issuer,
      "--audience",
      "ordersWebDev00000001",
    ]);
    expect(exitCode, out).toBe(2);
    expect(out).toContain("ECONNREFUSED");
  });

  test("--error explains a text of the access log", async () => {
    const { out, exitCode } = await terminal.run(["explain", "--error", "invalid_token: JWKS communication error"]);
    expect(out).toMatch(/^cause {3}API Gateway could not fetch the JWKS/);
    expect(exitCode).toBe(0);
    const own = await terminal.run(["explain", "--error", "invalid_token: the token's key (kid) is unknown"]);
    expect(own.out).toMatch(/^source {2}Gatehouse's own words, not AWS's: .* \(UNK\); fact 3\.1 /m);
    expect(own.exitCode).toBe(0);
  });
});

const fourParts = ({ err }: Said, code: string) => {
  expect(err).toMatch(new RegExp(`mistake ${code}\\n {2}what .+\\n {2}got .+\\n {2}expected .+\\n {2}fix .+`));
  expect(err).not.toMatch(/^\s+at /m);
};

describe("a wrong command line gets four parts, the right exit code and no stack trace", () => {
  test("a taken port", async () => {
    const said = await terminal.run(["local", "--port", new URL(ready.apiUrl).port]);
    expect(said.exitCode).toBe(1);
    fourParts(said, "port-taken");
  });

  test("an assembly that is not there", async () => {
    const said = await terminal.run(["local", "--assembly", "no-such-folder"]);
    expect(said.exitCode).toBe(1);
    fourParts(said, "assembly-missing");
  });

  test("an environment that is not there, with the one that was meant", async () => {
    const said = await terminal.run(["local", "--env", "prd"]);
    expect(said.exitCode).toBe(1);
    fourParts(said, "environment-unknown");
    expect(said.err).toMatch(/fix +--env prod$/m);
  });

  test("an issuer that cannot be reached", async () => {
    const said = await terminal.run(["local", "--real-issuer", "--port", "0"]);
    expect(said.exitCode).toBe(1);
    fourParts(said, "issuer-unreachable");
  });

  test("a flaw that nobody knows", async () => {
    const said = await terminal.run(["token", "--flaw", "stale"]);
    expect(said.exitCode).toBe(1);
    fourParts(said, "flaw-unknown");
    expect(said.out).toBe("");
  });

  test("no issuer that runs", async () => {
    const said = await new Terminal().run(["token"]);
    expect(said.exitCode).toBe(1);
    fourParts(said, "issuer-not-running");
  });

  test("a port that is not a number: usage, exit code 2", async () => {
    const said = await terminal.run(["local", "--port", "http"]);
    expect(said.exitCode).toBe(2);
    expect(said.err).toContain("usage: gatehouse local [options]");
  });
});
