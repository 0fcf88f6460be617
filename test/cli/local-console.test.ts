import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "vitest";
import { ECHO, folderOf, MANIFEST, templateOf } from "../assembly/handwritten.ts";
import { Terminal } from "./run-cli.ts";

// The console as `gatehouse local` starts it, here with an assembly of any CDK app.

const terminal = new Terminal();
const assembly = folderOf({
  "manifest.json": MANIFEST,
  "Orders.template.json": templateOf({ issuer: "https://is.example.com/oauth2/token", code: { S3Key: "code" } }),
  "code/index.js": ECHO,
});
const LOCAL = ["local", "--assembly", assembly, "--port", "0", "--no-watch"];

const started = async (...more: readonly string[]) => {
  const running = terminal.start([...LOCAL, "--json", ...more]);
  const [line] = await running.saidUntil(/^\{.*\}$/m);
  return { running, ready: JSON.parse(line) as { readonly apiUrl: string; readonly consoleUrl: string | null } };
};

/** A call of the page, from its own origin and with its key. */
async function call(consoleUrl: string, path: string, order: object) {
  const { origin, hash } = new URL(consoleUrl);
  const response = await fetch(`${origin}/api/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${hash.slice("#key=".length)}`, "content-type": "application/json", origin },
    body: JSON.stringify(order),
  });
  return response.json();
}

test("consoleUrl is the page; it knows the API, its requests and its rules, and makes tokens that the API takes", async () => {
  const { running, ready } = await started();
  const { consoleUrl, apiUrl } = ready;
  if (consoleUrl === null) throw new Error("there is no console");
  expect(consoleUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/#key=[\w-]{22}$/);
  expect(await (await fetch(consoleUrl)).text()).toContain("<title>Gatehouse console</title>");
  const order = { issuer: "https://is.example.com/oauth2/token", scopes: [], claims: {}, flaw: null, ttlSeconds: 60 };
  const { token } = (await call(consoleUrl, "mint", order)) as { token: string };
  const response = await fetch(`${apiUrl}/orders`, { headers: { authorization: `Bearer ${token}` } });
  expect(response.status).toBe(200);
  expect(await call(consoleUrl, "request", { seq: 1 })).toMatchObject({
    path: "/orders",
    status: 200,
    expectation: { kind: "verdict", verdict: { outcome: "allow", rule: null } },
  });
  await running.stop();
});

test("explain says why the running session answered a request, by the id that its client got", async () => {
  const { running, ready } = await started();
  const answer = await fetch(`${ready.apiUrl}/order`);
  const id = answer.headers.get("apigw-requestid") ?? "";
  const { out, exitCode } = await terminal.run(["explain", id]);
  expect(out).toMatch(/^refused {2}the gateway itself answered/);
  expect(out).toContain('cause   no route takes it; nearest is GET /orders: "order" is not "orders" [6.3 DOC]');
  expect(exitCode).toBe(1);
  const line = JSON.stringify({ status: 401, requestId: "", routeKey: "GET /orders" });
  const refused = await fetch(`${ready.apiUrl}/orders`);
  const logged = line.replace('"requestId":""', `"requestId":"${refused.headers.get("apigw-requestid")}"`);
  const { out: json } = await terminal.run(["explain", "-", "--json"], { stdin: logged });
  expect(JSON.parse(json)).toMatchObject({
    verdict: "deny",
    route: "GET /orders",
    findings: [{ code: "identity-source", fact: "1.8", fix: expect.stringContaining("Authorization") as unknown }],
  });
  const unknown = await terminal.run(["explain", "AAAAAAAAAAAAAAA="]);
  expect([unknown.exitCode, unknown.err.split("\n")[0]]).toEqual([2, "mistake request-unknown"]);
  await running.stop();
});

test("the address stays the same from start to start where the port does", async () => {
  const first = await started();
  const { port } = new URL(first.ready.consoleUrl ?? "");
  await first.running.stop();
  const second = await started("--console-port", port);
  expect(second.ready.consoleUrl).toBe(first.ready.consoleUrl);
  await second.running.stop();
});

test("--no-console leaves it out", async () => {
  const { running, ready } = await started("--no-console");
  expect(ready.consoleUrl).toBeNull();
  await running.stop();
  const banner = terminal.start([...LOCAL, "--no-console"]);
  await banner.saidUntil(/Ctrl-C stops it/);
  expect((await banner.stop()).out).not.toContain("Console");
});

test("a port that is taken is a mistake where it was asked for, and the session is closed again", async () => {
  const other = createServer();
  await new Promise<void>((listening) => other.listen(0, "127.0.0.1", listening));
  const { port } = other.address() as AddressInfo;
  const { exitCode, err } = await terminal.run([...LOCAL, "--console-port", String(port)]);
  expect(exitCode).toBe(1);
  expect(err).toMatch(
    new RegExp(`mistake port-taken[^]*the console cannot listen on port ${port}[^]*--console-port 0`),
  );
  other.close();
});

test("the banner says where it is", async () => {
  const banner = terminal.start(LOCAL);
  await banner.saidUntil(/^Console http:\/\/127\.0\.0\.1:\d+\/#key=[\w-]{22}$/m);
  await banner.stop();
});
