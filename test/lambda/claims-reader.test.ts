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

  test("a claim of another type, which the event's type allows, never ends the function", () => {
    expect(readTime(1_787_996_002)?.toISOString()).toBe("2026-08-29T09:33:22.000Z");
    for (const claim of [true, ["1787996002"], 1e300, "1e300"]) expect(readTime(claim)).toBeUndefined();
    expect(readList(["USERS", "ADMINS"])).toEqual(["USERS", "ADMINS"]);
    expect(readList(7)).toEqual(["7"]);
    expect(readScopes(["orders:read"])).toEqual(["orders:read"]);
    for (const claim of [true, 7]) expect(readScopes(claim)).toEqual([]);
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
  test("the same from an emulator that sends numbers and lists", () => {
    const raw = { ...claims, aud: ["client1", "other"], iat: 1_800_000_000, exp: 1_800_003_600 };
    expect(callerOf({ jwt: { claims: raw, scopes: null } })).toEqual(caller);
    expect(callerOf({ jwt: { claims: { ...raw, sub: 7, client_id: true }, scopes: null } })).toMatchObject({
      subject: "",
      client: null,
    });
  });
  test("5.16 nobody on a public route", () => expect(callerOf(undefined)).toBeUndefined());
  test("a user where WSO2 says so", () => {
    expect(callerOf({ jwt: { claims: { ...claims, aut: "APPLICATION_USER" }, scopes: null } })?.kind).toBe("user");
  });
});
