import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { isOwnFolder, makeOwnFolder } from "../../lib/config/own-folder.ts";

const scratch = () => mkdtempSync(join(tmpdir(), "gatehouse-own-"));
const modeOf = (path: string) => statSync(path).mode & 0o777;

describe("a folder whose code runs with the user's rights", () => {
  test("is made for this user only", () => {
    const folder = join(scratch(), "one", "two");
    makeOwnFolder(folder);
    expect(modeOf(folder)).toBe(0o700);
  });

  test("is closed to others where it is there already", () => {
    const folder = scratch();
    chmodSync(folder, 0o777);
    expect(isOwnFolder(folder)).toBe(false);
    makeOwnFolder(folder);
    expect(modeOf(folder)).toBe(0o700);
    expect(isOwnFolder(folder)).toBe(true);
  });

  test("is neither a link nor a file", () => {
    const folder = scratch();
    const elsewhere = join(folder, "elsewhere");
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, join(folder, "link"));
    symlinkSync(join(folder, "nowhere"), join(folder, "dangling"));
    writeFileSync(join(folder, "file"), "");
    for (const name of ["link", "dangling", "file"])
      expect(() => makeOwnFolder(join(folder, name))).toThrow("not your own");
    expect(existsSync(join(folder, "nowhere"))).toBe(false);
  });

  test.runIf(process.getuid?.() === 0)("is not another user's", () => {
    const folder = scratch();
    chownSync(folder, 65_534, 65_534);
    expect(() => makeOwnFolder(folder)).toThrow("not your own");
  });
});
