import { expect, test } from "vitest";
import { nearestRoute } from "../../lib/gateway/nearest-route.ts";

const KEYS = ["GET /health", "GET /orders", "POST /orders", "GET /orders/{id}", "ANY /files/{path+}", "$default"];

test.each([
  ["GET", "/order", "GET /orders", '"order" is not "orders"'],
  ["GET", "/Orders", "GET /orders", '"Orders" is not "orders": case counts'],
  ["GET", "/orders/", "GET /orders", "the request ends in a slash"],
  ["DELETE", "/orders", "GET /orders", "it takes GET, not DELETE"],
  ["PATCH", "/orders/7", "GET /orders/{id}", "it takes GET, not PATCH"],
  ["GET", "/orders/7/lines", "GET /orders/{id}", "it has 2 segments, the request 3"],
  ["GET", "/fils/a/b", "ANY /files/{path+}", '"fils" is not "files"'],
])("%s %s: %s, %s", (method, path, key, why) => {
  expect(nearestRoute(method, path, KEYS)).toEqual({ key, why });
});

test("an API without routes has none; a path without end is not compared", () => {
  expect(nearestRoute("GET", "/", [])).toBeUndefined();
  expect(nearestRoute("GET", "/a".repeat(5_000), KEYS)).toBeUndefined();
  expect(nearestRoute("GET", `/${"a".repeat(10_000)}`, KEYS)?.why).toContain("is not");
});
