import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect } from "vitest";
import type { FlawName } from "../../lib/tokens/flaws.ts";
import { type RunningConsole, runConsole } from "../console/running-console.ts";
import { ARTEFACTS, launch, browserTest as test, type Visit, visit } from "./browser.ts";

// What the console is for: a request is refused, and the page alone says why and what to change in WSO2.

interface Refusal {
  readonly flaw: FlawName;
  readonly status: number;
  readonly rule: string;
  /** What the page says of the cause. */
  readonly cause: RegExp;
  readonly remedy: RegExp;
  /** Where to change it in WSO2 7.x and in 5.x. */
  readonly places: readonly RegExp[];
}

const REFUSALS: readonly Refusal[] = [
  {
    flaw: "expired",
    status: 401,
    rule: "expiry",
    cause: /exp is \d+ \(\d{4}-.+Z\), which must be later than/,
    remedy: /get a fresh token/,
    places: [/Protocol → Access token → .*expiry time/, /Application Access Token Expiry Time/],
  },
  {
    flaw: "wrong-audience",
    status: 401,
    rule: "audience",
    cause: /the token is for "anotherApplication00000", the authorizer takes "ordersWeb00000000001"/,
    remedy: /add the application's client id to the environment's audience/,
    places: [
      /Protocol → Client ID: put it into the authorizer's audience/,
      /OAuth Client Key into the authorizer's audience/,
    ],
  },
  {
    flaw: "no-scope",
    status: 403,
    rule: "scope",
    cause: /the token holds nothing, the route asks for one of "orders:read"/,
    remedy: /authorise the application for it/,
    places: [/API Authorization → authorise it with that scope/, /ask for it with scope=/],
  },
  {
    flaw: "unknown-kid",
    status: 401,
    rule: "key",
    cause: /the issuer's JWKS has no such key; it lists "/,
    remedy: /it comes from another issuer or tenant, or its key was taken out of the JWKS/,
    places: [/compare the tenant in the token's iss/, /add_previous_version_kid = true/],
  },
  {
    flaw: "wrong-issuer",
    status: 401,
    rule: "issuer",
    cause: /they differ by a trailing slash/,
    remedy: /exactly what the token's iss says/,
    places: [/deployment\.toml: \[server\] hostname/, /Identity Provider Entity ID/],
  },
];

let browser: Browser;
let running: RunningConsole;
let page: Page;
let visited: Visit;

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

describe("the page alone says why a token was refused and what to change in WSO2", () => {
  for (const { flaw, status, rule, cause, remedy, places } of REFUSALS)
    test(`${flaw}: the rule ${rule}`, async () => {
      expect(await running.ask("/orders", { flaw })).toBe(status);
      await page.getByRole("option").filter({ hasText: rule }).first().click();
      await page.getByRole("heading", { name: `${status}, refused by ${rule}` }).waitFor();
      const outcome = page.getByRole("article").locator(".outcome");
      expect(await outcome.locator("dt").allTextContents()).toEqual(["Cause", "Remedy", "In WSO2"]);
      const [why = "", what = "", where = ""] = await outcome.locator(".advice > div > dd").allTextContents();
      expect(why).toMatch(cause);
      expect(what).toMatch(remedy);
      for (const place of places) expect(where).toMatch(place);
      // How sure we are that AWS does the same, and the one rule that decided.
      expect(await outcome.locator(".confidence").innerText()).toMatch(/^(DOC|OBS1?\+?|INF|UNK) \w/);
      expect(await page.getByText("decides").count()).toBe(1);
      await page.screenshot({ path: `${ARTEFACTS}/refused-${flaw}.png` });
    });

  test("a request without a token says how to send one, and sends nobody to WSO2", async () => {
    await running.ask("/orders", null);
    await page.getByRole("option").filter({ hasText: "identity-source" }).click();
    await page.getByText("send 'Authorization: Bearer <token>'").waitFor();
    expect(await page.getByText("In WSO2").count()).toBe(0);
  });

  test("several things wrong are all said, the one that decided first", async () => {
    await running.ask("/orders", {
      flaw: "expired",
      claims: { aud: "elsewhere", iss: "https://elsewhere.example.com" },
    });
    await page.getByText("7 requests").waitFor();
    await page.getByRole("option").first().click();
    await page.getByRole("heading", { name: "401, refused by expiry" }).waitFor();
    const failed = page.getByRole("list", { name: "Rules" }).locator("li.fail");
    expect(await failed.count()).toBe(3);
    expect(await failed.nth(2).innerText()).toContain('the token is for "elsewhere"');
  });
});
