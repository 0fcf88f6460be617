import { expect, test } from "vitest";
import { isLoopback } from "../../lib/gateway/http-server.ts";
import { folderOf, MANIFEST, templateOf } from "../assembly/handwritten.ts";
import { Terminal } from "./run-cli.ts";

// What `gatehouse local` takes from the developer's shell and opens to others: nothing, unless it is asked in so many words.

const SOURCE = "exports.handler = async () => ({ statusCode: 200, body: JSON.stringify(process.env) });\n";
const terminal = new Terminal();
const SHELL = {
  ...terminal.env,
  AWS_ACCESS_KEY_ID: "AKIANOTFORFUNCTIONS0",
  AWS_SECRET_ACCESS_KEY: "not-for-functions",
  AWS_PROFILE: "of-the-shell",
  HOME: "/home/dev",
};

async function environmentSeen(...options: readonly string[]) {
  const folder = folderOf({
    "manifest.json": MANIFEST,
    "Orders.template.json": templateOf({ issuer: "https://is.example.com/oauth2/token", code: { ZipFile: SOURCE } }),
  });
  const argv = ["local", "--assembly", folder, "--port", "0", "--no-watch", "--json", ...options];
  const started = terminal.start(argv, { env: SHELL });
  const [line] = await started.saidUntil(/^\{.*\}$/m);
  const { apiUrl } = JSON.parse(line) as { apiUrl: string };
  const seen = (await (await fetch(`${apiUrl}/open`)).json()) as Record<string, string>;
  const { err } = await started.stop();
  return { seen, err, apiUrl };
}

test("a function finds no credentials, whatever the shell has, and the API listens on loopback without a word", async () => {
  const { seen, err, apiUrl } = await environmentSeen();
  expect(Object.keys(seen).filter((name) => /^AWS_(ACCESS|SECRET|SESSION|PROFILE)/.test(name))).toEqual([]);
  expect(seen.HOME).toBe("/tmp");
  expect(new URL(apiUrl).hostname).toBe("127.0.0.1");
  expect(err).not.toContain("warning");
});

test("--aws-profile lets it find that profile, with a warning, and still no key of the shell", async () => {
  const { seen, err } = await environmentSeen("--aws-profile", "sandbox");
  expect(seen).toMatchObject({ AWS_PROFILE: "sandbox", HOME: SHELL.HOME });
  expect(JSON.stringify(seen)).not.toMatch(/AKIANOTFORFUNCTIONS0|not-for-functions/);
  expect(err).toContain("warning: functions act in AWS with what the profile sandbox may do");
});

test("--host takes another address; only one that others can reach is warned of", async () => {
  const { err, apiUrl } = await environmentSeen("--host", "localhost");
  expect(new URL(apiUrl).hostname).toBe("localhost");
  expect(err).not.toContain("warning: listening");
  expect(["127.0.0.1", "127.0.0.2", "::1", "localhost"].filter((host) => !isLoopback(host))).toEqual([]);
  expect(["0.0.0.0", "::", "192.168.1.2", "127.0.0.1.example.com", "10.127.0.0"].filter(isLoopback)).toEqual([]);
});

test("--host with no address of this machine says so", async () => {
  const folder = folderOf({
    "manifest.json": MANIFEST,
    "Orders.template.json": templateOf({ issuer: "https://is.example.com/oauth2/token", code: { ZipFile: SOURCE } }),
  });
  // TEST-NET-1, which no machine has (RFC 5737).
  const { exitCode, err } = await terminal.run(["local", "--assembly", folder, "--port", "0", "--host", "192.0.2.1"]);
  expect([exitCode, err]).toEqual([1, expect.stringContaining("this machine has no such address")]);
});
