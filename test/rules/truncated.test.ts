import { describe, expect, test } from "vitest";
import { truncated } from "../../lib/rules/truncated.ts";

describe("a value out of a token is short enough for a person", () => {
  test("what is short is left as it is", () => {
    for (const value of ["x", 1, true, null, undefined, [], {}, ["a", { b: [1] }]])
      expect(truncated(value)).toEqual(value);
  });

  test("texts, lists, objects and depth are cut", () => {
    expect(truncated("x".repeat(1_001))).toBe(`${"x".repeat(1_000)}…`);
    expect(truncated(Array.from({ length: 61 }, () => 1))).toEqual([...Array.from({ length: 60 }, () => 1), "…"]);
    expect(
      Object.keys(truncated(Object.fromEntries(Array.from({ length: 99 }, (_, at) => [at, 1]))) as object),
    ).toHaveLength(60);
    expect(truncated([[[[1]]]])).toEqual([[["…"]]]);
    expect(truncated({ ["n".repeat(2_000)]: 1 })).toEqual({ [`${"n".repeat(1_000)}…`]: 1 });
  });

  test("__proto__ is a name like any other", () => {
    const short = truncated(JSON.parse('{"__proto__":{"admin":true}}'));
    expect(JSON.stringify(short)).toBe('{"__proto__":{"admin":true}}');
    expect((short as { admin?: unknown }).admin).toBeUndefined();
  });
});
