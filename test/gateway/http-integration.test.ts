import type { AddressInfo } from "node:net";
import { createServer, type Socket } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ParameterMapping } from "../../lib/assembly/model.ts";
import { apiOf, type Served, serve } from "./served.ts";

// Upstreams that do what a proxy must not pass on. Each answers by its path, in raw bytes.

const CRLF = "\r\n";
const answers: Readonly<Record<string, (socket: Socket) => void>> = {
  "/switches": (socket) =>
    socket.write(`HTTP/1.1 101 Switching Protocols${CRLF}Upgrade: x${CRLF}Connection: Upgrade${CRLF}${CRLF}`),
  "/trailer": (socket) =>
    socket.end(
      `HTTP/1.1 200 OK${CRLF}Trailer: X-T${CRLF}Transfer-Encoding: chunked${CRLF}${CRLF}1${CRLF}a${CRLF}0${CRLF}X-T: 1${CRLF}${CRLF}`,
    ),
  "/huge": (socket) => {
    socket.write(`HTTP/1.1 200 OK${CRLF}Content-Length: 419430400${CRLF}${CRLF}`);
    const block = Buffer.alloc(1_048_576, "a");
    const more = () => {
      while (!socket.destroyed && socket.write(block)) sentBlocks += 1;
    };
    socket.on("drain", more);
    more();
  },
  "/strange": (socket) => socket.end(`HTTP/1.1 999 What${CRLF}Content-Length: 0${CRLF}${CRLF}`),
  "/named": (socket) =>
    socket.end(
      `HTTP/1.1 200 OK${CRLF}Connection: x-hop${CRLF}X-Hop: 1${CRLF}X-End: 2${CRLF}Content-Length: 0${CRLF}${CRLF}`,
    ),
  "/drips": (socket) => socket.write(`HTTP/1.1 200 OK${CRLF}Content-Length: 100${CRLF}${CRLF}a`),
};
let sentBlocks = 0;
const targets: string[] = [];
const sockets = new Set<Socket>();
const upstream = createServer((socket) => {
  sockets.add(socket.on("error", () => undefined).on("close", () => sockets.delete(socket)));
  socket.once("data", (bytes: Buffer) => {
    const target = bytes.toString("latin1").split(" ")[1] ?? "";
    targets.push(target);
    const answer = answers[target];
    if (answer) answer(socket);
    else socket.end(`HTTP/1.1 200 OK${CRLF}Content-Length: 0${CRLF}${CRLF}`);
  });
});

let served: Served;

beforeAll(async () => {
  await new Promise<void>((resolve) => upstream.listen(0, "127.0.0.1", resolve));
  const origin = `http://127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  const route = (key: string, request: readonly ParameterMapping[] = []) => ({
    key,
    logicalId: key,
    authorization: { kind: "none" as const },
    integration: {
      kind: "http" as const,
      method: "ANY",
      uri: `${origin}/{proxy}`,
      timeoutMs: 1_000,
      mappings: { request, response: new Map() },
    },
  });
  const path: ParameterMapping = { action: "overwrite", place: "path", name: "", value: "$request.body.to" };
  served = await serve(apiOf({}, [route("ANY /h/{proxy+}"), route("ANY /mapped/{proxy+}", [path])]));
});

afterAll(async () => {
  await served.gateway.close();
  for (const socket of sockets) socket.destroy();
  upstream.close();
});

/** What the upstream is asked for when the body names the path. */
async function targetFor(path: string): Promise<string | undefined> {
  await served.ask("/mapped/x", { method: "POST", body: JSON.stringify({ to: path }) });
  return targets.at(-1);
}

describe("an HTTP integration", () => {
  test.each([
    ["switches", 500, "switches protocols"],
    ["strange", 500, "status 999"],
    ["drips", 503, "no answer within 1000 ms"],
  ])("of an upstream that %s answers %d, at once or when its time is over", async (name, status, why) => {
    expect((await served.ask(`/h/${name}`)).status).toBe(status);
    await expect.poll(() => served.lastError()).toContain(why);
  });

  test("reads no more of an answer than an HTTP API passes on", async () => {
    expect((await served.ask("/h/huge")).status).toBe(500);
    await expect.poll(() => served.lastError()).toContain("10485760 bytes");
    expect(sentBlocks).toBeLessThan(64);
  });

  test("takes a trailer's announcement off, and what Connection names", async () => {
    const { status, text, headers } = await served.ask("/h/trailer");
    expect([status, text, headers.get("trailer")]).toEqual([200, "a", null]);
    const named = await served.ask("/h/named");
    expect([named.headers.get("x-hop"), named.headers.get("x-end")]).toEqual([null, "2"]);
  });

  test("stays on its server, wherever a mapping takes the path from", async () => {
    expect(await targetFor("http://evil.example.com/steal")).toBe("/http://evil.example.com/steal");
    expect(await targetFor("plain")).toBe("/plain");
    expect(await targetFor("/as/it/is")).toBe("/as/it/is");
  });
});
