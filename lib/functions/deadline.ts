/** What a `Deadline` needs to know of time. */
export interface DeadlineClock {
  readonly nowMs: () => number;
  /** Calls once, after so many milliseconds; answers what prevents it. */
  readonly after: (ms: number, run: () => void) => () => void;
}

const PROCESS_CLOCK: DeadlineClock = {
  nowMs: () => performance.now(),
  after: (ms, run) => {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * The time limit of one task after another. One timer serves many short tasks: it is set again only where it would fire too
 * late, and when it fires too early.
 */
export class Deadline {
  readonly #clock: DeadlineClock;
  #stopTimer = () => {};
  #firesAtMs = Number.POSITIVE_INFINITY;
  #due: { readonly atMs: number; readonly run: () => void } | undefined;

  /** @param clock - @default the process's own */
  constructor(clock: DeadlineClock = PROCESS_CLOCK) {
    this.#clock = clock;
  }

  /** Replaces the limit before. */
  set(afterMs: number, run: () => void): void {
    const atMs = this.#clock.nowMs() + afterMs;
    this.#due = { atMs, run };
    if (atMs < this.#firesAtMs) this.#fireAfter(afterMs, atMs);
  }

  /** The task is done. */
  lift(): void {
    this.#due = undefined;
  }

  /** There will be no other task. */
  close(): void {
    this.lift();
    this.#stopTimer();
  }

  #fireAfter(ms: number, atMs: number) {
    this.#stopTimer();
    this.#firesAtMs = atMs;
    this.#stopTimer = this.#clock.after(ms, () => this.#fire());
  }

  #fire() {
    this.#firesAtMs = Number.POSITIVE_INFINITY;
    if (!this.#due) return;
    const { atMs, run } = this.#due;
    const leftMs = atMs - this.#clock.nowMs();
    // A timer may be early by a fraction of a millisecond.
    if (leftMs >= 1) return this.#fireAfter(leftMs, atMs);
    this.#due = undefined;
    run();
  }
}
