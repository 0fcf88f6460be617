import { describe, expect, test } from "vitest";
import type { CorsModel } from "../../lib/assembly/model.ts";
import { preflightFault, preflightIn } from "../../lib/gateway/preflight-fault.ts";

const CORS: CorsModel = {
  allowOrigins: ["https://app.example.com"],
  allowMethods: ["GET", "PUT"],
  allowHeaders: ["Authorization", "content-type"],
  exposeHeaders: [],
  allowCredentials: false,
  maxAgeSeconds: undefined,
};
const asked = (more: object = {}) => ({ origin: "https://app.example.com", method: "PUT", headers: [], ...more });

describe("a browser goes on after a preflight", () => {
  test.each([
    ["whose origin, method and headers are allowed, in any case", CORS, asked({ headers: ["authorization"] })],
    ["for a method that needs no leave", { ...CORS, allowMethods: [] }, asked({ method: "POST" })],
    [
      "where all is allowed",
      { ...CORS, allowOrigins: ["*"], allowMethods: ["*"], allowHeaders: ["*"] },
      asked({ headers: ["x-a"] }),
    ],
    ["from any https origin", { ...CORS, allowOrigins: ["https://*"] }, asked({ origin: "https://b.example" })],
  ])("%s", (_, cors, preflight) => {
    expect(preflightFault(cors, preflight)).toBeUndefined();
  });
});

describe("a browser stops, because of", () => {
  test.each([
    [
      CORS,
      { origin: "https://b.example" },
      "the origin https://b.example is not allowed; allowed is https://app.example.com",
    ],
    [CORS, { method: "DELETE" }, "the method DELETE is not allowed; allowed are GET, PUT"],
    [
      CORS,
      { headers: ["content-type", "x-trace"] },
      "the header x-trace is not allowed; allowed are Authorization, content-type",
    ],
    [
      { ...CORS, allowHeaders: ["*"] },
      { headers: ["authorization"] },
      'the header authorization is not allowed; "*" does not cover it',
    ],
    [
      { ...CORS, allowHeaders: ["*"], allowCredentials: true },
      { headers: ["x-trace"] },
      'the header x-trace is not allowed; "*" does not cover it with credentials',
    ],
    [{ ...CORS, allowOrigins: [] }, {}, "the origin https://app.example.com is not allowed; none is allowed"],
  ])("%j %j", (cors, more, fault) => {
    expect(preflightFault(cors, asked(more))).toBe(fault);
  });
});

test("a preflight is OPTIONS with an origin and a method", () => {
  const headers = [
    "Origin",
    "https://a",
    "Access-Control-Request-Method",
    "PUT",
    "access-control-request-headers",
    "X-A, b",
  ];
  expect(preflightIn("OPTIONS", headers)).toEqual({ origin: "https://a", method: "PUT", headers: ["x-a", "b"] });
  expect(preflightIn("GET", headers)).toBeUndefined();
  expect(preflightIn("OPTIONS", headers.slice(2))).toBeUndefined();
});
