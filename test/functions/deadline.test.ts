import { expect, test } from "vitest";
import { Deadline } from "../../lib/functions/deadline.ts";

const until = (ms: number) => new Promise((done) => setTimeout(done, ms));

test("a limit that is not lifted runs out, once", async () => {
  const deadline = new Deadline();
  let runs = 0;
  await new Promise<void>((resolve) =>
    deadline.set(20, () => {
      runs += 1;
      resolve();
    }),
  );
  await until(60);
  expect(runs).toBe(1);
});

test("a lifted limit does not run out, nor does the one of the task before", async () => {
  const deadline = new Deadline();
  const ran: string[] = [];
  deadline.set(20, () => ran.push("first"));
  deadline.lift();
  await new Promise<void>((resolve) =>
    deadline.set(80, () => {
      ran.push("second");
      resolve();
    }),
  );
  expect(ran).toEqual(["second"]);
});

test("a shorter limit after a longer one does not wait for the longer one's timer", async () => {
  const deadline = new Deadline();
  deadline.set(60_000, () => undefined);
  deadline.lift();
  await new Promise<void>((resolve) => deadline.set(20, resolve));
  deadline.close();
});

test("a closed one does not run out", async () => {
  const deadline = new Deadline();
  let hasRun = false;
  deadline.set(20, () => {
    hasRun = true;
  });
  deadline.close();
  await until(60);
  expect(hasRun).toBe(false);
});
