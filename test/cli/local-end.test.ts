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
