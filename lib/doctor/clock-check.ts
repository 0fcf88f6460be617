import { type DoctorFinding, pass, skip, warn } from "./check.ts";

/** API Gateway allows no skew (3.15, INF), and WSO2 writes nbf and iat from its own clock. */
const MOST_SKEW_MS = 2_000;

/** The issuer's clock against this machine's, by the header `date`, which has whole seconds. */
export function checkClock(date: string | undefined, receivedAtMs: number): DoctorFinding {
  const saysMs = Date.parse(date ?? "");
  if (Number.isNaN(saysMs)) return skip("clock", "the issuer sends no date");
  // The second has begun at any time within it.
  const aheadMs = saysMs + 500 - receivedAtMs;
  const seconds = Math.round(Math.abs(aheadMs / 1_000));
  if (Math.abs(aheadMs) <= MOST_SKEW_MS)
    return pass("clock", "the issuer's clock and this machine's agree to 2 seconds");
  return warn(
    "clock",
    `the issuer's clock is about ${seconds} s ${aheadMs > 0 ? "ahead of" : "behind"} this machine's`,
    aheadMs > 0
      ? "set both by NTP: a token from the future is refused, and no skew is allowed"
      : "set both by NTP: tokens will seem to expire early or late",
  );
}
