import { connect } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RouteModel } from "../../lib/assembly/model.ts";
import { CONFIGURATION, findIn, HEADER, NOW, tokenOf } from "../rules/token-maker.ts";
import { bodyOf, rawExchange, statusesOf } from "./raw-socket.ts";
import { apiOf, type Served, serve } from "./served.ts";

// What a client may send that no client should, each with one fixed answer on Node 20 and 24 (security.md
// 1.3 and 5; `npm run test:node24`). The statuses of malformed HTTP are ours: what API Gateway says of it is UNK.

const ECHO = `exports.handler = async (event) => ({
  rawPath: event.rawPath, routeKey: event.routeKey, headers: event.headers, body: event.body ?? null,
  pathParameters: event.pathParameters ?? null });`;

const JWT: RouteModel = {
  key: "GET /jwt",
  logicalId: "Jwt",
  authorization: {
    kind: "jwt",
    scopes: [],
    authorizer: { id: "a", name: "a", ...CONFIGURATION, identitySource: ["$request.header.Authorization"] },
  },
  integration: apiOf({ jwt: { source: ECHO } }).routes[0]?.integration ?? { kind: "unserved", reason: "" },
};

let served: Served;
let port: number;
beforeAll(async () => {
  const api = apiOf({ echo: { source: ECHO }, "v/{proxy+}": { source: ECHO } }, [JWT]);
  served = await serve(api, {
    findKey: findIn(),
    nowMs: () => NOW * 1_000,
    patience: { headersMs: 500, requestMs: 900 },
  });
  ({ port } = served.gateway);
});
afterAll(() => served.gateway.close());

const HOST = "Host: localhost\r\n";
const CLOSE = "Connection: close\r\n\r\n";

interface Row {
  readonly title: string;
  readonly sent: string | Buffer | readonly string[];
  /** One answer each; none where the connection is closed without a word. */
  readonly statuses: readonly number[];
  /** Members of the event that the function saw. */
  readonly event?: Readonly<Record<string, unknown>>;
}

const get = (target: string, headers = "") => `GET ${target} HTTP/1.1\r\n${HOST}${headers}${CLOSE}`;
const SMUGGLED = `GET /echo?smuggled HTTP/1.1\r\n${HOST}${CLOSE}`;

