import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { type RunningConsole, runConsole } from "../console/running-console.ts";
import { clipboardOf, launch, browserTest as test, type Visit, visit } from "./browser.ts";

let browser: Browser;
let running: RunningConsole;
let page: Page;
let visited: Visit;

const paste = (token: string) => page.getByLabel(/Paste a token/).fill(token);
const claim = (name: string) =>
  page
    .getByLabel("Claims")
    .locator("div")
    .filter({ hasText: new RegExp(`^${name}`) });

beforeAll(async () => {
  browser = await launch();
  running = await runConsole();
  visited = await visit(browser, running);
  ({ page } = visited);
  await visited.view("Token");
});

afterAll(async () => {
  await browser?.close();
  await running?.close();
});

describe("the token inspector", () => {
  test("says at first what it is for", async () => {
    await page.getByText("Nothing to look at yet").waitFor();
  });

  test("shows a pasted token: claims, times in words, the bar of its life, every rule", async () => {
    await paste(`Bearer ${await running.issuer.mint({ ttlSeconds: 7_200 })}`);
    await page.getByText("Every rule passes").waitFor();
    expect(await claim("exp").innerText()).toMatch(/\d{10}\s+\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC, in (2 h|1 h 59 min)/);
    expect(await claim("scope").innerText()).toContain("orders:read orders:write");
    await page.getByRole("img", { name: "0 % of its life is over" }).waitFor();
    await page.getByText(/expires in (2 h|1 h 59 min)/).waitFor();
    await page.getByText("2 h in all").waitFor();
    expect(await page.getByLabel("Header of the token").innerText()).toContain('"alg": "RS256"');
    expect(await page.getByRole("list", { name: "Rules" }).getByRole("listitem").count()).toBe(15);
  });

  test("asks the rules of the route that is chosen", async () => {
    await paste(await running.issuer.mint({ scopes: ["orders:read"] }));
    await page.getByText("Every rule passes").waitFor();
    await page.getByLabel(/^Route/).selectOption({ label: "POST /orders, orders:write" });
    await page.getByRole("heading", { name: "403, refused by scope" }).waitFor();
    await page.getByLabel(/^Route/).selectOption({ label: "GET /orders, orders:read" });
    await page.getByText("Every rule passes").waitFor();
  });

  test("says what API Gateway answers, to the client and in its access log", async () => {
    await paste(await running.issuer.mint({ flaw: "wrong-audience" }));
    await page.getByText("refused by").waitFor();
    const answer = page.locator("details").filter({ hasText: "What API Gateway answers" });
    expect(await answer.innerText()).toMatch(
      /401[^]*Bearer scope="" error="invalid_token" error_description="the token does not have a valid audience"/,
    );
    expect(await answer.innerText()).toContain("invalid_token: the token does not have a valid audience");
  });

  test("marks where the issuer parts from the wanted one", async () => {
    await paste(await running.issuer.mint({ flaw: "wrong-issuer" }));
    await page.getByRole("heading", { name: "401, refused by issuer" }).waitFor();
    expect(await page.locator("mark").allTextContents()).toEqual(["/", "∎"]);
  });

  test("shows a token that is no JWT, and one that is cut, without a fault", async () => {
    await paste(await running.issuer.mint({ flaw: "opaque" }));
    await page.getByText("This is no JSON Web Token").waitFor();
    await page.getByText("Token Issuer: JWT").waitFor();
    await paste("eyJhbGciOiJSUzI1NiJ9.e30");
    await page.getByRole("heading", { name: "401, refused by segments" }).waitFor();
  });

  test("copies a report that holds no signature, and nothing that would pass as a token", async () => {
    const token = await running.issuer.mint({ flaw: "expired" });
    await paste(token);
    await page.getByRole("heading", { name: "401, refused by expiry" }).waitFor();
    await page.getByRole("button", { name: "Copy a report without the signature" }).click();
    await expect.poll(() => clipboardOf(page)).toContain("refused by expiry [DOC]");
    const report = await clipboardOf(page);
    for (const part of token.split(".")) expect(report).not.toContain(part);
    expect(report).toMatch(/^fail {4}3\.\d+ +DOC +/m);
    expect(report).toContain('"aut": "APPLICATION"');
  });

  test("takes the token of a request, hidden", async () => {
    await running.ask("/orders", { flaw: "no-scope" });
    await visited.view("Requests");
    await page.getByRole("option").first().click();
    await page.getByRole("button", { name: "Inspect token" }).click();
    await page.getByText("The token of request 1, hidden.").waitFor();
    await page.getByRole("heading", { name: "403, refused by scope" }).waitFor();
    expect(await page.getByLabel(/^Route/).inputValue()).toBe("0 GET /orders");
    expect(await page.locator("body").innerText()).not.toMatch(/eyJ[\w-]+\.eyJ/);
    await page.getByRole("button", { name: "Paste another" }).click();
    await page.getByText("Nothing to look at yet").waitFor();
  });
});

describe("a hostile token", () => {
  const MARKUP = '<img src=x onerror="document.title=\'owned\'"><script>document.title="owned"</script>';

  test("is text wherever it is shown: in the inspector, the list, a request, its event and its answer", async () => {
    const claims = { [MARKUP]: MARKUP, client_id: MARKUP, sub: MARKUP, ["__proto__"]: MARKUP };
    await paste(await running.issuer.mint({ claims }));
    await claim("client_id").getByText("<img src=x").waitFor();
    await running.ask(`/orders/${encodeURIComponent(MARKUP)}`, { claims }, { "user-agent": MARKUP, "x-own": MARKUP });
    await visited.view("Requests");
    await page.getByRole("option").filter({ hasText: "<img src=x" }).click();
    await page.getByText("9 headers").click();
    await page.getByText("Event that it got").click();
    await page.getByRole("heading", { name: "Access log" }).waitFor();
    expect(await page.locator("img, main script").count()).toBe(0);
    expect(await page.title()).toBe("Requests · Gatehouse console");
  });

  test("changes nothing by a rule's evidence: a hostile iss, aud, kid and scope", async () => {
    await visited.view("Token");
    for (const name of ["iss", "aud", "scope", "exp", "nbf"]) {
      await paste(await running.issuer.mint({ claims: { [name]: MARKUP } }));
      await claim(name).getByText("<img src=x").waitFor();
    }
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.title()).toBe("Token · Gatehouse console");
  });

  test("is shown at its bounds: times that no calendar knows, and claims nested as deep as a token may nest them", async () => {
    let deep: unknown = "end";
    for (let depth = 0; depth < 90; depth += 1) deep = [deep];
    await paste(await running.issuer.mint({ claims: { exp: 1e300, iat: -1e300, deep, long: "x".repeat(5_000) } }));
    await claim("exp").getByText("1e+300").waitFor();
    expect(await claim("long").innerText()).toMatch(/x{1000}…$/);
  });

  test("made the page ask nobody and report no error", () => {
    expect(visited.faults).toEqual([]);
  });
});
