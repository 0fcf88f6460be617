import { describe, expect, test } from "vitest";
import { callerOf } from "../../lambda/caller.ts";
import { readList, readScopes, readTime } from "../../lambda/claims-reader.ts";

describe("claims read back from API Gateway's text", () => {
  test("5.6 a list, a list of one, an empty list, a single value, nothing", () => {
    expect(readList("[USERS ADMINS]")).toEqual(["USERS", "ADMINS"]);
    expect(readList("[USERS]")).toEqual(["USERS"]);
    expect(readList("[]")).toEqual([]);
    expect(readList("ordersWebDev00000001")).toEqual(["ordersWebDev00000001"]);
    expect(readList(undefined)).toEqual([]);
  });

  test("5.4 times; a text that is not a number reads as nothing", () => {
    expect(readTime("1787996002")?.toISOString()).toBe("2026-08-29T09:33:22.000Z");
    for (const text of ["soon", "", " ", undefined]) expect(readTime(text)).toBeUndefined();
  });

  test("scopes", () => expect(readScopes("orders:read  orders:write")).toEqual(["orders:read", "orders:write"]));
});

describe("the caller", () => {
  const claims = {
    sub: "client1",
    aut: "APPLICATION",
    client_id: "client1",
    aud: "[client1 other]",
    scope: "a b",
    iat: "1800000000",
    exp: "1800003600",
  };
  const caller = {
    kind: "application",
    subject: "client1",
    client: "client1",
    audience: ["client1", "other"],
    scopes: ["a", "b"],
    issuedAt: "2027-01-15T08:00:00.000Z",
    expiresAt: "2027-01-15T09:00:00.000Z",
  };
  test("5.1 from the native authorizer", () => expect(callerOf({ jwt: { claims, scopes: null } })).toEqual(caller));
  test("8.10 the same from the mirror", () => {
    expect(callerOf({ lambda: { claims: JSON.stringify(claims), scopes: "null" } })).toEqual(caller);
  });
  test("5.16 nobody on a public route", () => expect(callerOf(undefined)).toBeUndefined());
  test("a user where WSO2 says so", () => {
    expect(callerOf({ jwt: { claims: { ...claims, aut: "APPLICATION_USER" }, scopes: null } })?.kind).toBe("user");
  });
});
