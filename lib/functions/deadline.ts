/**
 * The time limit of one task after another. One timer serves many short tasks: it is set anew only where it would fire too
 * late, and when it fires too early.
 */
export class Deadline {
  #timer: NodeJS.Timeout | undefined;
  #firesAtMs = Number.POSITIVE_INFINITY;
  #due: { readonly atMs: number; readonly run: () => void } | undefined;

  /** Replaces the limit before. */
  set(afterMs: number, run: () => void): void {
    const atMs = performance.now() + afterMs;
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
    clearTimeout(this.#timer);
  }

  #fireAfter(ms: number, atMs: number) {
    clearTimeout(this.#timer);
    this.#firesAtMs = atMs;
    this.#timer = setTimeout(() => this.#fire(), ms);
  }

  #fire() {
    this.#firesAtMs = Number.POSITIVE_INFINITY;
    if (!this.#due) return;
    const { atMs, run } = this.#due;
    const leftMs = atMs - performance.now();
    // A timer may be early by a fraction of a millisecond.
    if (leftMs >= 1) return this.#fireAfter(leftMs, atMs);
    this.#due = undefined;
    run();
  }
}
