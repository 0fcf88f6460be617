import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { ORDERS_API, REPORTS_API, type RunningConsole, runConsole } from "../console/running-console.ts";
import { launch, browserTest as test, type Visit, visit } from "./browser.ts";

let browser: Browser;
let running: RunningConsole;
let page: Page;
let visited: Visit;

beforeAll(async () => {
  browser = await launch();
  running = await runConsole([ORDERS_API, REPORTS_API]);
  visited = await visit(browser, running);
  ({ page } = visited);
});

afterAll(async () => {
  await browser?.close();
  await running?.close();
});

const routeLine = (key: string) =>
  page.getByRole("row").filter({ has: page.getByRole("rowheader", { name: key, exact: true }) });

describe("the routes", () => {
  test("are a table for each API: key, token, scopes, authorizer, function; public ones marked", async () => {
    await visited.view("Routes");
    expect(await page.getByRole("table").count()).toBe(2);
    expect(await routeLine("GET /health").innerText()).toMatch(/public\s+none\s+none\s+orders/);
    expect(await routeLine("GET /orders/{id}").innerText()).toMatch(/JWT\s+orders:read, orders:write\s+wso2\s+orders/);
    expect(await routeLine("GET /reports").innerText()).toContain("by-query");
  });

  test("lead to a request, and to the requests of a route", async () => {
    await page.getByRole("button", { name: "Send a request to POST /orders" }).click();
    expect(await page.getByLabel("Method").inputValue()).toBe("POST");
    expect(await page.getByLabel("Path and query").inputValue()).toBe("/orders");
    await running.ask("/orders", {});
    await running.ask("/me", {});
    await visited.view("Routes");
    await page.getByRole("button", { name: "Show requests of GET /me" }).click();
    await page.getByText("1 of 2").waitFor();
  });

  test("follow a reload while the page is open", async () => {
    await visited.view("Routes");
    const { drained } = await running.session.reload([
      { ...ORDERS_API, routes: ORDERS_API.routes.filter(({ key }) => key !== "GET /me") },
      REPORTS_API,
    ]);
    await drained;
    running.console.refresh();
    await routeLine("GET /me").waitFor({ state: "detached" });
    await routeLine("GET /orders").waitFor();
  });
});

describe("the issuer", () => {
  test("shows its keys, how old the gateway's are, and its documents with their times", async () => {
    await visited.view("Issuer");
    await page.getByRole("rowheader", { name: running.issuer.kid }).waitFor();
    expect(await page.getByRole("row").filter({ hasText: running.issuer.kid }).innerText()).toMatch(
      /RSA sig\s+RS256\s+2048\s+yes/,
    );
    await page.getByText(/The gateway holds 1 of them, fetched .+ ago; it keeps them for two hours/).waitFor();
    await page.getByText(/^Discovery/).click();
    expect(await page.getByLabel("Discovery document").innerText()).toContain(
      '"jwks_uri": "https://is.example.com:9443/oauth2/jwks"',
    );
    await page.getByText(/^JWKS/).click();
    expect(await page.getByLabel("JWKS document").innerText()).toContain(running.issuer.kid);
  });

  test("runs the doctor when a person wants it, and shows each finding with what to do", async () => {
    await page.getByRole("button", { name: "Run the doctor" }).click();
    const findings = page.locator(".findings li");
    await findings.filter({ hasText: "issuer-url" }).waitFor({ timeout: 20_000 });
    await findings.filter({ hasText: /dns/ }).first().waitFor();
    await page.getByText("The issuer was not reached from here.").waitFor();
  });

  test("asked no other host and reported no error", () => {
    expect(visited.faults).toEqual([]);
  });
});
