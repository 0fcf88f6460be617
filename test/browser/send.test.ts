import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { ORDERS_API, REPORTS_API, type RunningConsole, runConsole } from "../console/running-console.ts";
import { clipboardOf, launch, browserTest as test, type Visit, visit } from "./browser.ts";

const run = promisify(execFile);

let browser: Browser;
let running: RunningConsole;
let page: Page;
let visited: Visit;

const send = async () => {
  const answered = page.waitForResponse((response) => response.url().endsWith("/api/request"));
  await page.getByRole("button", { name: "Send", exact: true }).click();
  await answered;
};
const here = () => page.locator(".beside > section").first();
const aws = () => page.locator(".beside > section").last();

beforeAll(async () => {
  browser = await launch();
  running = await runConsole([ORDERS_API, REPORTS_API]);
  visited = await visit(browser, running);
  ({ page } = visited);
  await visited.view("Send");
});

afterAll(async () => {
  await browser?.close();
  await running?.close();
});

describe("mint and send", () => {
  test("begins with the first route that asks for a token, and a good one", async () => {
    await expect.poll(() => page.getByLabel("Path and query").inputValue()).toBe("/me");
    await send();
    await here().getByText("200").waitFor();
    expect(await here().innerText()).toContain('"client_id": "ordersWeb00000000001"');
    expect(await aws().innerText()).toMatch(/Calls orders and hands on its answer\.\s*(DOC|OBS\+|OBS1|INF)/);
    await page.getByRole("heading", { name: "The way it took" }).waitFor();
    await page.getByText("Every rule passes").waitFor();
  });

  test("sends a token with a flaw: the answer here is what API Gateway answers", async () => {
    await page.getByRole("button", { name: "Flawed" }).click();
    await page.getByLabel("Flaw").selectOption("wrong-audience");
    await send();
    for (const side of [here(), aws()]) {
      await side.getByText("401").waitFor();
      expect(await side.innerText()).toContain('error_description="the token does not have a valid audience"');
      expect(await side.innerText()).toContain('"message": "Unauthorized"');
    }
    await page.getByRole("heading", { name: "401, refused by audience" }).waitFor();
  });

  test("sends the scopes, the claims and the life that are chosen", async () => {
    await page.getByRole("button", { name: "Good" }).click();
    await page.getByText("Scopes, claims, life").click();
    await page.getByRole("checkbox", { name: "orders:write" }).uncheck();
    await page.getByRole("textbox", { name: /^Claims/ }).fill('{"groups": ["admins", "users"], "sub": null}');
    await page.getByLabel(/^Life/).fill("90");
    await send();
    const { claims } = JSON.parse(await here().getByLabel("Body of the answer").innerText()) as {
      claims: Record<string, string>;
    };
    expect(claims).toMatchObject({ scope: "orders:read", groups: "[admins users]" });
    expect(claims).not.toHaveProperty("sub");
    expect(Number(claims.exp) - Number(claims.iat)).toBe(90);
    await page.getByLabel(/^Route/).selectOption({ label: "POST /orders, orders:write" });
    await send();
    await page.getByRole("heading", { name: "403, refused by scope" }).waitFor();
    await page.getByRole("checkbox", { name: "orders:write" }).check();
  });

  test("says what is wrong with the form, and sends nothing", async () => {
    await page.getByRole("textbox", { name: /^Claims/ }).fill("[1]");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.getByRole("alert").getByText("Claims are a JSON object").waitFor();
    await page.getByRole("textbox", { name: /^Claims/ }).fill("");
    await page.getByText("Headers and body").click();
    await page.getByRole("textbox", { name: /^Headers/ }).fill("no colon here");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.getByRole("alert").getByText("A header is NAME: VALUE, not no colon here").waitFor();
    await page.getByRole("textbox", { name: /^Headers/ }).fill("");
    await page.getByLabel("Path and query").fill("/a path");
    await page.getByRole("button", { name: "Send", exact: true }).click();
    await page.getByRole("alert").getByText("encode others as %20").waitFor();
  });
});

