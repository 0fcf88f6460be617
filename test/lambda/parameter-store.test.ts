import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { keptParameter } from "../../lambda/parameter-store.ts";

// Systems Manager's two calls, over a real socket to a server that answers as its API reference says.

interface Asked {
  readonly headers: IncomingMessage["headers"];
  readonly body: unknown;
}

const asked: Asked[] = [];
let answer: { status: number; body: string } = { status: 200, body: "" };
const server = createServer((request, response) => {
  let text = "";
  request.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  request.on("end", () => {
    asked.push({ headers: request.headers, body: JSON.parse(text) });
    if (answer.status !== 0) response.writeHead(answer.status).end(answer.body);
  });
});
let endpoint = "";

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

const parameter = () =>
  keptParameter({
    name: "history-of-test",
    endpoint,
    region: "eu-central-1",
    credentials: () => ({
      accessKeyId: "AKIDOFTEST",
      secretAccessKey: "not-a-secret",
      sessionToken: "session-of-test",
    }),
    fetch: globalThis.fetch,
  });

test("reading asks for the parameter's value, signed for Systems Manager in the region", async () => {
  answer = { status: 200, body: JSON.stringify({ Parameter: { Name: "history-of-test", Value: "kept", Version: 3 } }) };
  expect(await parameter().read()).toBe("kept");
  const { headers, body } = asked.at(-1) ?? { headers: {}, body: undefined };
  expect(body).toEqual({ Name: "history-of-test" });
  expect(headers).toMatchObject({
    "content-type": "application/x-amz-json-1.1",
    "x-amz-target": "AmazonSSM.GetParameter",
    "x-amz-security-token": "session-of-test",
  });
  expect(headers.authorization).toMatch(
    /^AWS4-HMAC-SHA256 Credential=AKIDOFTEST\/\d{8}\/eu-central-1\/ssm\/aws4_request, SignedHeaders=[a-z0-9;-]*x-amz-target[a-z0-9;-]*, Signature=[0-9a-f]{64}$/,
  );
});

test("writing overwrites the value", async () => {
  answer = { status: 200, body: JSON.stringify({ Version: 4, Tier: "Standard" }) };
  await parameter().write("next");
  expect(asked.at(-1)?.headers["x-amz-target"]).toBe("AmazonSSM.PutParameter");
  expect(asked.at(-1)?.body).toEqual({ Name: "history-of-test", Value: "next", Overwrite: true });
});

test.each([
  [{ status: 400, body: '{"__type":"AccessDeniedException"}' }, /GetParameter answered 400 .*AccessDenied/],
  [{ status: 200, body: "{}" }, /answered no value/],
  [{ status: 200, body: "<html>" }, /JSON/],
  [{ status: 0, body: "" }, /timeout/i],
])("an answer such as %j is an error, and is not asked for again", async (one, message) => {
  answer = one;
  const before = asked.length;
  await expect(parameter().read()).rejects.toThrow(message);
  expect(asked.length - before).toBe(1);
});
