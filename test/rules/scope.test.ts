import { describe, expect, test } from "vitest";
import { bodyOf, challengeOf } from "../../lib/rules/challenge.ts";
import { scopesOf } from "../../lib/rules/scope.ts";
import { decide, tokenOf, verdictOf } from "./token-maker.ts";

const verdict = (claims: Record<string, unknown>, scopes = ["orders:read"]) =>
  verdictOf(tokenOf({ claims: { scope: undefined, ...claims } }), { scopes });

describe("3.19 one of the route's scopes is enough", () => {
  test.each<[string, Record<string, unknown>]>([
    ["3.21 scope, only", { scope: "orders:read" }],
    ["3.21 scope, among others", { scope: "openid orders:read orders:write" }],
    ["3.21 with more spaces", { scope: "  openid   orders:read " }],
    ["3.22 scp, a list", { scp: ["openid", "orders:read"] }],
    ["3.23 scope wins over scp", { scope: "orders:read", scp: ["other"] }],
  ])("%s", (_, claims) => expect(verdict(claims)).toBe("allowed"));

  test.each<[string, Record<string, unknown>]>([
    ["neither", {}],
    ["empty", { scope: "" }],
    ["spaces", { scope: "   " }],
    ["another", { scope: "orders:write" }],
    ["a prefix of it", { scope: "orders" }],
    ["something longer", { scope: "orders:read:all" }],
    ["another case", { scope: "Orders:Read" }],
    ["in quotes", { scope: '"orders:read"' }],
    ["a comma between", { scope: "openid,orders:read" }],
    ["a tab between", { scope: "openid\torders:read" }],
    ["a newline between", { scope: "openid\norders:read" }],
    ["another space between", { scope: "openid\u00a0orders:read" }],
    ["3.23 scope as a list", { scope: ["orders:read"] }],
    ["scope as an object", { scope: { "orders:read": true } }],
    ["scope as null", { scope: null, scp: ["orders:read"] }],
    ["3.22 scp as a string", { scp: "orders:read" }],
    ["scp with one element of two", { scp: ["openid orders:read"] }],
    ["scp with what is not a string in it", { scp: ["orders:read", 7] }],
    ["scp as an object", { scp: { 0: "orders:read", length: 1 } }],
    ["3.23 scope wins over scp", { scope: "other", scp: ["orders:read"] }],
    ["3.23 an empty scope wins too", { scope: "", scp: ["orders:read"] }],
    ["scopes, which is another claim", { scopes: ["orders:read"] }],
    ["roles", { roles: ["orders:read"], permissions: ["orders:read"] }],
  ])("refuses %s", (_, claims) => expect(verdict(claims)).toBe("scope"));

  test("each of the route's ten", () => {
    const ten = Array.from({ length: 10 }, (_, index) => `s${index}`);
    for (const scope of ten) expect(verdict({ scope }, ten)).toBe("allowed");
    expect(verdict({ scope: "s10 s" }, ten)).toBe("scope");
  });

  test("a route that asks for none looks at none", () => {
    expect(verdict({ scope: { odd: 1 } }, [])).toBe("allowed");
  });
});

describe("what follows", () => {
  test("2.3 403 and Forbidden; the header is not known, so there is none", () => {
    const decision = decide(tokenOf(), { scopes: ["admin"] });
    if (decision.allowed) throw new Error("allowed");
    expect(decision).toMatchObject({ status: 403, error: "insufficient_scope", textConfidence: "UNK" });
    expect(bodyOf(decision)).toBe('{"message":"Forbidden"}');
    expect(challengeOf(decision)).toBeUndefined();
  });

  test("5.14 all of the token's scopes on a route with scopes, 5.13 null on one without", () => {
    const scoped = decide(tokenOf({ claims: { scope: "a b c" } }), { scopes: ["b"] });
    const open = decide(tokenOf({ claims: { scope: "a b c" } }));
    expect(scoped.allowed && scoped.scopes).toEqual(["a", "b", "c"]);
    expect(open.allowed && open.scopes).toBeNull();
  });

  test("only 403 is said of a token that is good in all else: scopes are asked last", () => {
    expect(verdictOf(tokenOf({ claims: { aud: "x", scope: "x" } }), { scopes: ["read"] })).toBe("audience");
    expect(verdictOf(tokenOf({ claims: { exp: 1, scope: "x" } }), { scopes: ["read"] })).toBe("expiry");
  });

  test("a prototype's member is not a scope", () => {
    expect(scopesOf(JSON.parse('{"__proto__":{"scope":"x"}}') as Record<string, unknown>)).toEqual([]);
    expect(verdict({ scope: "constructor" }, ["toString"])).toBe("scope");
  });
});
