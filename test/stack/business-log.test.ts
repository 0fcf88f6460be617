import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import type { Session } from "../../lib/session/session.ts";
import { readEmf } from "../lambda/emf.ts";
import { sessionOf } from "./session-of.ts";

// What the business function writes, by its own bundle in the worker of the local gateway, without credentials of AWS.

let session: Session;
let token = "";
const lines: string[] = [];

beforeAll(async () => {
  session = await sessionOf("dev", {}, { onLog: (_, line) => void lines.push(line) });
  token = (await session.issuers[0]?.mint({ scopes: ["orders:read", "orders:write"] })) ?? "";
});
afterAll(() => session.close());
beforeEach(() => {
  lines.length = 0;
});

async function ask(method: string, path: string, body?: string) {
  const response = await fetch(`${session.gateways[0]?.url}${path}`, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body === undefined ? {} : { body }),
  });
  await response.text();
  return { status: response.status, requestId: response.headers.get("apigw-requestid") };
}

const written = async (count: number) => {
  await expect.poll(() => lines.length).toBe(count);
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
};

describe("the business function", () => {
  test("writes nothing for what goes as it should: the access log has it", async () => {
    expect((await ask("GET", "/me")).status).toBe(200);
    expect((await ask("GET", "/orders/1")).status).toBe(200);
    expect((await ask("GET", "/orders/7")).status).toBe(404);
    expect((await ask("POST", "/orders", "{}")).status).toBe(400);
    // The last of the four writes a line, so the others would have been seen by now.
    expect(await written(1)).toMatchObject([{ level: "WARN" }]);
  });

  test("writes one structured line for an order, by the request id of the access log, and one metric", async () => {
    const { status, requestId } = await ask("POST", "/orders", '{"item":"secret-item","quantity":3}');
    expect(status).toBe(201);
    const [line] = await written(2);
    expect(line).toMatchObject({
      level: "INFO",
      message: "an order was taken",
      requestId,
      service: expect.stringMatching(/^Gatehouse-dev-Business/) as string,
    });
    const { namespace, dimensions, values } = readEmf(lines[1] ?? "");
    expect([namespace, values]).toEqual(["Gatehouse/Business", { OrdersTaken: 1 }]);
    expect(dimensions).toEqual({ service: line?.service });
  });

  test("writes no claim, no token and no body", async () => {
    await ask("POST", "/orders", '{"item":"secret-item","quantity":3}');
    await ask("POST", "/orders", '{"item":"secret-item"}');
    await written(3);
    const claims = JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString()) as Record<
      string,
      unknown
    >;
    const values = Object.values(claims).filter((value) => typeof value === "string" && value.length > 3) as string[];
    expect(values.length).toBeGreaterThan(3);
    for (const word of [...values, token, "secret-item"]) expect(lines.join("\n")).not.toContain(word);
  });
});
