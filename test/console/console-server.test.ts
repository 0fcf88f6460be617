import { request as httpRequest } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KEY, type RunningConsole, runConsole } from "./running-console.ts";

// The console's server from outside, by raw requests: what a browser could be made to send, and what no browser would.

let running: RunningConsole;

beforeAll(async () => {
  running = await runConsole();
});

afterAll(() => running.close());

interface Asked {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: readonly string[];
  readonly body?: string;
}

interface Answered {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

/** Headers are names and values by turns: two of one name are two. */
const ask = ({ method = "GET", path = "/", headers = [], body }: Asked) =>
  new Promise<Answered>((resolve, reject) => {
    const { port } = running.console;
    const host = headers.some((name) => name.toLowerCase() === "host") ? [] : ["host", `127.0.0.1:${port}`];
    const length = body === undefined ? [] : ["content-length", String(Buffer.byteLength(body))];
    const asked = httpRequest(
      { port, method, path, headers: [...host, ...headers, ...length], setHost: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    asked.on("error", reject);
    asked.end(body);
  });

const own = () => ["origin", `http://127.0.0.1:${running.console.port}`, "sec-fetch-site", "same-origin"];
const keyed = ["authorization", `Bearer ${KEY}`];
const json = ["content-type", "application/json"];
const MINT = { method: "POST", path: "/api/mint" } as const;
const order = () =>
  JSON.stringify({ issuer: running.issuer.issuer, scopes: [], claims: {}, flaw: null, ttlSeconds: 60 });
const call = (path: string, body: unknown) =>
  ask({ method: "POST", path: `/api/${path}`, headers: [...keyed, ...json, ...own()], body: JSON.stringify(body) });

describe("who may ask", () => {
  const HOSTS = [
    "evil.example",
    "127.0.0.1.evil.example",
    "localhost.evil.example:80",
    "127.0.0.2",
    "[::2]",
    "0.0.0.0",
    "",
  ];
  test.each(HOSTS)("a Host of %j gets 403, on every path", async (host) => {
    for (const path of ["/", "/main.js", "/icon.svg", "/api/events", "/api/mint", "/nothing"])
      expect((await ask({ path, headers: ["host", host, ...keyed] })).status, path).toBe(403);
  });

  test("two Host headers get 403, though both are loopback's", async () => {
    const host = `127.0.0.1:${running.console.port}`;
    expect((await ask({ headers: ["host", host, "host", host] })).status).toBe(403);
  });

  test.each(["localhost", "[::1]", "127.0.0.1"])("%s is this machine", async (name) => {
    expect((await ask({ headers: ["host", `${name}:${running.console.port}`] })).status).toBe(200);
  });

  test("a call of the page makes a token", async () => {
    const { status, text } = await ask({ ...MINT, headers: [...keyed, ...json, ...own()], body: order() });
    expect([status, JSON.parse(text)]).toEqual([200, { token: expect.stringMatching(/^eyJ/) as string }]);
  });

  const WRONG: readonly (readonly [why: string, headers: () => readonly string[], status: number])[] = [
    ["no key", () => [...json, ...own()], 403],
    ["another key", () => ["authorization", "Bearer BAAAAAAAAAAAAAAAAAAAAA", ...json, ...own()], 403],
    ["the key with a letter more", () => ["authorization", `Bearer ${KEY}A`, ...json, ...own()], 403],
    ["another origin", () => [...keyed, ...json, "origin", "http://evil.example"], 403],
    [
      "another port's origin",
      () => [...keyed, ...json, "origin", "http://127.0.0.1:1", "sec-fetch-site", "same-site"],
      403,
    ],
    ["no origin at all", () => [...keyed, ...json], 403],
    ["an origin of null", () => [...keyed, ...json, "origin", "null"], 403],
    ["another site", () => [...keyed, ...json, "sec-fetch-site", "cross-site"], 403],
    ["a form's content type", () => [...keyed, ...own(), "content-type", "text/plain"], 415],
    ["no content type", () => [...keyed, ...own()], 415],
  ];
  test.each(WRONG)("a POST with %s makes none", async (_, headers, status) => {
    const answered = await ask({ ...MINT, headers: headers(), body: order() });
    expect([answered.status, answered.text.includes("eyJ")]).toEqual([status, false]);
  });

  test("a GET changes nothing, and other methods are not answered", async () => {
    expect((await ask({ path: "/api/mint", headers: keyed })).status).toBe(404);
    for (const method of ["PUT", "DELETE", "PATCH", "OPTIONS"])
      expect((await ask({ ...MINT, method, headers: [...keyed, ...json, ...own()] })).status).toBe(405);
    expect((await ask({ method: "POST", path: "/" })).status).toBe(405);
  });

  test("no answer lets another origin read it", async () => {
    for (const path of ["/", "/api/mint"]) {
      const { headers } = await ask({ path, headers: ["origin", "http://evil.example"] });
      expect(Object.keys(headers).filter((name) => name.startsWith("access-control"))).toEqual([]);
      expect(headers["cross-origin-resource-policy"]).toBe("same-origin");
    }
  });
});

describe("what is served", () => {
  test("four files from memory, each with a policy that takes no inline script and nothing from elsewhere", async () => {
    for (const path of ["/", "/main.js", "/main.css", "/icon.svg"]) {
      const { status, headers } = await ask({ path });
      expect([path, status]).toEqual([path, 200]);
      expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; script-src 'self'; style-src 'self';/);
      expect(headers["content-security-policy"]).toContain("frame-ancestors 'none'");
      expect(headers["content-security-policy"]).not.toContain("unsafe");
      expect(headers).toMatchObject({ "x-content-type-options": "nosniff", "referrer-policy": "no-referrer" });
    }
    expect((await ask({ path: "/" })).text).not.toMatch(/<script(?! type="module" src="\/main\.js"><)|style=|\son\w+=/);
  });

  test("under 60 kB of script", async () => {
    expect(Buffer.byteLength((await ask({ path: "/main.js" })).text)).toBeLessThan(60_000);
  });

  test.each([
    "/../package.json",
    "/..%2fpackage.json",
    "//etc/passwd",
    "/main.js/",
    "/main.js%00",
    "/%2e%2e/",
    "/main.ts",
  ])("no other path reaches a file: %s", async (path) => {
    expect((await ask({ path })).status).toBe(404);
  });
});

describe("what a call may ask", () => {
  test("bodies that are no JSON object, or larger than 2 MiB, are refused", async () => {
    const headers = [...keyed, ...json, ...own()];
    for (const body of ["", "[]", "null", "{", "1"])
      expect((await ask({ ...MINT, headers, body })).status, body).toBe(400);
    expect((await call("mint", { long: "x".repeat(2_100_000) })).status).toBe(400);
  });

  test("a token is made for an issuer that the APIs name, with a flaw that there is", async () => {
    const good = JSON.parse(order()) as Record<string, unknown>;
    for (const [wrong, status] of [
      [{ issuer: "https://elsewhere.example.com" }, 404],
      [{ flaw: "none-such" }, 400],
      [{ flaw: "toString" }, 400],
      [{ scopes: "orders:read" }, 400],
      [{ claims: [] }, 400],
      [{ ttlSeconds: 1e300 }, 400],
      [{ ttlSeconds: "60" }, 400],
    ] as const)
      expect((await call("mint", { ...good, ...wrong })).status, JSON.stringify(wrong)).toBe(status);
  });

  test("a request goes to an API that runs here, and nowhere else", async () => {
    const sent = { api: 0, method: "GET", path: "/health", headers: [], body: "" };
    expect(JSON.parse((await call("send", sent)).text)).toMatchObject({ status: 200, expectation: { kind: "public" } });
    for (const wrong of [
      { path: "http://evil.example/" },
      { path: "//evil.example" },
      { path: "/a b" },
      { path: "/a\r\nhost: evil" },
      { path: "health" },
      { method: "GET /x HTTP/1.1\r\n" },
      { headers: [["a b", "c"]] },
      { headers: [["a", "b\r\nc: d"]] },
      { headers: [["a"]] },
      { headers: { a: "b" } },
      { api: 1 },
      { api: -1 },
      { api: "0" },
    ]) {
      const { status, text } = await call("send", { ...sent, ...wrong });
      // A path that begins with two slashes is a path: it stays with the API.
      if (wrong.path === "//evil.example") expect(JSON.parse(text)).toMatchObject({ status: 404 });
      else expect([400, 404], JSON.stringify(wrong)).toContain(status);
    }
  });

  test("a host and a length of its own are not sent", async () => {
    const headers = [
      ["host", "evil.example"],
      ["content-length", "5"],
      ["transfer-encoding", "chunked"],
    ];
    const { text } = await call("send", { api: 0, method: "GET", path: "/health", headers, body: "" });
    expect(JSON.parse(text)).toMatchObject({ status: 200 });
  });

  test("a request that is not kept any more is not found", async () => {
    for (const path of ["request", "request/token"]) {
      expect((await call(path, { seq: 1e9 })).status).toBe(404);
      expect((await call(path, { seq: "1" })).status).toBe(400);
    }
  });
});

describe("the event stream", () => {
  test("begins with what runs and the last requests, and goes on with each new one; no token is in it", async () => {
    await running.ask("/me", {});
    const events = await fetch(`http://127.0.0.1:${running.console.port}/api/events`, {
      headers: { authorization: `Bearer ${KEY}` },
    });
    const reader = events.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = "";
    const until = async (pattern: RegExp) => {
      while (!pattern.test(text)) text += (await reader?.read())?.value ?? "";
    };
    await until(/"kind":"requests"[^\n]*"path":"\/me"/);
    expect(text).toMatch(/^data: {"kind":"overview"/);
    await running.ask("/orders", { flaw: "expired" });
    await until(/"path":"\/orders"[^\n]*"rule":"expiry"/);
    expect(text).not.toMatch(/eyJ/);
    await reader?.cancel();
  });

  test("takes sixteen pages at most", async () => {
    const stop = new AbortController();
    const open = () =>
      fetch(`http://127.0.0.1:${running.console.port}/api/events`, {
        headers: { authorization: `Bearer ${KEY}` },
        signal: stop.signal,
      });
    const statuses = (await Promise.all(Array.from({ length: 17 }, open))).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(16);
    expect(statuses.filter((status) => status === 409)).toHaveLength(1);
    stop.abort();
  });
});
