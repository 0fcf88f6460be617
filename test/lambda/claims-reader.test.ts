import { describe, expect, test } from "vitest";
import { callerOf } from "../../lambda/caller.ts";
import { readBoolean, readList, readMap, readNumber, readScopes, readTime } from "../../lambda/claims-reader.ts";

describe("claims read back from API Gateway's text", () => {
  test("5.6 a list, a list of one, an empty list, a single value, nothing", () => {
    expect(readList("[USERS ADMINS]")).toEqual(["USERS", "ADMINS"]);
    expect(readList("[USERS]")).toEqual(["USERS"]);
    expect(readList("[]")).toEqual([]);
    expect(readList("ordersWebDev00000001")).toEqual(["ordersWebDev00000001"]);
    expect(readList(undefined)).toEqual([]);
  });

  test("5.4 numbers and times; a text that is none reads as nothing", () => {
    expect(readNumber("1787996002")).toBe(1_787_996_002);
    expect(readNumber("1.5")).toBe(1.5);
    expect(readNumber("soon")).toBeUndefined();
    expect(readNumber("")).toBeUndefined();
    expect(readTime("1787996002")?.toISOString()).toBe("2026-08-29T09:33:22.000Z");
  });

  test("5.5 booleans", () => {
    expect([readBoolean("true"), readBoolean("false"), readBoolean("yes")]).toEqual([true, false, undefined]);
  });

  test("5.8 an object, one level deep, with lists and objects in it left as texts", () => {
    expect({ ...readMap("map[identities:map[email:[x@y]] sign_in_provider:google.com]") }).toEqual({
      identities: "map[email:[x@y]]",
      sign_in_provider: "google.com",
    });
    expect({ ...readMap("no map") }).toEqual({});
  });

  test("5.10 a value with a space stays one value unless what follows looks like a member", () => {
    expect({ ...readMap("map[city:Bad Homburg country:DE]") }).toEqual({ city: "Bad Homburg", country: "DE" });
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
