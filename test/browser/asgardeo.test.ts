import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import axe from "axe-core";
import { build } from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { type Started, Terminal } from "../cli/run-cli.ts";
import { ARTEFACTS, launch, browserTest as test } from "./browser.ts";

// WSO2's own SDK for browsers, @asgardeo/auth-spa, signs a person in at `local --local-issuer` and calls the API.

let browser: Browser;
let running: Started;
let ready: { readonly apiUrl: string; readonly issuer: string; readonly clients: readonly { clientId: string }[] };
let application: string;
const PAGE = `<!doctype html><html lang="en"><title>Application</title><link rel="icon" href="data:,">
<button name="in">Sign in</button> <button name="refresh">Refresh</button> <button name="out">Sign out</button>
<output></output><script type="module" src="/page.js"></script>`;
let script = "";
const server = createServer((request, response) => {
  const [path] = (request.url ?? "").split("?");
  const answers: Record<string, readonly [type: string, body: string]> = {
    "/": ["text/html", PAGE],
    "/page.js": ["text/javascript", script],
    "/config.json": [
      "application/json",
      JSON.stringify({
        clientID: ready.clients[0]?.clientId,
        baseUrl: new URL(ready.issuer).origin,
        scope: ["openid", "profile", "orders:read"],
        storage: "sessionStorage",
      }),
    ],
  };
  const [type, body] = answers[path ?? ""] ?? ["text/plain", ""];
  response.writeHead(200, { "content-type": type }).end(body);
});

beforeAll(async () => {
  running = new Terminal().start(
    "local --port 0 --local-issuer --issuer-port 0 --no-console --no-watch --json".split(" "),
  );
  const bundled = build({
    entryPoints: [join(import.meta.dirname, "asgardeo-page.ts")],
    bundle: true,
    write: false,
    format: "esm",
    platform: "browser",
    define: { global: "globalThis" },
    logLevel: "error",
  });
  const listening = new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const [[line], { outputFiles }] = await Promise.all([running.saidUntil(/^\{.*\}$/m), bundled, listening]);
  ready = JSON.parse(line) as typeof ready;
  script = outputFiles[0]?.text ?? "";
  application = `http://localhost:${(server.address() as AddressInfo).port}`;
  browser = await launch();
});

afterAll(async () => {
  await browser?.close();
  await running?.stop();
  server.close();
  server.closeAllConnections();
});

const api = async (token: string | undefined) =>
  (await fetch(`${ready.apiUrl}/orders`, { headers: { authorization: `Bearer ${token}` } })).status;

const outputOf = async (page: Page, pattern: RegExp) => {
  const output = page.locator("output").filter({ hasText: pattern });
  await output.waitFor();
  return pattern.exec((await output.textContent()) ?? "")?.[1];
};

async function opened(options: Parameters<Browser["newPage"]>[0] = {}) {
  const page = await browser.newPage(options);
  page.setDefaultTimeout(10_000);
  const faults: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") faults.push(message.text());
  });
  page.on("pageerror", (error) => faults.push(error.message));
  await page.goto(application);
  await outputOf(page, /^signed out$/);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Sign in to ordersWebDev00000001" }).waitFor();
  return { page, faults };
}

describe("an application with WSO2's SDK", () => {
  test("signs in, calls the API, refreshes, signs out, and then has to sign in again", async () => {
    const { page, faults } = await opened();
    await page.getByLabel("Username").fill("alice");
    await page.getByLabel("Password").fill("alice");
    await page.getByRole("button", { name: "Sign in" }).click();
    const first = await outputOf(page, /^alice has (\S+)$/);
    expect(await api(first)).toBe(200);
    await page.getByRole("button", { name: "Refresh" }).click();
    const second = await outputOf(page, /^refreshed (\S+)$/);
    expect(second).not.toBe(first);
    expect(await api(second)).toBe(200);
    await page.getByRole("button", { name: "Sign out" }).click();
    await outputOf(page, /^signed out$/);
    await page.getByRole("button", { name: "Sign in" }).click();
    await page.getByLabel("Password").waitFor();
    expect(faults).toEqual([]);
    await page.close();
  });

  test("gets a token without the scope for a person who may not have it, and the API answers 403", async () => {
    const { page } = await opened();
    await page.getByLabel("Username").fill("bob");
    await page.getByLabel("Password").fill("bob");
    await page.keyboard.press("Enter");
    expect(await api(await outputOf(page, /^bob has (\S+)$/))).toBe(403);
    await page.close();
  });
});

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

describe.each(["light", "dark"] as const)("the sign-in page, %s", (colorScheme) => {
  test.each([360, 1440])(
    "at %d pixels fits, is free of axe's findings, and keeps them after a wrong password",
    async (width) => {
      const { page } = await opened({ colorScheme, viewport: { width, height: 740 } });
      for (const state of ["first", "refused"]) {
        await page.evaluate(axe.source);
        const found = await page.evaluate<axe.AxeResults>(`axe.run(document, { runOnly: ${JSON.stringify(TAGS)} })`);
        expect(found.violations.map(({ id }) => id)).toEqual([]);
        const { scrollWidth, clientWidth } = await page.evaluate(() => document.documentElement);
        expect(scrollWidth).toBe(clientWidth);
        await page.screenshot({ path: `${ARTEFACTS}/sign-in-${state}-${width}-${colorScheme}.png` });
        if (state === "refused") break;
        await page.getByLabel("Username").fill("alice");
        await page.getByLabel("Password").fill("guess");
        await page.getByRole("button", { name: "Sign in" }).click();
        await page.getByRole("alert").waitFor();
      }
      await page.close();
    },
  );
});