describe("request smuggling: one answer, and never a second for what was hidden in the first", () => {
  const post = (headers: string, body = "") => `POST /echo HTTP/1.1\r\n${HOST}${headers}\r\n${body}`;
  test.each<Row>([
    {
      title: "Content-Length and Transfer-Encoding",
      sent: post("Content-Length: 4\r\nTransfer-Encoding: chunked\r\n", `0\r\n\r\n${SMUGGLED}`),
      statuses: [400],
    },
    {
      title: "two different Content-Lengths",
      sent: post("Content-Length: 0\r\nContent-Length: 60\r\n", SMUGGLED),
      statuses: [400],
    },
    {
      title: "two equal Content-Lengths",
      sent: post("Content-Length: 0\r\nContent-Length: 0\r\n", SMUGGLED),
      statuses: [400],
    },
    { title: "a space before the colon", sent: post("Content-Length : 60\r\n", SMUGGLED), statuses: [400] },
    { title: "a bare line feed", sent: post("X-A: 1\nContent-Length: 60\r\n", SMUGGLED), statuses: [400] },
    { title: "a folded header", sent: post("X-A: 1\r\n Content-Length: 60\r\n", SMUGGLED), statuses: [400] },
    {
      title: "Transfer-Encoding: xchunked",
      sent: post("Transfer-Encoding: xchunked\r\n", `0\r\n\r\n${SMUGGLED}`),
      statuses: [400],
    },
    {
      title: "Transfer-Encoding: gzip, chunked",
      sent: post("Transfer-Encoding: gzip, chunked\r\n", `0\r\n\r\n${SMUGGLED}`),
      statuses: [400],
    },
    { title: "a negative Content-Length", sent: post("Content-Length: -1\r\n", SMUGGLED), statuses: [400] },
    { title: "a Content-Length in hex", sent: post("Content-Length: 0x10\r\n", SMUGGLED), statuses: [400] },
    {
      title: "a chunk's size that is not a number",
      sent: post("Transfer-Encoding: chunked\r\n", `zz\r\n${SMUGGLED}`),
      statuses: [400],
    },
    { title: "a NUL in a header", sent: post("X-A: a\0b\r\n", SMUGGLED), statuses: [400] },
    {
      title: "a body that no route takes is not the next request",
      sent: `POST /nowhere HTTP/1.1\r\n${HOST}Content-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
      statuses: [404],
    },
  ])("$title", async ({ sent, statuses }) => {
    const text = await rawExchange(port, sent);
    expect(statusesOf(text)).toEqual(statuses);
    expect(text).not.toContain("smuggled");
  });
});

describe("the target is read as it was sent", () => {
  test.each<Row>([
    { title: "absolute form", sent: get("http://evil.example/echo"), statuses: [400] },
    { title: "authority form", sent: get("evil.example:80"), statuses: [400] },
    { title: "asterisk form", sent: `OPTIONS * HTTP/1.1\r\n${HOST}${CLOSE}`, statuses: [400] },
    { title: "//evil.example/echo is not a host and no /echo", sent: get("//evil.example/echo"), statuses: [404] },
    { title: "/a/../echo is not resolved", sent: get("/a/../echo"), statuses: [404] },
    { title: "/a/%2e%2e/echo neither", sent: get("/a/%2e%2e/echo"), statuses: [404] },
    { title: "a backslash is not a slash", sent: get("/\\echo"), statuses: [404] },
    { title: "/echo;x is not /echo", sent: get("/echo;x"), statuses: [404] },
    { title: "/%65cho is not /echo", sent: get("/%65cho"), statuses: [404] },
    {
      title: "%00, a bad %, %2F and %5C reach the function as they are",
      sent: get("/v/%00%zz/a%2fb%5c"),
      statuses: [200],
      event: { rawPath: "/v/%00%zz/a%2fb%5c", routeKey: "ANY /v/{proxy+}" },
    },
    { title: "a path beyond ASCII", sent: Buffer.from(get("/v/\u00e9"), "latin1"), statuses: [400] },
    { title: "a line break in the target", sent: get("/v/a\r\nX: y"), statuses: [400] },
  ])("$title", async ({ sent, statuses, event }) => {
    const text = await rawExchange(port, sent);
    expect(statusesOf(text)).toEqual(statuses);
    if (event) expect(JSON.parse(bodyOf(text))).toMatchObject(event);
  });
});

const GOOD = tokenOf();
const BEARER = `Authorization: Bearer ${GOOD}\r\n`;

describe("headers", () => {
  test.each<Row>([
    { title: "a good token, for comparison", sent: get("/jwt", BEARER), statuses: [200] },
    { title: "two Hosts", sent: get("/echo", "Host: evil.example\r\n"), statuses: [400] },
    { title: "no Host", sent: `GET /echo HTTP/1.1\r\n${CLOSE}`, statuses: [400] },
    {
      title: "two Authorizations are joined, and then no token (1.14, INF)",
      sent: get("/jwt", `${BEARER}Authorization: Bearer x\r\n`),
      statuses: [401],
    },
    {
      title: "the good one second neither",
      sent: get("/jwt", `Authorization: Bearer x\r\n${BEARER}`),
      statuses: [401],
    },
    {
      title: "2,100 headers and then the Authorization",
      sent: get("/jwt", "A: b\r\n".repeat(2_100) + BEARER),
      statuses: [431],
    },
    { title: "17 KB in one header", sent: get("/echo", `X-A: ${"a".repeat(17_408)}\r\n`), statuses: [431] },
    {
      title: "above 10,240 bytes together (6.22)",
      sent: get("/echo", `X-A: ${"a".repeat(10_240)}\r\n`),
      statuses: [431],
    },
    { title: "just below it", sent: get("/echo", `X-A: ${"a".repeat(10_000)}\r\n`), statuses: [200] },
    { title: "Expect: foo", sent: get("/echo", "Expect: foo\r\n"), statuses: [417] },
    {
      title: "an Upgrade is answered as if it were none",
      sent: `GET /echo HTTP/1.1\r\n${HOST}Upgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n`,
      statuses: [200],
    },
    {
      title: "CONNECT is closed without a word",
      sent: `CONNECT evil.example:443 HTTP/1.1\r\n${HOST}\r\n`,
      statuses: [],
    },
    { title: "no HTTP at all", sent: "\x16\x03\x01\x02\x00\x01\x00\r\n\r\n", statuses: [400] },
    { title: "HTTP/9.9", sent: `GET /echo HTTP/9.9\r\n${HOST}${CLOSE}`, statuses: [400] },
    { title: "a method that there is not", sent: `BREW /echo HTTP/1.1\r\n${HOST}${CLOSE}`, statuses: [400] },
  ])("$title", async ({ sent, statuses }) => {
    expect(statusesOf(await rawExchange(port, sent))).toEqual(statuses);
  });

  test("Expect: 100-continue is told to go on", async () => {
    const sent = [
      `POST /echo HTTP/1.1\r\n${HOST}Expect: 100-continue\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n${CLOSE}`,
      "hi",
    ];
    const text = await rawExchange(port, sent, { pauseMs: 50 });
    expect(statusesOf(text)).toEqual([100, 200]);
  });

  test("trailers do not reach the function", async () => {
    const sent = `POST /echo HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\nContent-Type: text/plain\r\n${CLOSE}2\r\nhi\r\n0\r\nX-Trailer: t\r\n\r\n`;
    const text = await rawExchange(port, sent);
    expect(JSON.parse(bodyOf(text))).toMatchObject({ body: "hi" });
    expect(text).not.toContain("x-trailer");
  });

  test.each([
    ["a line break", "RS256\r\nX-Injected: yes"],
    ["an emoji", "RS256\u{1F600}"],
    ["a quotation mark", `RS256" scope="admin`],
    ["a NUL", "RS256\0"],
  ])("a token whose alg holds %s is a 401 whose challenge is one clean line", async (_, alg) => {
    const text = await rawExchange(
      port,
      get("/jwt", `Authorization: Bearer ${tokenOf({ header: { ...HEADER, alg } })}\r\n`),
    );
    expect(statusesOf(text)).toEqual([401]);
    const challenge = /www-authenticate: (.*)\r\n/i.exec(text)?.[1] ?? "";
    expect(challenge).toMatch(
      /^Bearer scope="" error="invalid_token" error_description="[\x20\x21\x23-\x5b\x5d-\x7e]*"$/,
    );
    expect(text).not.toMatch(/^x-injected/im);
  });
});

const postOf = (length: number) => `POST /echo HTTP/1.1\r\n${HOST}Content-Length: ${length}\r\n\r\n`;

test("a client that closes its side after its request, as nc -N does, gets its answer", async () => {
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  let text = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => void (text += chunk));
  socket.end("GET /echo HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await new Promise((resolve) => socket.once("end", resolve));
  socket.destroy();
  expect(statusesOf(text)).toEqual([200]);
});

describe("bodies", () => {
  test("more than 10 MB announced: 413 before a byte of it is read (6.21)", async () => {
    const text = await rawExchange(port, postOf(10_485_761), { quietMs: 5_000 });
    expect(statusesOf(text)).toEqual([413]);
  });

  test("more than 10 MB sent in one go: the client gets to read the 413", async () => {
    const body = Buffer.alloc(12 * 1_048_576, "a");
    const text = await rawExchange(port, [postOf(body.length), body], { quietMs: 5_000 });
    expect(statusesOf(text)).toEqual([413]);
  });

  test("more than 10 MB in chunks that never end: 413", async () => {
    const chunk = `100000\r\n${"a".repeat(1_048_576)}\r\n`;
    const text = await rawExchange(
      port,
      [`POST /echo HTTP/1.1\r\n${HOST}Transfer-Encoding: chunked\r\n\r\n`, ...Array.from({ length: 12 }, () => chunk)],
      { pauseMs: 5, quietMs: 5_000 },
    );
    expect(statusesOf(text)).toEqual([413]);
  });

  test("more than Lambda's 6 MB, though API Gateway takes 10: 500 (6.23, INF)", async () => {
    const answer = await served.ask("/echo", { method: "POST", body: Buffer.alloc(7 * 1_048_576, "a") });
    expect(answer.status).toBe(500);
    expect(served.lastError()).toContain("Request must be smaller than 6291456 bytes");
  });
});

describe("slow clients", () => {
  test("headers that do not come to an end: 408", async () => {
    const parts = [`GET /echo HTTP/1.1\r\n`, ...Array.from({ length: 20 }, (_, n) => `X-${n}: 1\r\n`)];
    expect(statusesOf(await rawExchange(port, parts, { pauseMs: 100 }))).toEqual([408]);
  });

  test("a body that drips: 408, and no function is called", async () => {
    const parts = [
      `POST /echo HTTP/1.1\r\n${HOST}Content-Length: 1000\r\n\r\n`,
      ...Array.from({ length: 20 }, () => "a"),
    ];
    expect(statusesOf(await rawExchange(port, parts, { pauseMs: 100 }))).toEqual([408]);
  });

  test("500 slow sockets: headers and bodies that drip, and silence, hinder nobody", async () => {
    const openings = ["", `GET /echo HTTP/1.1\r\n${HOST}X-A: `, postOf(100_000)];
    const slow = Array.from({ length: 500 }, (_, index) => {
      const socket = connect(port, "127.0.0.1").on("error", () => undefined);
      socket.write(openings[index % openings.length] ?? "");
      return { socket, drip: setInterval(() => socket.writable && socket.write("a"), 200) };
    });
    for (let count = 0; count < 50; count++) expect((await served.ask("/echo")).status).toBe(200);
    for (const { socket, drip } of slow) {
      clearInterval(drip);
      socket.destroy();
    }
  });

  test("1,000 sockets that go away in the middle, of a header, of a body or of an answer, harm nobody", async () => {
    const openings = [`GET /echo HTTP/1.1\r\n${HOST}X-A`, `${postOf(100)}half`, `GET /echo HTTP/1.1\r\n${HOST}\r\n`];
    const gone = Array.from({ length: 1_000 }, async (_, index) => {
      const socket = connect(port, "127.0.0.1").on("error", () => undefined);
      const closed = new Promise((resolve) => socket.once("close", resolve));
      socket.write(openings[index % openings.length] ?? "");
      setTimeout(() => (index % 2 === 0 ? socket.resetAndDestroy() : socket.destroy()), index % 50);
      await closed;
    });
    for (let count = 0; count < 20; count++) expect((await served.ask("/echo")).status).toBe(200);
    await Promise.all(gone);
    expect((await served.ask("/echo")).status).toBe(200);
    expect(served.records.filter(({ localReason }) => localReason?.includes("itself failed"))).toEqual([]);
  });
});
