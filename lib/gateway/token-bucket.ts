import type { Throttle } from "../assembly/model.ts";

/** A token bucket: so many requests at once, refilled at so many a second (6.24, DOC). */
export class TokenBucket {
  readonly #throttle: Throttle;
  #tokens: number;
  #filledAtMs: number;

  constructor(throttle: Throttle, nowMs: number) {
    this.#throttle = throttle;
    this.#tokens = throttle.burst;
    this.#filledAtMs = nowMs;
  }

  /** Takes one, where there is one. */
  take(nowMs: number): boolean {
    const { rate, burst } = this.#throttle;
    // A clock that was set back neither fills the bucket nor empties it.
    const passedMs = Math.max(0, nowMs - this.#filledAtMs);
    this.#tokens = Math.min(burst, this.#tokens + (passedMs / 1_000) * rate);
    this.#filledAtMs = nowMs;
    if (this.#tokens < 1) return false;
    this.#tokens -= 1;
    return true;
  }
}
