import { describe, expect, test } from "vitest";
import type { Denied } from "../../lib/rules/decision.ts";
import { remedyOf } from "../../lib/rules/remedy.ts";
import { CLAIMS, decide, tokenOf, verdictOf } from "./token-maker.ts";

const verdict = (claims: Record<string, unknown>, audience: readonly string[] = ["client-1"]) =>
  verdictOf(tokenOf({ claims: { aud: undefined, ...claims } }), { configuration: { audience } });

/** Claims without aud and client_id whose `__proto__` has a member. */
const inherit = (member: string) =>
  JSON.stringify({ ...CLAIMS, aud: undefined, client_id: undefined }).replace("{", `{"__proto__":{${member}},`);

describe("3.8 aud holds a configured audience", () => {
  test.each<[string, unknown]>([
    ["as a string", "client-1"],
    ["as a list of one", ["client-1"]],
    ["first in a list (3.9)", ["client-1", "other"]],
    ["last in a list (3.9)", ["other", "client-1"]],
    ["twice", ["client-1", "client-1"]],
    ["beside what is not a string", [7, null, ["x"], "client-1"]],
  ])("%s", (_, aud) => expect(verdict({ aud })).toBe("allowed"));

  // jwt_verify_lib verify_audiences_test, TestParsePayloadAudInteger, AudIntegerList; CVE-2020-26160.
  test.each<[string, unknown]>([
    ["a prefix", "client"],
    ["something longer", "client-10"],
    ["another case", "Client-1"],
    ["with a slash", "client-1/"],
    ["with a space", "client-1 "],
    ["with a NUL", "client-1\0"],
    ["a comma-separated list", "client-1,other"],
    ["a space-separated list", "client-1 other"],
    ["JSON in a string", '["client-1"]'],
    ["empty", ""],
    ["an empty list", []],
    ["a list of empty strings", ["", ""]],
    ["a nested list", [["client-1"]]],
    ["an object", { "client-1": true }],
    ["a list of objects", [{ aud: "client-1" }]],
    ["a list-like object", { 0: "client-1", length: 1 }],
    ["a number", 1],
    ["a list of numbers", [1, 2]],
    ["true", true],
    ["null", null],
  ])("%s is another audience", (_, aud) => expect(verdict({ aud })).toBe("audience"));

  test("an empty configured list takes nobody", () => {
    for (const aud of ["client-1", "", [], [""], undefined])
      expect(verdict({ aud, client_id: "client-1" }, [])).toBe("audience");
  });

  test("each of 50 configured ones is taken, and no other", () => {
    const audience = Array.from({ length: 50 }, (_, index) => `client-${index + 100}`);
    expect(verdict({ aud: "client-149" }, audience)).toBe("allowed");
    expect(verdict({ aud: "client-150" }, audience)).toBe("audience");
  });

  test("names of Object's prototype are audiences like any other", () => {
    expect(verdict({ aud: "constructor" })).toBe("audience");
    expect(verdict({ aud: "__proto__" }, ["__proto__"])).toBe("allowed");
  });
});

describe("3.8 client_id counts only where aud is absent", () => {
  test("absent: client_id is read", () => expect(verdict({ client_id: "client-1" })).toBe("allowed"));

  test.each<[string, unknown]>([
    ["another aud", "other"],
    ["an empty aud", ""],
    ["an empty list", []],
    ["null", null],
    ["a number", 0],
    ["false", false],
  ])("%s keeps it unread", (_, aud) => expect(verdict({ aud, client_id: "client-1" })).toBe("audience"));

  test("neither", () => expect(verdict({})).toBe("audience"));

  test("azp and sub are not read", () => expect(verdict({ azp: "client-1", sub: "client-1" })).toBe("audience"));

  test("an inherited aud or client_id is absent", () => {
    expect(verdictOf(tokenOf({ claimsText: inherit('"aud":"client-1"') }))).toBe("audience");
    expect(verdictOf(tokenOf({ claimsText: inherit('"client_id":"client-1"') }))).toBe("audience");
  });
});

test("3.10 without an audience every token is refused, and that is our choice, not AWS's word", () => {
  const decision = decide(tokenOf({ claims: { aud: "client-1" } }), { configuration: { audience: [] } });
  expect(decision).toMatchObject({ allowed: false, rule: "audience", confidence: "UNK" });
  expect(remedyOf(decision as Denied).remedy).toContain("3.10");
});
