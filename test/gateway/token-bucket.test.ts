import { expect, test } from "vitest";
import { TokenBucket } from "../../lib/gateway/token-bucket.ts";

test("a bucket gives its burst, refills at its rate, and a clock that goes back an hour neither fills nor empties it", () => {
  const HOUR_MS = 3_600_000;
  const bucket = new TokenBucket({ rate: 10, burst: 2 }, HOUR_MS);
  expect([1, 2, 3].map(() => bucket.take(HOUR_MS))).toEqual([true, true, false]);
  expect(bucket.take(HOUR_MS + 100)).toBe(true);
  // Back by an hour, and on from there.
  expect([bucket.take(0), bucket.take(100), bucket.take(100)]).toEqual([false, true, false]);
});
