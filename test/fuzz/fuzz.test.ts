import { expect, test } from "vitest";
import { fuzz } from "./fuzz.ts";

// CI runs 20,000 by npm run test:fuzz.

test("500 mutated tokens: no verdict that jose or aws-jwt-verify does not share but for a reason, and no throw", async () => {
  const { faults, kinds, explained } = await fuzz(500, 20_261_125, () => Date.now() / 1_000);
  expect(faults).toEqual([]);
  // The run would be worth nothing if all were refused, or if the libraries never said otherwise.
  expect(Object.values(kinds).reduce((sum, { accepted }) => sum + accepted, 0)).toBeGreaterThan(75);
  expect(explained.size).toBeGreaterThan(5);
});
