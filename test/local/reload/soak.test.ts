import { expect, test } from "vitest";
import { soak } from "./soak.ts";

// The short form of `npm run soak`.

test("hundreds of requests during ten reloads: none is lost, wrong or older than one before it, and no thread is left", async () => {
  const { requests, lost, samples } = await soak({ requests: 500, reloads: 10, clients: 6 });
  expect(lost).toEqual([]);
  expect(requests).toBeGreaterThanOrEqual(500);
  const [first, last] = [samples[1], samples.at(-1)];
  // Each reload would leave one, if it left any.
  expect((last?.threads ?? 0) - (first?.threads ?? 0)).toBeLessThan(8);
  expect((last?.files ?? 0) - (first?.files ?? 0)).toBeLessThan(8);
}, 120_000);
