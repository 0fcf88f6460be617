import { describe, expect, test } from "vitest";
import { tokenOf, verdictOf } from "./token-maker.ts";

describe("a header that demands an extension is refused (RFC 7515 section 4.1.11, CVE-2026-35042)", () => {
  test.each<[string, object]>([
    ["one that nobody knows", { crit: ["http://example.com/x"], "http://example.com/x": true }],
    ["one that the header does not hold", { crit: ["x"] }],
    ["exp", { crit: ["exp"], exp: 4e9 }],
    ["a registered name", { crit: ["alg"] }],
    ["an inherited name", { crit: ["toString"] }],
    ["none: an empty list", { crit: [] }],
    ["a string", { crit: "exp" }],
    ["null", { crit: null }],
    ["false", { crit: false }],
    ["an object", { crit: {} }],
    ["b64: false (RFC 7797 section 7)", { crit: ["b64"], b64: false }],
    ["b64: false, not marked", { b64: false }],
    ["b64: true", { b64: true }],
  ])("%s", (_, header) => {
    expect(verdictOf(tokenOf({ header: header as Record<string, unknown> }))).toBe("critical");
  });

  test.each(["Crit", "CRIT", "crít", "crit "])("%j is another member and demands nothing", (name) => {
    expect(verdictOf(tokenOf({ header: { [name]: ["exp"] } }))).toBe("allowed");
  });

  test("a crit claim is a claim and demands nothing", () => {
    expect(verdictOf(tokenOf({ claims: { crit: ["exp"], b64: false } }))).toBe("allowed");
  });

  test("zip is not looked at: a payload is never inflated", () => {
    expect(verdictOf(tokenOf({ header: { zip: "DEF" } }))).toBe("allowed");
  });
});
