import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { type RunningConsole, runConsole } from "../console/running-console.ts";
import { clipboardOf, launch, browserTest as test, type Visit, visit } from "./browser.ts";

let browser: Browser;
let running: RunningConsole;
let page: Page;
let visited: Visit;

const row = (name: string | RegExp) => page.getByRole("option").filter({ hasText: name });
const texts = async () =>
  (await page.getByRole("option").locator(".path").allTextContents()).map((text) => text.trim());

beforeAll(async () => {
  browser = await launch();
  running = await runConsole();
  visited = await visit(browser, running);
  ({ page } = visited);
});

afterAll(async () => {
  await browser?.close();
  await running?.close();
});

describe("the list of requests", () => {
  test("is empty at first, and says how to send a request", async () => {
    await page.getByText("No request yet").waitFor();
    await page.getByText(/curl -i -H "Authorization: Bearer \$\(npx gatehouse token\)"/).waitFor();
  });

  test("shows each request as it is answered, newest first, with all that a person looks for", async () => {
    await running.ask("/health", null);
    await running.ask("/me", {});
    await running.ask("/orders", { flaw: "expired" });
    await row("/orders").waitFor();
    expect(await texts()).toEqual(["/orders", "/me", "/health"]);
    const refused = await row("/orders").innerText();
    for (const part of ["401", "GET", "/orders", "expiry", "GET /orders", "node", " ms"])
      expect(refused).toContain(part);
    // The application of a token that passed; of one that was refused nothing is believed.
    expect(await row("/me").innerText()).toContain("ordersWeb00000000001");
  });

  test("is filtered by words of path, status, rule, route and client, and by kind", async () => {
    await running.ask("/nowhere", null);
    await row("/nowhere").waitFor();
    await page.keyboard.press("/");
    await page.keyboard.type("401 expiry");
    await page.getByText("1 of 4").waitFor();
    expect(await texts()).toEqual(["/orders"]);
    await page.getByRole("searchbox").fill("");
    await page.getByRole("button", { name: "Refused" }).click();
    expect(await texts()).toEqual(["/orders"]);
    await page.getByRole("button", { name: "Errors" }).click();
    await page.getByText("No request fits the filter").waitFor();
    await page.getByRole("button", { name: "Show all requests" }).click();
    expect(await texts()).toHaveLength(4);
  });

  test("stands still while it is paused, and counts what comes", async () => {
    await page.getByRole("button", { name: "Pause" }).click();
    await running.ask("/orders/7", {});
    await page.getByText("1 new").waitFor();
    expect(await texts()).not.toContain("/orders/7");
    await page.getByRole("button", { name: "Resume" }).click();
    await row("/orders/7").waitFor();
  });

  test("is used by the keyboard alone", async () => {
    await page.locator("body").click({ position: { x: 700, y: 880 } });
    await page.keyboard.press("j");
    await page.getByRole("heading", { level: 2, name: /\/orders\/7/ }).waitFor();
    await page.keyboard.press("j");
    await page.getByRole("heading", { level: 2, name: /\/nowhere/ }).waitFor();
    await page.keyboard.press("k");
    await page.getByRole("heading", { level: 2, name: /\/orders\/7/ }).waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("heading", { level: 2 }).waitFor({ state: "detached" });
    await page.keyboard.press("4");
    await page.getByRole("table", { name: "Routes of orders" }).waitFor();
    await page.keyboard.press("?");
    const dialog = page.getByRole("dialog", { name: "Keyboard" });
    await dialog.getByLabel("single keys are on").uncheck();
    await page.keyboard.press("Escape");
    await page.keyboard.press("1");
    expect(await page.getByRole("table", { name: "Routes of orders" }).isVisible()).toBe(true);
    await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
    await dialog.getByLabel("single keys are on").check();
    await dialog.getByRole("button", { name: "Close" }).click();
    await page.keyboard.press("1");
    await page.getByRole("listbox").waitFor();
  });
});

