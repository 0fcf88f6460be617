import { describe, expect, test } from "vitest";
import { brief } from "../../lib/rules/brief.ts";

describe("a value out of a token is short enough for a person", () => {
  test("what is short is left as it is", () => {
    for (const value of ["x", 1, true, null, undefined, [], {}, ["a", { b: [1] }]]) expect(brief(value)).toEqual(value);
  });

  test("texts, lists, objects and depth are cut", () => {
    expect(brief("x".repeat(1_001))).toBe(`${"x".repeat(1_000)}…`);
    expect(brief(Array.from({ length: 61 }, () => 1))).toEqual([...Array.from({ length: 60 }, () => 1), "…"]);
    expect(
      Object.keys(brief(Object.fromEntries(Array.from({ length: 99 }, (_, at) => [at, 1]))) as object),
    ).toHaveLength(60);
    expect(brief([[[[1]]]])).toEqual([[["…"]]]);
    expect(brief({ ["n".repeat(2_000)]: 1 })).toEqual({ [`${"n".repeat(1_000)}…`]: 1 });
  });

  test("__proto__ is a name like any other", () => {
    const short = brief(JSON.parse('{"__proto__":{"admin":true}}'));
    expect(JSON.stringify(short)).toBe('{"__proto__":{"admin":true}}');
    expect((short as { admin?: unknown }).admin).toBeUndefined();
  });
});
