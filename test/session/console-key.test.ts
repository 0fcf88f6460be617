import { chmodSync, mkdirSync, mkdtempSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { consoleKeyOf } from "../../lib/session/console-key.ts";

const place = () => ({ XDG_RUNTIME_DIR: mkdtempSync(join(tmpdir(), "gatehouse-key-")) });

describe("the key of the console's address", () => {
  test("is the same for every start in one folder, and another in another", () => {
    const environment = place();
    const key = consoleKeyOf("/project", environment);
    expect(key).toMatch(/^[\w-]{22}$/);
    expect(consoleKeyOf("/project", environment)).toBe(key);
    expect(consoleKeyOf("/other", environment)).not.toBe(key);
    expect(consoleKeyOf("/project", place())).not.toBe(key);
  });

  test("is readable for this user only", () => {
    const environment = place();
    consoleKeyOf("/project", environment);
    const directory = join(environment.XDG_RUNTIME_DIR, "gatehouse");
    const [name = ""] = readdirSync(directory);
    expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  test("is made anew where the file holds no key", () => {
    const environment = place();
    const key = consoleKeyOf("/project", environment);
    const directory = join(environment.XDG_RUNTIME_DIR, "gatehouse");
    const [name = ""] = readdirSync(directory);
    writeFileSync(join(directory, name), "short");
    const next = consoleKeyOf("/project", environment);
    expect(next).toMatch(/^[\w-]{22}$/);
    expect(next).not.toBe(key);
  });

  test("is not put where others may write", () => {
    const environment = place();
    mkdirSync(join(environment.XDG_RUNTIME_DIR, "gatehouse"), { mode: 0o777 });
    chmodSync(join(environment.XDG_RUNTIME_DIR, "gatehouse"), 0o777);
    expect(() => consoleKeyOf("/project", environment)).toThrow("open to other users");
  });
});
