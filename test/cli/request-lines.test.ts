import { afterAll, beforeAll, expect, test } from "vitest";
import { folderOf, MANIFEST, templateOf } from "../assembly/handwritten.ts";
import { type Started, Terminal } from "./run-cli.ts";

// What `local` prints of a request that was not answered as its sender thought.

let running: Started;
let url: string;

beforeAll(async () => {
  const template = templateOf({ issuer: "https://is.example.com/oauth2/token" });
  Object.assign(template.Resources.Api.Properties, {
    CorsConfiguration: { AllowOrigins: ["https://app.example.com"], AllowMethods: ["GET"], AllowHeaders: ["*"] },
  });
  const folder = folderOf({ "manifest.json": MANIFEST, "Orders.template.json": template });
  running = new Terminal().start(["local", "--assembly", folder, "--port", "0", "--no-watch"]);
  [, url = ""] = await running.saidUntil(/(http:\/\/127\.0\.0\.1:\d+)/);
});
afterAll(() => running.stop());

/** The line of one request, which comes when it is answered. */
async function lineOf(path: string, init: RequestInit = {}): Promise<string> {
  const before = running.said.err.length;
  await fetch(`${url}${path}`, init);
  await expect.poll(() => running.said.err.slice(before)).toContain(path);
  return running.said.err.slice(before);
}

const preflight = (more: Readonly<Record<string, string>> = {}) => ({
  method: "OPTIONS",
  headers: { origin: "https://app.example.com", "access-control-request-method": "GET", ...more },
});

test("it begins with the time", async () => {
  expect(await lineOf("/open")).toMatch(/^\d\d:\d\d:\d\d GET \/open 200 [\d.]+ ms\n/m);
});

test("a 404 names the nearest route and why it does not take the request", async () => {
  expect(await lineOf("/order")).toContain('no route takes it; nearest is GET /orders: "order" is not "orders"');
  expect(await lineOf("/orders", { method: "DELETE" })).toContain("nearest is GET /orders: it takes GET, not DELETE");
});

test("a preflight after which a browser stops says why", async () => {
  expect(await lineOf("/orders", preflight({ origin: "https://b.example" }))).toContain(
    "the browser stops here: the origin https://b.example is not allowed; allowed is https://app.example.com",
  );
  expect(await lineOf("/orders", preflight({ "access-control-request-method": "PUT" }))).toContain(
    "the method PUT is not allowed; allowed is GET",
  );
  expect(await lineOf("/orders", preflight({ "access-control-request-headers": "authorization" }))).toContain(
    'the header authorization is not allowed; "*" does not cover it',
  );
  expect(await lineOf("/orders", preflight())).not.toContain("stops");
});
