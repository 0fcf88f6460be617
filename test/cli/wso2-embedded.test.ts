import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { Io } from "../../lib/cli/io.ts";
import { folderOf, MANIFEST, templateOf } from "../assembly/handwritten.ts";
import { formOf, Person } from "../issuer/person.ts";
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
  const start = (argv: readonly string[], given: Partial<Io> = {}) => {
    const one = terminal.start(argv, { cwd: folder, ...given });
    running.push(one);
    return one;
  };
  return { apiUrl, issuer, folder, run, start, terminal, administrator: variablesOf(out) };
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

const payloadOf = (token: string): unknown =>
  JSON.parse(Buffer.from(token.split(".")[1] ?? "", "base64url").toString());
const credentialsOf = async (run: Awaited<ReturnType<typeof laptop>>["run"]) => {
  const { OIDC_CLIENT_ID = "", OIDC_CLIENT_SECRET = "" } = variablesOf((await run(["env"])).out);
  return { WSO2_CLIENT_ID: OIDC_CLIENT_ID, WSO2_CLIENT_SECRET: OIDC_CLIENT_SECRET };
};

describe("wso2 token for a person", () => {
  test("by name and password, out of the environment or typed at the terminal", async () => {
    const { issuer, run, start, terminal } = await laptop("7.1");
    const asked = ["wso2", "token", "--issuer", issuer, "--grant", "password", "--scope", "orders:write"];
    const app = await credentialsOf(run);
    const alice = { ...app, WSO2_USERNAME: "alice", WSO2_PASSWORD: "alice" };
    const given = await run(asked, alice);
    expect([given.exitCode, given.err]).toEqual([0, ""]);
    expect(payloadOf(given.out)).toMatchObject({ aut: "APPLICATION_USER" });
    const questions: [string, boolean][] = [];
    const typed = ["alice", "alice"];
    const { exitCode, out } = await start(asked, {
      env: { ...terminal.env, ...app },
      prompt: async (question, isSecret) => {
        questions.push([question, isSecret]);
        return typed.shift() ?? "";
      },
    }).ended;
    expect([exitCode, payloadOf(out)]).toEqual([0, expect.objectContaining({ aut: "APPLICATION_USER" })]);
    expect(questions).toEqual([
      ["User name: ", false],
      ["Password: ", true],
    ]);
    const wrong = await run(asked, { ...alice, WSO2_PASSWORD: "wrong-0001" });
    expect([wrong.exitCode, wrong.err]).toEqual([1, expect.stringContaining("check the person's name and password")]);
    expect(wrong.err).not.toContain("wrong-0001");
    const nobody = await run(asked, app);
    expect([nobody.exitCode, nobody.err]).toEqual([1, expect.stringContaining("mistake person-missing")]);
  });

  test("by sign-in at a browser, while the command waits", async () => {
    const { issuer, run, start, terminal } = await laptop("7.1");
    const app = await credentialsOf(run);
    const command = start(["wso2", "token", "--issuer", issuer, "--grant", "device_code", "--json"], {
      env: { ...terminal.env, ...app },
    });
    await expect.poll(() => command.said.err, { timeout: 5_000 }).toContain("verificationUri");
    const { verificationUri, userCode } = JSON.parse(command.said.err) as { verificationUri: string; userCode: string };
    const person = new Person();
    const form = formOf(await person.open(verificationUri, "nowhere:"));
    const shown = formOf(await person.open(form.action, "nowhere:", { ...form.fields, user_code: userCode }));
    const page = await person.open(shown.action, "nowhere:", shown.fields);
    const done = await person.open(page.url.href, "nowhere:", { username: "alice", password: "alice" });
    expect(done.html).toContain("The device is signed in");
    const { exitCode, out } = await command.ended;
    const { token, warnings } = JSON.parse(out) as { token: string; warnings: unknown };
    expect([exitCode, warnings]).toEqual([0, []]);
    expect(payloadOf(token)).toMatchObject({ aut: "APPLICATION_USER" });
  }, 20_000);

  test("a profile without the grant says so", async () => {
    const { issuer, run } = await laptop("thunderid");
    const person = { ...(await credentialsOf(run)), WSO2_USERNAME: "alice", WSO2_PASSWORD: "alice" };
    const refused = await run(["wso2", "token", "--issuer", issuer, "--grant", "password"], person);
    expect([refused.exitCode, refused.err]).toEqual([1, expect.stringContaining("mistake token-refused")]);
  });
});
