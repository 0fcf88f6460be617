import { expect, test } from "vitest";
import { checkClock } from "../../lib/doctor/clock-check.ts";

const DATE = "Tue, 24 Nov 2026 10:00:00 GMT";
const DATE_MS = Date.parse(DATE);

// The header has whole seconds: at 10:00:00 the issuer's clock is somewhere before 10:00:01.
test.each([
  [-1_501, "warn"],
  [-1_500, "pass"],
  [0, "pass"],
  [2_500, "pass"],
  [2_501, "warn"],
])("an answer of 10:00:00 that comes %s ms after it: %s", (offsetMs, level) => {
  expect(checkClock(DATE, DATE_MS + offsetMs).level).toBe(level);
});

test("an issuer that sends no date, or none that can be read, is not judged", () => {
  expect(checkClock(undefined, DATE_MS).level).toBe("skipped");
  expect(checkClock("yesterday", DATE_MS).level).toBe("skipped");
});
