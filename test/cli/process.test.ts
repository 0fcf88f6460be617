import { execFile, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CHECKOUT } from "../project-copy.ts";
import { PROJECT } from "../test-project.ts";

// The program as the shell starts it: what the other tests of commands, which run in this process, cannot show.

const BIN = join(CHECKOUT, "bin", "gatehouse.mjs");
const env = { ...process.env, XDG_RUNTIME_DIR: mkdtempSync(join(tmpdir(), "gatehouse-process-")) };

const run = (argv: readonly string[], cwd = tmpdir()) =>
  new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
    execFile(process.execPath, [BIN, ...argv], { cwd, env }, (error, stdout, stderr) =>
      resolve({ code: Number(error?.code ?? 0), stdout, stderr }),
    );
  });

test("--help names every command, and each has a --help of its own", async () => {
  const { code, stdout } = await run(["--help"]);
  expect(code).toBe(0);
  const commands = [...stdout.matchAll(/^ {2}(\w+) {2,}\S/gm)]
    .map(([, name = ""]) => name)
    .filter((name) => name !== "help");
  expect(commands).toEqual(expect.arrayContaining(["local", "demo", "token", "explain", "doctor", "mirror"]));
  const helps = await Promise.all(commands.map((name) => run([name, "--help"])));
  for (const [index, help] of helps.entries()) {
    expect(help.code, help.stderr).toBe(0);
    expect(help.stdout).toContain(`Usage: gatehouse ${commands[index]}`);
  }
});

test("what a command reads of Gatehouse's own files it finds from any folder", async () => {
  const { code, stdout, stderr } = await run(["conformance", "--theme", "critical", "--theme", "key"]);
  expect([code, stderr]).toEqual([1, expect.stringContaining("there is no theme critical")]);
  expect(stdout).toBe("");
  expect(await run(["conformance", "--theme", "key"])).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/\d+ same, 0 differ/),
  });
});

test("an unknown command and no command at all print the usage and exit 2", async () => {
  for (const argv of [["frobnicate"], []]) {
    const { code, stdout, stderr } = await run(argv);
    expect(code).toBe(2);
    expect(`${stdout}${stderr}`.toLowerCase()).toContain("usage: gatehouse");
  }
});

test("Ctrl-C ends 'local' with exit code 0, and its note is gone", async () => {
  const child = spawn(process.execPath, [BIN, "local", "--port", "0", "--json"], { cwd: PROJECT, env });
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  await new Promise<void>((ready) => child.stdout.once("data", () => ready()));
  expect((await run(["token"])).stdout.split(".")).toHaveLength(3);
  child.kill("SIGINT");
  expect(await exited).toBe(0);
  expect((await run(["token"])).stderr).toContain("mistake issuer-not-running");
});
