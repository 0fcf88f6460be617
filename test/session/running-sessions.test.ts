import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { announce, findRunning, type Running } from "../../lib/session/running-sessions.ts";

const note = (pid: number, startedAtMs = 1, folder = "/here"): Running => ({
  pid,
  folder,
  apiUrl: "http://127.0.0.1:3000",
  environment: "dev",
  startedAtMs,
  issuers: [],
});

const ownFolder = () => ({ XDG_RUNTIME_DIR: mkdtempSync(join(tmpdir(), "gatehouse-running-")) });

describe("notes of what runs on this machine", () => {
  test("are readable by this user only, and found until they are taken away", () => {
    const env = ownFolder();
    const withdraw = announce(note(process.pid), env);
    const folder = join(env.XDG_RUNTIME_DIR, "gatehouse");
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    for (const file of readdirSync(folder)) expect(statSync(join(folder, file)).mode & 0o777).toBe(0o600);
    expect(findRunning(env, "/here")).toEqual([note(process.pid)]);
    withdraw();
    expect(findRunning(env, "/here")).toEqual([]);
  });

  test("of a process that is gone, or that nobody can read, are taken away", () => {
    const env = ownFolder();
    announce(note(2 ** 30), env);
    writeFileSync(join(env.XDG_RUNTIME_DIR, "gatehouse", "broken.json"), "{");
    expect(findRunning(env, "/here")).toEqual([]);
    expect(readdirSync(join(env.XDG_RUNTIME_DIR, "gatehouse"))).toEqual([]);
  });

  test("of a process whose id another process has by now are taken away, and so are those of another shape", () => {
    const env = ownFolder();
    announce(note(process.pid), env);
    const file = join(env.XDG_RUNTIME_DIR, "gatehouse", `${process.pid}.json`);
    const written = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    for (const other of [{ processStart: "1" }, { issuers: [{}] }, { issuers: null }, { pid: "1" }, { folder: 1 }]) {
      writeFileSync(file, JSON.stringify({ ...written, ...other }));
      expect(findRunning(env, "/here")).toEqual([]);
      expect(existsSync(file)).toBe(false);
    }
    writeFileSync(file, JSON.stringify(written));
    expect(findRunning(env, "/here")).toEqual([note(process.pid)]);
  });

  test("that cannot be written are a mistake that says where", () => {
    const file = join(mkdtempSync(join(tmpdir(), "gatehouse-running-")), "file");
    writeFileSync(file, "");
    expect(() => announce(note(process.pid), { XDG_RUNTIME_DIR: file })).toThrow("cannot be written");
  });

  test("what was started in the asker's folder comes first, and then the newest", () => {
    const env = ownFolder();
    announce(note(process.pid, 1, "/here"), env);
    announce(note(process.ppid, 2, "/there"), env);
    expect(findRunning(env, "/here").map(({ pid }) => pid)).toEqual([process.pid, process.ppid]);
    expect(findRunning(env, "/there").map(({ pid }) => pid)).toEqual([process.ppid, process.pid]);
    expect(findRunning(env, "/elsewhere").map(({ pid }) => pid)).toEqual([process.ppid, process.pid]);
  });

  test("the newest comes first", () => {
    const env = ownFolder();
    announce(note(process.pid, 1), env);
    announce(note(process.ppid, 2), env);
    expect(findRunning(env, "/here").map(({ pid }) => pid)).toEqual([process.ppid, process.pid]);
  });

  test("in a folder that others may write to are not believed, and none is left there", () => {
    const env = ownFolder();
    announce(note(process.pid), env);
    chmodSync(join(env.XDG_RUNTIME_DIR, "gatehouse"), 0o777);
    expect(findRunning(env, "/here")).toEqual([]);
    expect(() => announce(note(process.pid), env)).toThrow("open to other users");
  });
});
