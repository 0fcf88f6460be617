import { expect, test } from "vitest";
import { fuzz } from "./fuzz.ts";

test("2,000 mutated tokens: no verdict that jose or aws-jwt-verify does not share but for a reason, and no throw", async () => {
  const { faults, kinds, explained } = await fuzz(2_000, 20_261_125, () => Date.now() / 1_000);
  expect(faults).toEqual([]);
  // The run would be worth nothing if all were refused, or if the libraries never said otherwise.
  expect(Object.values(kinds).reduce((sum, { accepted }) => sum + accepted, 0)).toBeGreaterThan(300);
  expect(explained.size).toBeGreaterThan(5);
});
