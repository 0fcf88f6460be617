import { expect, test } from "vitest";
import { isJson, isTooDeep } from "../../lib/json/json.ts";

const nested = (levels: number): unknown => JSON.parse(`${"[".repeat(levels)}${"]".repeat(levels)}`);

test("a value is too deep from one level more than the limit on, and a value of 100,000 levels is found without overflow", () => {
  expect(isTooDeep(nested(100))).toBe(false);
  expect(isTooDeep(nested(101))).toBe(true);
  expect(isTooDeep({ a: [1, { b: nested(100) }] })).toBe(true);
  expect(isTooDeep(nested(100_000))).toBe(true);
  for (const flat of [null, 1, "x", true, [], {}]) expect(isTooDeep(flat)).toBe(false);
});

test("a JSON object is neither null nor a list", () => {
  expect([{}, [], null, 1, "x", undefined].map(isJson)).toEqual([true, false, false, false, false, false]);
});
