import { createServer, type RequestListener } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo, Server } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { asker } from "../../lib/http/exchange.ts";
import { makeAuthority, makeSelfSigned, type TestAuthority } from "../keys/certificates.ts";

let authority: TestAuthority;
const open: Server[] = [];

beforeAll(async () => {
  authority = await makeAuthority();
});
afterAll(() => {
  for (const server of open) server.close();
});

async function listen(server: Server): Promise<number> {
  open.push(server);
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return (server.address() as AddressInfo).port;
}

const serve = (listener: RequestListener) => listen(createServer(listener));

const ask = asker({ deadlineMs: 500, maxBytes: 1_000 });
const SECRET = { authorization: "Basic c2VjcmV0" };

describe("an exchange that may carry a secret", () => {
  test("sends method, headers and body, and brings status, headers and body back", async () => {
    const port = await serve((request, response) => {
      let body = "";
      request.on("data", (chunk) => (body += String(chunk)));
      request.on("end", () => {
        response.writeHead(201, { location: "/there" });
        response.end(`${request.method} ${request.url} ${String(request.headers["x-one"])} ${body}`);
      });
    });
    const url = `http://127.0.0.1:${port}/a?b=c`;
    expect(await ask({ method: "PUT", url, headers: { "x-one": "1" }, body: "grüße" })).toMatchObject({
      kind: "answered",
      status: 201,
      headers: { location: "/there" },
      body: "PUT /a?b=c 1 grüße",
    });
  });

  test.for([
    "http://is.example.com/",
    "ftp://127.0.0.1/",
    "http://user:pw@127.0.0.1/",
    "http://127.0.0.1.example.com/",
    "no URL",
  ])("goes over https, or over http to this machine: not to %s", async (url) => {
    expect(await ask({ method: "GET", url, headers: SECRET })).toEqual({
      kind: "unanswered",
      stage: "connect",
      detail: "the URL is neither https nor on the loopback interface",
    });
  });

  test("follows no redirect", async () => {
    let asked = 0;
    const port = await serve((_, response) => {
      asked += 1;
      response.writeHead(302, { location: "/elsewhere" }).end();
    });
    const answer = await ask({ method: "GET", url: `http://127.0.0.1:${port}/`, headers: SECRET });
    expect(answer).toMatchObject({ kind: "answered", status: 302 });
    expect(asked).toBe(1);
  });

  test("is not sent to a server whose certificate is not trusted, or is for another name", async () => {
    let asked = 0;
    const listener: RequestListener = (_, response) => {
      asked += 1;
      response.end("{}");
    };
    const selfSigned = await listen(createTlsServer({ ...(await makeSelfSigned({ names: ["localhost"] })) }, listener));
    expect(await ask({ method: "GET", url: `https://localhost:${selfSigned}/`, headers: SECRET })).toEqual({
      kind: "unanswered",
      stage: "tls",
      detail: "DEPTH_ZERO_SELF_SIGNED_CERT",
    });
    const other = await listen(createTlsServer({ ...(await authority.issue({ names: ["other.example"] })) }, listener));
    const trusting = asker({ deadlineMs: 500, ca: authority.ca });
    expect(await trusting({ method: "GET", url: `https://localhost:${other}/`, headers: SECRET })).toEqual({
      kind: "unanswered",
      stage: "tls",
      detail: "ERR_TLS_CERT_ALTNAME_INVALID",
    });
    expect(asked).toBe(0);
    const good = await listen(createTlsServer({ ...(await authority.issue({ names: ["localhost"] })) }, listener));
    expect(await trusting({ method: "GET", url: `https://localhost:${good}/` })).toMatchObject({
      status: 200,
      body: "{}",
    });
  });

  test("ends at its deadline, and cuts a body that has no end", async () => {
    const silent = await serve(() => undefined);
    expect(await ask({ method: "GET", url: `http://127.0.0.1:${silent}/` })).toEqual({
      kind: "unanswered",
      stage: "timeout",
      detail: "no whole answer within 500 ms",
    });
    const endless = await serve((_, response) => {
      response.on("error", () => undefined);
      const more = () => response.writable && response.write("x".repeat(10_000), () => setImmediate(more));
      more();
    });
    const answer = await ask({ method: "GET", url: `http://127.0.0.1:${endless}/` });
    expect(answer.kind === "answered" && answer.body.length).toBe(1_000);
  });

  test("shows a certificate of its own to a server that asks for one, and gets no answer without", async () => {
    const client = await authority.issue({ names: ["a client"] });
    const server = createTlsServer(
      { ...(await authority.issue()), ca: authority.ca, requestCert: true, rejectUnauthorized: true },
      (request, response) => void response.end(request.headers.authorization),
    );
    const url = `https://localhost:${await listen(server)}/`;
    const limits = { deadlineMs: 5_000, ca: authority.ca };
    const exchange = { method: "GET", url, headers: SECRET };
    expect(await asker({ ...limits, clientCertificate: client })(exchange)).toMatchObject({ status: 200 });
    expect(await asker(limits)(exchange)).toMatchObject({ kind: "unanswered" });
    const stranger = await (await makeAuthority()).issue();
    expect(await asker({ ...limits, clientCertificate: stranger })(exchange)).toMatchObject({ kind: "unanswered" });
  });

  test("connects elsewhere for a URL's host, whose name the certificate and the Host header keep", async () => {
    const server = createTlsServer(
      { ...(await authority.issue({ names: ["api.example.com"] })) },
      (request, response) => response.end(request.headers.host),
    );
    const port = await listen(server);
    const limits = { deadlineMs: 5_000, ca: authority.ca, connectTo: "127.0.0.1" };
    const askOf = (host: string) => asker(limits)({ method: "GET", url: `https://${host}:${port}/` });
    expect(await askOf("api.example.com")).toMatchObject({ status: 200, body: `api.example.com:${port}` });
    expect(await askOf("other.example.com")).toMatchObject({ stage: "tls", detail: "ERR_TLS_CERT_ALTNAME_INVALID" });
  });
});
