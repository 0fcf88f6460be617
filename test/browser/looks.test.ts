import axe from "axe-core";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { ORDERS_API, REPORTS_API, type RunningConsole, runConsole } from "../console/running-console.ts";
import { ARTEFACTS, launch, NARROW, browserTest as test, visit, WIDE } from "./browser.ts";

// WCAG 2.2 AA by axe in every view, light and dark, narrow and wide; and a screenshot of each for a person to look at.

let browser: Browser;
let running: RunningConsole;

beforeAll(async () => {
  browser = await launch();
  running = await runConsole([ORDERS_API, REPORTS_API]);
});

afterAll(async () => {
  await browser?.close();
  await running?.close();
});

const TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found = await page.evaluate<axe.AxeResults>(`axe.run(document, { runOnly: ${JSON.stringify(TAGS)} })`);
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ target }) => target.join(" ")).join(", ")}`);
}

/** What a person cannot see without scrolling sideways. */
const sideways = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);

const WIDTHS = { wide: WIDE, narrow: NARROW } as const;

for (const [width, look] of Object.entries(WIDTHS))
  for (const scheme of ["light", "dark"] as const)
    describe(`${look.width} pixels, ${scheme}`, () => {
      test("every view is free of axe's findings, and fits", async () => {
        const { page, view, faults, close } = await visit(browser, running, { ...look, scheme });
        const check = async (name: string) => {
          expect(await violations(page), name).toEqual([]);
          expect(await sideways(page), name).toBe(0);
          await page.screenshot({ path: `${ARTEFACTS}/${name}-${width}-${scheme}.png` });
        };
        await running.ask("/health", null);
        await running.ask("/orders/42", {});
        await running.ask("/orders", { flaw: "wrong-audience" });
        await page.getByRole("option").nth(2).waitFor();
        await check("requests");
        await page.getByRole("option").first().click();
        await page.getByRole("heading", { name: "Access log" }).waitFor();
        await page.getByText("8 headers").click();
        await check("request");
        await page.getByRole("button", { name: "Inspect token" }).click();
        await page.getByRole("list", { name: "Rules" }).waitFor();
        await check("token");
        await view("Send");
        await page.getByText("Nothing sent yet").waitFor();
        await page.getByText("Scopes, claims, life").click();
        await page.getByText("Headers and body").click();
        await check("send-empty");
        await page.getByRole("button", { name: "Send", exact: true }).click();
        await page.getByRole("heading", { name: "Access log" }).waitFor();
        await check("send");
        await view("Routes");
        await check("routes");
        await view("Issuer");
        await page.getByRole("rowheader", { name: running.issuer.kid }).waitFor();
        await page.getByText(/^Discovery/).click();
        await check("issuer");
        await page.getByRole("button", { name: "Keyboard shortcuts" }).click();
        await page.getByRole("dialog").waitFor();
        await check("shortcuts");
        expect(faults).toEqual([]);
        await close();
      });

      test("so are the empty list and the page without a key", async () => {
        const empty = await runConsole();
        const { page, close } = await visit(browser, empty, { ...look, scheme });
        await page.getByText("No request yet").waitFor();
        expect(await violations(page)).toEqual([]);
        expect(await sideways(page)).toBe(0);
        await page.screenshot({ path: `${ARTEFACTS}/empty-${width}-${scheme}.png` });
        await page.evaluate("sessionStorage.clear()");
        await page.reload();
        await page.getByText("This page has no key").waitFor();
        expect(await violations(page)).toEqual([]);
        await close();
        await empty.close();
      });
    });

test("text can be twice as large and everything still fits", async () => {
  // 200 % of 1,440 pixels is 720; 400 % of 1,280 is 320 (WCAG 1.4.10).
  const { page, view, close } = await visit(browser, running, { width: 320, height: 640, scheme: "light" });
  for (const name of ["Requests", "Token", "Send", "Routes", "Issuer"]) {
    await view(name);
    expect(await sideways(page), name).toBe(0);
  }
  await close();
});

test("an axe that finds nothing would be noticed: a page with a fault has one", async () => {
  const { page, close } = await visit(browser, running);
  await page.evaluate(() => document.querySelector("#filter")?.removeAttribute("aria-label"));
  await page.evaluate(() => document.querySelector("#filter")?.removeAttribute("placeholder"));
  expect((await violations(page)).join()).toContain("label");
  await close();
});