describe("the explorer", () => {
  test("sends any request: method, path, headers, body; with a pasted token, masked", async () => {
    await page.getByLabel("Method").selectOption("POST");
    await page.getByLabel("Path and query").fill("/orders?dry=1");
    await page.getByRole("textbox", { name: /^Headers/ }).fill("content-type: application/json\nx-trace: abc");
    await page.getByLabel("Body", { exact: true }).fill('{"item":"tea"}');
    await page.getByRole("button", { name: "Pasted" }).click();
    await page.getByLabel(/Pasted token/).fill(await running.issuer.mint());
    expect(await page.getByLabel(/Pasted token/).getAttribute("type")).toBe("password");
    await send();
    expect(await here().innerText()).toContain(String.raw`"body": "{\"item\":\"tea\"}"`);
    await page.getByText("Event that it got").click();
    expect(await page.getByLabel("Event", { exact: true }).innerText()).toContain('"x-trace": "abc"');
  });

  test("leaves as a curl command that works", async () => {
    await page.getByLabel("with the token").check();
    await page.getByRole("button", { name: "Copy curl" }).click();
    await expect.poll(() => clipboardOf(page)).toContain("-H 'authorization: Bearer eyJ");
    const { stdout } = await run("bash", ["-c", (await clipboardOf(page)).replace("curl -i", "curl -s")]);
    expect(JSON.parse(stdout)).toMatchObject({ path: "/orders", body: '{"item":"tea"}' });
    await page.getByLabel("with the token").uncheck();
    await page.getByRole("button", { name: "Copy curl" }).click();
    await expect.poll(() => clipboardOf(page)).toContain("$TOKEN");
    const env = { ...process.env, TOKEN: await running.issuer.mint() };
    const again = await run("bash", ["-c", (await clipboardOf(page)).replace("curl -i", "curl -s")], { env });
    expect(JSON.parse(again.stdout)).toMatchObject({ body: '{"item":"tea"}' });
  });

  test("leaves as an .http file and as a HAR archive, without the token unless it is asked for", async () => {
    await page.getByRole("button", { name: "Copy .http" }).click();
    await expect
      .poll(() => clipboardOf(page))
      .toMatch(/^@token = paste a token\n\nPOST http:\/\/127\.0\.0\.1:\d+\/orders\?dry=1\n/);
    expect(await clipboardOf(page)).toContain("Bearer {{token}}\n");
    const saving = page.waitForEvent("download");
    await page.getByRole("button", { name: "Save HAR" }).click();
    const file = await (await saving).path();
    const { log } = JSON.parse(await readFile(file, "utf8")) as { log: { version: string; entries: object[] } };
    expect(log.version).toBe("1.2");
    expect(log.entries).toMatchObject([
      {
        request: { method: "POST", queryString: [{ name: "dry", value: "1" }], postData: { text: '{"item":"tea"}' } },
        response: { status: 200, content: { mimeType: "application/json" } },
      },
    ]);
    expect(JSON.stringify(log)).not.toMatch(/eyJ[\w-]+\.eyJ/);
  });

  test("asks without a token, on a public route and where no route is", async () => {
    await page.getByRole("button", { name: "None" }).click();
    await page.getByLabel(/^Route/).selectOption({ label: "GET /health, public" });
    await send();
    await page.getByText("API Gateway asks for no token and calls orders.").waitFor();
    await page.getByLabel("Path and query").fill("/nowhere");
    await send();
    for (const side of [here(), aws()]) expect(await side.innerText()).toMatch(/404[^]*"Not Found"/);
  });

  test("knows every API, and puts the token where its authorizer looks for it", async () => {
    await page.getByRole("button", { name: "Good" }).click();
    await page.getByLabel(/^Route/).selectOption({ label: "GET /reports" });
    await send();
    await here().getByText("200").waitFor();
    await page.getByRole("article").or(page.locator("main")).getByText("Every rule passes").waitFor();
    expect(await page.locator("main").innerText()).not.toMatch(/eyJ[\w-]+\.eyJ/);
    await page.getByRole("button", { name: "Copy curl" }).click();
    await expect.poll(() => clipboardOf(page)).toContain("/reports?access_token=$TOKEN");
  });

  test("sends a request of the list again, with its own token", async () => {
    await running.ask("/orders/9?x=y", { flaw: "expired" });
    await visited.view("Requests");
    await page.getByRole("option").filter({ hasText: "/orders/9" }).click();
    await page.getByRole("button", { name: "Send again" }).click();
    expect(await page.getByLabel("Path and query").inputValue()).toBe("/orders/9?x=y");
    await send();
    await page.getByRole("heading", { name: "401, refused by expiry" }).waitFor();
  });

  test("asked no other host and reported no error", () => {
    // A 4xx of the console's own calls is a line of the browser's own.
    expect(visited.faults.filter((fault) => !fault.includes("status of 400"))).toEqual([]);
  });
});
