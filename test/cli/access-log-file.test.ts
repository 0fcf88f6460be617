import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openAccessLog } from "../../lib/cli/access-log-file.ts";
import { folderOf } from "../assembly/handwritten.ts";

test("lines are added to a file that only this user can read", () => {
  const path = join(folderOf({}), "access.log");
  for (const line of ["one", "two"]) {
    const log = openAccessLog(path, () => undefined);
    log.write(line);
    log.close();
  }
  expect(readFileSync(path, "utf8")).toBe("one\ntwo\n");
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test.runIf(existsSync("/dev/full"))(
  "on a full disk requests go on: the first lost line is reported, and at the end how many",
  () => {
    const told: [number, string][] = [];
    const log = openAccessLog("/dev/full", (lines, why) => told.push([lines, why]));
    for (let count = 0; count < 5; count += 1) log.write("line");
    log.close();
    expect(told.map(([lines]) => lines)).toEqual([1, 5]);
    expect(told[0]?.[1]).toContain("ENOSPC");
  },
);

test("a folder that is not there is a mistake", () => {
  expect(() => openAccessLog(join(folderOf({}), "no", "access.log"), () => undefined)).toThrow("cannot be written");
});
