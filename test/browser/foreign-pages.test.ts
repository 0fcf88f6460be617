import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { KEY, type RunningConsole, runConsole } from "../console/running-console.ts";
import { launch, browserTest as test } from "./browser.ts";

// Other sites in the same browser: what they can make it send to the console, and what they get to read.

let browser: Browser;
let running: RunningConsole;
let elsewhere: string;
const server = createServer((_, response) => {
  response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>elsewhere</title>");
});

beforeAll(async () => {
  // A name that leads to this machine, as a rebound one does.
  browser = await launch("--host-resolver-rules=MAP rebound.example 127.0.0.1");
  running = await runConsole();
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  elsewhere = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});

afterAll(async () => {
  await browser?.close();
  await running?.close();
  server.close();
  server.closeAllConnections();
});

describe("another site", () => {
  test("that was rebound to this machine gets no page, no script and no call", async () => {
    const page = await browser.newPage();
    for (const path of ["", "main.js", "api/events", "nothing"]) {
      const response = await page.goto(`http://rebound.example:${running.console.port}/${path}`);
      expect(response?.status(), path).toBe(403);
      expect(await response?.text()).toContain("the Host header names another host");
    }
    await page.close();
  });

  test("cannot make a token, even with the key in its hands", async () => {
    const page = await browser.newPage();
    await page.goto(elsewhere);
    const origin = `http://127.0.0.1:${running.console.port}`;
    const statuses: number[] = [];
    page.on("response", (response) => statuses.push(response.status()));
    const order = JSON.stringify({ issuer: running.issuer.issuer, scopes: [], claims: {}, flaw: null, ttlSeconds: 60 });
    const outcomes = await page.evaluate(
      async ([to, body, key]) => {
        const ask = async (init: RequestInit) => {
          try {
            const response = await fetch(`${to}/api/mint`, { method: "POST", body: body ?? "", ...init });
            return `${response.type} ${response.status}`;
          } catch {
            return "no answer";
          }
        };
        return [
          await ask({ mode: "no-cors" }),
          await ask({ headers: { "content-type": "application/json", authorization: `Bearer ${key}` } }),
          await ask({ headers: { "content-type": "text/plain" } }),
        ];
      },
      [origin, order, KEY] as const,
    );
    // The first is sent and refused, and its answer nobody may read; the others are not even sent.
    expect(outcomes).toEqual(["no answer", "no answer", "no answer"]);
    expect(statuses.filter((status) => status !== 403)).toEqual([]);
    statuses.length = 0;
    await page.evaluate(
      ([to]) => {
        const form = document.createElement("form");
        form.method = "post";
        form.enctype = "text/plain";
        form.action = `${to}/api/mint`;
        document.body.append(form);
        form.submit();
      },
      [origin] as const,
    );
    await expect.poll(() => statuses).toEqual([403]);
    await page.close();
  });

  test("cannot put the console into a frame, or its script into a page", async () => {
    const page = await browser.newPage();
    await page.goto(elsewhere);
    const seen = await page.evaluate(async (to) => {
      const frame = document.createElement("iframe");
      frame.src = to;
      document.body.append(frame);
      await new Promise((done) => frame.addEventListener("load", done, { once: true }));
      const script = document.createElement("script");
      script.type = "module";
      script.src = `${to}main.js`;
      const loaded = new Promise((done) => {
        script.addEventListener("load", () => done("loaded"));
        script.addEventListener("error", () => done("refused"));
      });
      document.body.append(script);
      return loaded;
    }, `http://127.0.0.1:${running.console.port}/`);
    expect(seen).toBe("refused");
    const [, frame] = page.frames();
    expect(frame?.url()).toMatch(/^chrome-error:/);
    await page.close();
  });
});
