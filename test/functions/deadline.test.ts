import { expect, test } from "vitest";
import { Deadline, type DeadlineClock } from "../../lib/functions/deadline.ts";

/** A clock that a test moves. */
class HandClock implements DeadlineClock {
  #nowMs = 0;
  #timers: { readonly atMs: number; readonly run: () => void }[] = [];

  readonly nowMs = () => this.#nowMs;

  readonly after = (ms: number, run: () => void) => {
    const timer = { atMs: this.#nowMs + ms, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((one) => one !== timer);
    };
  };

  get running(): number {
    return this.#timers.length;
  }

  /** Moves on, and runs what falls due on the way, in its order. */
  pass(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const [next] = this.#timers.toSorted((one, other) => one.atMs - other.atMs);
      if (!next || next.atMs > endMs) break;
      this.#timers = this.#timers.filter((one) => one !== next);
      this.#nowMs = next.atMs;
      next.run();
    }
    this.#nowMs = endMs;
  }
}

function started() {
  const clock = new HandClock();
  const deadline = new Deadline(clock);
  const ran: string[] = [];
  return { clock, deadline, ran, set: (ms: number, name: string) => deadline.set(ms, () => ran.push(name)) };
}

test("a limit that is not lifted runs out, once", () => {
  const { clock, ran, set } = started();
  set(20, "only");
  clock.pass(19);
  expect(ran).toEqual([]);
  clock.pass(1);
  expect(ran).toEqual(["only"]);
  clock.pass(1_000);
  expect(ran).toEqual(["only"]);
});

test("a lifted limit does not run out, nor does the one of the task before", () => {
  const { clock, deadline, ran, set } = started();
  set(20, "first");
  deadline.lift();
  set(80, "second");
  clock.pass(79);
  expect(ran).toEqual([]);
  clock.pass(1);
  expect(ran).toEqual(["second"]);
});

test("a shorter limit after a longer one does not wait for the longer one's timer", () => {
  const { clock, deadline, ran, set } = started();
  set(60_000, "long");
  deadline.lift();
  set(20, "short");
  clock.pass(20);
  expect(ran).toEqual(["short"]);
});

test("many tasks in a row share one timer", () => {
  const { clock, deadline, set } = started();
  for (let task = 0; task < 100; task += 1) {
    set(1_000, "task");
    deadline.lift();
    clock.pass(1);
  }
  expect(clock.running).toBe(1);
});

test("a closed one does not run out, and leaves no timer", () => {
  const { clock, deadline, ran, set } = started();
  set(20, "closed");
  deadline.close();
  expect(clock.running).toBe(0);
  clock.pass(1_000);
  expect(ran).toEqual([]);
});
