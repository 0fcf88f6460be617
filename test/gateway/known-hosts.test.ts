import { afterEach, describe, expect, test } from "vitest";
import { knownHosts } from "../../lib/gateway/known-hosts.ts";
import { rawExchange, statusesOf } from "./raw-socket.ts";
import { apiOf, type Served, serve } from "./served.ts";

const API = {
  ...apiOf({ open: { source: "exports.handler = async () => 1;" } }),
  domains: [{ name: "api.example.com", mappings: [{ key: "", stage: "$default" }] }],
};
const GOOD = [
  "localhost",
  "LOCALHOST:3000",
  "orders.localhost",
  "127.0.0.1:3000",
  "192.168.1.20:3000",
  "[::1]:3000",
  "testtestte.execute-api.eu-central-1.amazonaws.com",
  "api.example.com",
  "API.example.com:443",
];
const BAD = [
  "evil.example.com",
  "evil.example.com:3000",
  "localhost.evil.example.com",
  "127.0.0.1.evil.example.com",
  "",
];

let served: Served | undefined;
afterEach(() => served?.gateway.close());

async function statusFor(host: string): Promise<number | undefined> {
  const text = await rawExchange(
    served?.gateway.port ?? 0,
    `GET /open HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`,
  );
  return statusesOf(text)[0];
}

describe("the names that a gateway answers to (DNS rebinding)", () => {
  test.each(GOOD)("%s is this machine's or the API's", (host) => {
    expect(knownHosts(API, [])(host)).toBe(true);
  });

  test.each(BAD)("%j is not", (host) => {
    expect(knownHosts(API, [])(host)).toBe(false);
  });

  test("a name that is allowed is taken, and * takes any", () => {
    const takes = knownHosts(API, ["Gatehouse"]);
    expect(["gatehouse:3000", "other:3000"].map(takes)).toEqual([true, false]);
    expect(BAD.every(knownHosts(API, ["*"]))).toBe(true);
  });

  test("another name gets 403, and no function is called", async () => {
    served = await serve(API);
    expect(await statusFor("evil.example.com")).toBe(403);
    expect(await statusFor("localhost")).toBe(200);
    await expect
      .poll(() => served?.records.map(({ status, localReason }) => [status, localReason]))
      .toEqual([
        [403, expect.stringContaining("--allow-host NAME")],
        [200, undefined],
      ]);
  });

  test("a gateway that allows a name answers to it", async () => {
    served = await serve(API, { allowedHosts: ["evil.example.com"] });
    expect(await statusFor("evil.example.com")).toBe(200);
  });
});
