import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { LocalFunction } from "../../lib/assembly/model.ts";
import { functionHostOf } from "../../lib/functions/function-host.ts";
import { FunctionPool } from "../../lib/functions/function-pool.ts";

// Functions that ask an https issuer in all the ways that libraries do, in a worker of their own.

const ISSUER = "https://is.example.com:9443";
const ASK = {
  "get by URL": `https.get(new URL(event.url), (response) => read(response, done)).on("error", failed)`,
  "get by text and options": `https.get(event.url, { agent: false, headers: { accept: "x/y" } }, (response) => read(response, done)).on("error", failed)`,
  "request by options": `const { hostname, port, pathname } = new URL(event.url);
    https.request({ hostname, port, path: pathname, method: "GET", ca: "none" }, (response) => read(response, done)).on("error", failed).end()`,
  fetch: `fetch(event.url).then((response) => response.text()).then(done, failed)`,
} as const;

const codeOf = (ask: string) => `
  const https = require("node:https");
  const read = (response, done) => { let text = ""; response.on("data", (part) => { text += part; }).on("end", () => done(text)); };
  exports.handler = (event) => new Promise((done, failed) => { ${ask} });
`;

let server: Server;
let issuerRedirects: ReadonlyMap<string, string>;

beforeAll(async () => {
  server = createServer((request, response) => response.end(`asked for ${request.url}`));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  issuerRedirects = new Map([[ISSUER, `http://127.0.0.1:${(server.address() as AddressInfo).port}`]]);
});
afterAll(() => new Promise((done) => server.close(done)));

async function invoke(ask: string, url: string) {
  const model: LocalFunction = {
    name: "asks",
    logicalId: "Asks",
    arn: "arn:aws:lambda:us-east-1:123456789012:function:asks",
    region: "us-east-1",
    code: { inline: codeOf(ask) },
    handler: "index.handler",
    runtime: "nodejs24.x",
    environment: {},
    timeoutMs: 5_000,
    memoryMb: 128,
    reservedConcurrency: undefined,
    logGroup: "/aws/lambda/asks",
  };
  const pool = new FunctionPool(model, functionHostOf({ issuerRedirects, nowMs: Date.now }));
  try {
    return await pool.invoke({ event: JSON.stringify({ url }), requestId: "1", timeoutMs: 5_000 });
  } finally {
    pool.close();
  }
}

test.each(Object.entries(ASK))("%s of the issuer reaches the one that stands in for it", async (_, ask) => {
  expect(await invoke(ask, `${ISSUER}/oauth2/jwks`)).toMatchObject({
    kind: "result",
    text: '"asked for /oauth2/jwks"',
  });
});

test.each(Object.entries(ASK))("%s of another host, or another port of the same, does not", async (_, ask) => {
  const answer = await invoke(ask, "https://localhost:1/oauth2/jwks");
  expect(answer.kind).toBe("error");
});

test("each tenant of one server is answered by its own issuer, the server itself by the first", async () => {
  const other = createServer((_, response) => response.end("the other tenant"));
  await new Promise<void>((done) => other.listen(0, "127.0.0.1", done));
  const first = issuerRedirects.get(ISSUER) ?? "";
  const second = `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  const ofOneIssuer = issuerRedirects;
  try {
    issuerRedirects = new Map([
      [`${ISSUER}/t/a`, first],
      [`${ISSUER}/t/ab`, second],
    ]);
    const answers = ["/t/a/oauth2/jwks", "/t/ab/oauth2/jwks", "/t/ab", "/t/abc", "/"].map(async (path) => {
      const answer = await invoke(ASK.fetch, `${ISSUER}${path}`);
      return answer.kind === "result" ? answer.text : answer.kind;
    });
    expect(await Promise.all(answers)).toEqual([
      '"asked for /t/a/oauth2/jwks"',
      '"the other tenant"',
      '"the other tenant"',
      '"asked for /t/abc"',
      '"asked for /"',
    ]);
  } finally {
    issuerRedirects = ofOneIssuer;
    await new Promise((done) => other.close(done));
  }
});
