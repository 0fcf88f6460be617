import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { folderOf, MANIFEST, templateOf } from "../assembly/handwritten.ts";
import { CHECKOUT } from "../project-copy.ts";
import { Terminal } from "./run-cli.ts";

const ISSUER = "https://is.example.com/oauth2/token";

test("Ctrl-C while the app synthesises ends quietly, whatever the app says of it", async () => {
  const environments = { dev: { issuer: ISSUER, audience: ["app"], routes: [{ method: "GET", path: "/me" }] } };
  const folder = folderOf({
    "cdk.json": { app: "node -e \"setTimeout(() => { throw new Error('cut off') }, 200)\"", context: { environments } },
  });
  const { exitCode, out, err } = await new Terminal().start(["local", "--port", "0"], { cwd: folder }).stop();
  expect([exitCode, out]).toEqual([0, ""]);
  expect(err).not.toMatch(/mistake|cut off/);
});

test("what npm started ends when npm is gone", async () => {
  const template = templateOf({ issuer: ISSUER });
  const folder = folderOf({ "manifest.json": MANIFEST, "Orders.template.json": template });
  const program = join(CHECKOUT, "bin", "gatehouse.mjs");
  const command = `"${process.execPath}" "${program}" local --assembly . --port 0 --no-watch --json & wait`;
  const parent = spawn("sh", ["-c", command], {
    cwd: folder,
    stdio: ["ignore", "pipe", "ignore"],
    env: {
      ...process.env,
      npm_lifecycle_event: "start",
      XDG_RUNTIME_DIR: mkdtempSync(join(tmpdir(), "gatehouse-end-")),
    },
  });
  const [ready] = (await once(parent.stdout, "data")) as [Buffer];
  const { apiUrl } = JSON.parse(String(ready)) as { apiUrl: string };
  const isServed = () =>
    fetch(`${apiUrl}/open`).then(
      () => true,
      () => false,
    );
  expect(await isServed()).toBe(true);
  parent.kill("SIGKILL");
  await expect.poll(isServed, { timeout: 10_000 }).toBe(false);
});

const HANGS = `exports.handler = () => { console.log("it begins"); return new Promise(() => {}); };`;

/** Starts the program in a folder with an API whose function never answers, and waits for its first line on stdout, or its end. */
async function startProgram(env: Readonly<Record<string, string>>) {
  const template = templateOf({ issuer: ISSUER, code: { ZipFile: HANGS } });
  const folder = folderOf({ "manifest.json": MANIFEST, "Orders.template.json": template });
  const program = join(CHECKOUT, "bin", "gatehouse.mjs");
  const argv = [program, "local", "--assembly", ".", "--port", "0", "--no-watch", "--json"];
  const child = spawn(process.execPath, argv, { cwd: folder, stdio: "pipe", env: { ...process.env, ...env } });
  const ended = once(child, "exit") as Promise<[number | null, NodeJS.Signals | null]>;
  const [first] = (await Promise.race([once(child.stdout, "data"), ended])) as [Buffer | number | null];
  return { child, ended, said: JSON.parse(String(first)) as { apiUrl?: string; mistake?: { code: string } } };
}

test("a mistake after the ports are open ends the program, and nothing listens any more", async () => {
  const file = join(folderOf({ file: "" }), "file");
  const { ended, said } = await startProgram({ XDG_RUNTIME_DIR: file });
  expect(said.mistake?.code).toBe("notes-unwritable");
  expect(await ended).toEqual([1, null]);
});

test("SIGTERM does not wait for a handler: the program is gone within two seconds", async () => {
  const { child, ended, said } = await startProgram({ XDG_RUNTIME_DIR: mkdtempSync(join(tmpdir(), "gatehouse-end-")) });
  const asked = fetch(`${said.apiUrl}/open`).catch(() => undefined);
  await new Promise<void>((resolve) =>
    child.stderr.on("data", (text: Buffer) => String(text).includes("it begins") && resolve()),
  );
  const at = performance.now();
  child.kill("SIGTERM");
  expect(await ended).toEqual([0, null]);
  expect(performance.now() - at).toBeLessThan(2_000);
  await asked;
});
