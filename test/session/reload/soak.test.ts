import { expect, test } from "vitest";
import { soak } from "./soak.ts";

// The short form of `npm run soak`.

const RELOADS = 12;

test("hundreds of requests during twelve reloads: none is lost, wrong or older than one before it, and no thread is left", async () => {
  const { requests, lost, atRest } = await soak({ requests: 500, reloads: RELOADS, clients: 6, restSeconds: 5 });
  expect(lost).toEqual([]);
  expect(requests).toBeGreaterThanOrEqual(500);
  // What a reload leaves behind, each one leaves: a thread, and the handful of files that it has open.
  const { before, after } = atRest;
  expect(after.threads - before.threads).toBeLessThan(RELOADS / 2);
  expect(after.files - before.files).toBeLessThan(RELOADS * 2);
}, 120_000);