describe("one request", () => {
  test("is its whole way: route, rules, keys, event, log lines, answer and access log", async () => {
    await running.ask("/orders/42?x=1", {});
    await row("/orders/42").click();
    const way = page.getByRole("article");
    await way.getByText("Every rule passes").waitFor();
    const step = (name: string | RegExp) =>
      way.getByRole("listitem").filter({ has: page.getByRole("heading", { name }) });
    expect(await step("Route").innerText()).toMatch(/GET \/orders\/\{id\}\s+\{id\} = 42/);
    const rules = await step("Authorizer").innerText();
    expect(rules).toContain("15 passed, 0 failed, 0 skipped");
    expect(rules).toMatch(/from the cache, fetched .+ before/);
    expect(rules).toContain(running.issuer.kid);
    const called = step("Function orders");
    await called.getByText("Event that it got").click();
    expect(await called.innerText()).toContain('"rawQueryString": "x=1"');
    expect(await called.getByLabel("Log lines").innerText()).toMatch(/order \/orders\/42\n.*"message":"done"/);
    expect(await step("Answer").innerText()).toContain('"path": "/orders/42"');
    expect(await step("Access log").innerText()).toContain('"routeKey":"GET /orders/{id}"');
  });

  test("shows for a rule what it saw and what it wanted", async () => {
    const rule = page.getByRole("listitem").filter({ hasText: "iss is the configured issuer" }).last();
    await rule.locator("summary").click();
    const found = await rule.innerText();
    expect(found.match(/https:\/\/is\.example\.com:9443\/oauth2\/token/g)).toHaveLength(2);
  });

  test("hides the token everywhere, and hands it out when a person asks", async () => {
    await page.getByText("8 headers").click();
    const shown = await page.getByRole("article").innerText();
    expect(shown).toContain("Bearer ‹token hidden›");
    expect(shown).not.toMatch(/eyJ[\w-]+\.[\w-]+/);
    await page.getByRole("button", { name: "Copy token" }).click();
    await expect.poll(() => clipboardOf(page)).toMatch(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  test("leaves as curl and .http with a place for the token, or with the token itself", async () => {
    await page.getByRole("button", { name: "Copy curl" }).click();
    await expect.poll(() => clipboardOf(page)).toContain('-H "authorization: Bearer $TOKEN"');
    await page.getByRole("button", { name: "Copy .http" }).click();
    await expect.poll(() => clipboardOf(page)).toContain("authorization: Bearer {{token}}");
    await page.getByLabel("with the token").check();
    await page.getByRole("button", { name: "Copy curl" }).click();
    await expect.poll(() => clipboardOf(page)).toMatch(/-H 'authorization: Bearer eyJ/);
  });

  test("says in the way of a public route and of no route what API Gateway does", async () => {
    await running.ask("/health", null);
    await row("/health").first().click();
    await page.getByText("API Gateway asks for no token and calls orders.").waitFor();
    await row("/nowhere").click();
    await page.getByText("No route takes this request").waitFor();
  });
});

describe("the connection", () => {
  test("draws only the rows in sight, however many requests there were, and stays usable", async () => {
    const many = await runConsole();
    const { page: full, faults } = await visit(browser, many);
    const token = await many.issuer.mint({ flaw: "expired" });
    const headers = { authorization: `Bearer ${token}` };
    const worker = async () => {
      for (let sent = 0; sent < 1_000; sent += 1) await (await fetch(`${many.apiUrl}/me`, { headers })).arrayBuffer();
    };
    await Promise.all(Array.from({ length: 10 }, worker));
    await full.getByText("10,000 requests").waitFor();
    expect(await full.getByRole("option").count()).toBeLessThan(80);
    // The oldest are still there, drawn when they come into sight.
    await full.getByRole("listbox").evaluate((list) => list.scrollTo(0, list.scrollHeight));
    await full.locator('[role=option][aria-posinset="10000"]').waitFor();
    await full.getByRole("searchbox").fill("nothing has this");
    await full.getByText("No request fits the filter").waitFor();
    await full.getByRole("searchbox").fill("expiry");
    await full.getByRole("option").first().click();
    await full.getByText(/refused by/).waitFor();
    expect(faults).toEqual([]);
    await many.close();
  });

  test("comes back by itself after the gateway was started anew, keeps the list, and says what is gone", async () => {
    const first = await runConsole();
    const { page: kept } = await visit(browser, first);
    await first.ask("/me", {});
    await kept.getByRole("option").filter({ hasText: "/me" }).waitFor();
    const { port } = first.console;
    await first.close();
    await kept.getByText("Reconnecting…").waitFor();
    const second = await runConsole(undefined, { port });
    await kept.getByText("Live", { exact: true }).waitFor();
    await second.ask("/orders", {});
    await kept.getByRole("option").filter({ hasText: "/orders" }).waitFor();
    expect(await kept.getByRole("option").count()).toBe(2);
    await kept.getByRole("option").filter({ hasText: "/me" }).click();
    await kept.getByText("before the gateway started anew: its details are gone").waitFor();
    await second.close();
  });

  test("shows nothing to a page that has no key, and says where the key is", async () => {
    const context = await browser.newContext();
    const stranger = await context.newPage();
    await stranger.goto(`http://127.0.0.1:${running.console.port}/`);
    await stranger.getByRole("heading", { name: "This page has no key" }).waitFor();
    await context.close();
  });

  test("keeps its key out of the address and the token out of storage", async () => {
    expect(page.url()).not.toContain("key=");
    const stored = await page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])");
    expect(stored).not.toContain("eyJ");
    expect(JSON.parse(String(stored))).toMatchObject([
      {},
      { "gatehouse-console-key": expect.any(String) as string },
      "",
    ]);
  });

  test("asked no other host and reported no error, all the way", () => {
    expect(visited.faults).toEqual([]);
  });
});
