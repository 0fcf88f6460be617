import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { folderOf, MANIFEST, templateOf } from "../assembly/handwritten.ts";
import { type Started, Terminal } from "./run-cli.ts";

// The article on a laptop: local, register, token, the API. Every call is a real one, to the embedded issuer.

const ISSUER = "https://is.example.com:9443/oauth2/token";
const AUDIENCE = "ordersApplication0001";
const assembly = folderOf({
  "manifest.json": MANIFEST,
  "Orders.template.json": templateOf({ issuer: ISSUER, audience: [AUDIENCE] }),
});
const MANAGEMENT_SCOPES = [
  "application_mgt_create",
  "application_mgt_view",
  "application_mgt_update",
  "application_mgt_delete",
  "application_mgt_client_secret_view",
  "api_resource_create",
  "api_resource_view",
  "api_resource_update",
].flatMap((scope) => ["--scope", `internal_${scope}`]);

let running: Started[] = [];
afterEach(async () => {
  await Promise.all(running.map((one) => one.stop()));
  running = [];
});

const variablesOf = (text: string) =>
  Object.fromEntries([...text.matchAll(/^(\w+)='?(.*?)'?$/gm)].map(([, name = "", value = ""]) => [name, value]));

/** A terminal in which the API and its issuer run. */
async function laptop(profile: string) {
  const terminal = new Terminal();
  const started = terminal.start([
    "local",
    "--assembly",
    assembly,
    "--port",
    "0",
    "--issuer-port",
    "0",
    "--local-issuer",
    "--issuer-profile",
    profile,
    "--no-console",
    "--no-watch",
    "--json",
  ]);
  running.push(started);
  const [line] = await started.saidUntil(/^\{.*\}$/m);
  const { apiUrl, issuer } = JSON.parse(line) as { apiUrl: string; issuer: string };
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-laptop-"));
  const run = (argv: readonly string[], env: Readonly<Record<string, string>> = {}) =>
    terminal.run(argv, { cwd: folder, env: { ...terminal.env, ...env } });
  const { out } = await run(["env", "--administrator"]);
  return { apiUrl, issuer, folder, run, administrator: variablesOf(out) };
}

describe("local, wso2 register, wso2 token, and the API", () => {
  test.each(["5.10", "6", "7.1", "asgardeo"])("as %s", async (profile) => {
    const { apiUrl, issuer, folder, run, administrator } = await laptop(profile);
    const asked = ["--issuer", issuer];
    const admin =
      profile === "asgardeo"
        ? { WSO2_ADMIN_TOKEN: (await run(["wso2", "token", ...asked, ...MANAGEMENT_SCOPES], administrator)).out.trim() }
        : administrator;
    const out = join(folder, "wso2.env");
    const register = [
      "wso2",
      "register",
      ...asked,
      "--name",
      "batch",
      "--scope",
      "orders:write",
      "--audience",
      AUDIENCE,
    ];
    const made = await run([...register, "--out", out], admin);
    expect([made.exitCode, made.out]).toEqual([0, expect.stringContaining("passes every rule of API Gateway")]);
    const again = await run([...register, "--out", "-"], admin);
    expect([again.exitCode, again.out]).toEqual([0, expect.stringContaining("was there, and fits")]);
    const credentials = variablesOf(readFileSync(out, "utf8"));
    const token = await run(["wso2", "token", ...asked, "--scope", "orders:write"], credentials);
    expect([token.exitCode, token.err]).toEqual([0, ""]);
    const headers = { authorization: `Bearer ${token.out.trim()}` };
    const answers = [
      await fetch(`${apiUrl}/orders`, { method: "POST", headers }),
      await fetch(`${apiUrl}/orders`, { method: "POST" }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 401]);
  });

  test("a management token that lacks scopes, and a password that is wrong, are refused with what to do", async () => {
    const asgardeo = await laptop("asgardeo");
    const asked = ["wso2", "register", "--issuer", asgardeo.issuer, "--name", "batch", "--out", "-"];
    const scope = ["--scope", "internal_application_mgt_view"];
    const token = await asgardeo.run(["wso2", "token", "--issuer", asgardeo.issuer, ...scope], asgardeo.administrator);
    expect(token.err).toBe("");
    const forbidden = await asgardeo.run(asked, { WSO2_ADMIN_TOKEN: token.out.trim() });
    expect([forbidden.exitCode, forbidden.err]).toEqual([1, expect.stringContaining("mistake wso2-admin-forbidden")]);
    const basic = await asgardeo.run(asked, { WSO2_ADMIN_USER: "admin", WSO2_ADMIN_PASSWORD: "admin" });
    expect(basic.err).toMatch(/mistake wso2-admin-refused[\s\S]*Asgardeo takes WSO2_ADMIN_TOKEN only/);
  });

  test("env --administrator says where there is nothing to manage", async () => {
    const { run } = await laptop("thunderid");
    const { exitCode, err } = await run(["env", "--administrator"]);
    expect([exitCode, err]).toEqual([1, expect.stringContaining("mistake management-missing")]);
  });
});
