import { cpSync, readdirSync, readFileSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { folderOf, MANIFEST, templateOf } from "../assembly/handwritten.ts";
import { Terminal } from "./run-cli.ts";

// A CDK app that knows nothing of Gatehouse's environments: its own command synthesises, and its template says the rest.

const ISSUER = "https://is.example.com/oauth2/token";
/** Stands in for a CDK app: it writes an assembly to the place that the CDK's command line names, by the context it gives. */
const APP = `import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
const { CDK_OUTDIR: out, CDK_CONTEXT_JSON: context } = process.env;
const { audience = "orders-app", found = "" } = JSON.parse(context);
mkdirSync(out, { recursive: true });
writeFileSync("runs.txt", readFileSync("runs.txt", "utf8") + found + "x");
const template = readFileSync("template.json", "utf8").replace("AUDIENCE", audience);
writeFileSync(out + "/Orders.template.json", template);
writeFileSync(out + "/manifest.json", readFileSync("manifest.json"));
`;

const terminal = new Terminal();
let cwd: string;

beforeEach(() => {
  cwd = folderOf({
    "cdk.json": { app: "node app.mjs", context: { environments: { dev: { account: "123456789012" } } } },
    "app.mjs": APP,
    "runs.txt": "",
    "manifest.json": MANIFEST,
    "template.json": templateOf({ issuer: ISSUER, audience: ["AUDIENCE"] }),
  });
});

const runs = () => readFileSync(join(cwd, "runs.txt"), "utf8").length;
const run = (...argv: readonly string[]) => terminal.run(argv, { cwd });

describe("in an app without environments", () => {
  test("local serves what the app's own command synthesises; token, explain and smoke know it", async () => {
    const local = terminal.start(["local", "--port", "0", "--json", "--no-watch"], { cwd });
    const [ready = ""] = await local.saidUntil(/^\{.*\}$/m);
    const { apiUrl } = JSON.parse(ready) as { apiUrl: string };
    expect((await fetch(`${apiUrl}/orders`)).status).toBe(401);
    const { out: token } = await run("token");
    const headers = { authorization: `Bearer ${token.trim()}` };
    expect((await fetch(`${apiUrl}/orders`, { headers })).status).toBe(200);

    const explained = await run("explain", token.trim(), "--route", "POST /orders");
    expect(explained.out).toContain("allowed");
    const smoked = await run("smoke", "--url", apiUrl, "--wait", "0");
    expect(smoked.out).toContain("0 failed");
    expect(smoked.out).toContain("GET /open");
    expect((await local.stop()).exitCode).toBe(0);
    expect(runs()).toBe(1);
  });

  test("two runs write to a folder each, and the banner names the stack", async () => {
    const options = ["local", "--port", "0", "--no-watch", "--no-console"];
    const one = terminal.start(options, { cwd });
    await one.saidUntil(/^Gatehouse {2}Orders {2}ready/m);
    const other = terminal.start(options, { cwd });
    await other.saidUntil(/^Gatehouse {2}Orders {2}ready/m);
    expect(readdirSync(join(cwd, ".gatehouse")).toSorted()).toEqual([
      "cdk.out",
      "cdk.out-2",
      "cdk.out-2.lock",
      "cdk.out.lock",
    ]);
    expect([(await one.stop()).exitCode, (await other.stop()).exitCode]).toEqual([0, 0]);
    expect(readdirSync(join(cwd, ".gatehouse")).toSorted()).toEqual(["cdk.out", "cdk.out-2"]);
  });

  test("a command that finds no assembly synthesises one, and the next one takes it", async () => {
    const first = await run("explain", "--route", "POST /orders");
    expect(first.err).toContain("synthesising the app of cdk.json");
    expect(first.out).toContain(`issuer      ${ISSUER}`);
    expect((await run("explain", "--route", "GET /open")).out).toContain("GET /open");
    expect(runs()).toBe(1);
  });

  test("an assembly of 'cdk synth' counts as well, and none that is older than cdk.json", async () => {
    writeFileSync(join(cwd, "cdk.json"), JSON.stringify({ app: "node app.mjs", output: "assembly" }));
    const made = folderOf({
      "manifest.json": MANIFEST,
      "Orders.template.json": templateOf({ issuer: "https://synth.example.com", audience: ["a"] }),
    });
    cpSync(made, join(cwd, "assembly"), { recursive: true });
    expect((await run("explain")).out).toContain("issuer      https://synth.example.com");
    expect(runs()).toBe(0);
    const later = new Date(Date.now() + 60_000);
    utimesSync(join(cwd, "cdk.json"), later, later);
    expect((await run("explain")).out).toContain(`issuer      ${ISSUER}`);
    expect(runs()).toBe(1);
  });

  test("-c is the app's own context, and has a template of its own", async () => {
    expect((await run("explain")).out).toContain("audience    orders-app");
    expect((await run("explain", "-c", "audience=other-app")).out).toContain("audience    other-app");
    expect((await run("explain")).out).toContain("audience    orders-app");
    expect(runs()).toBe(2);
  });

  test("what the CDK's lookups found is context, as for 'cdk synth'", async () => {
    writeFileSync(join(cwd, "cdk.context.json"), JSON.stringify({ found: "12345" }));
    await run("explain");
    expect(runs()).toBe(6);
  });

  test("app in cdk.json may be an assembly, as for 'cdk deploy'", async () => {
    const assembly = folderOf({
      "cdk.json": { app: "out" },
      "out/manifest.json": MANIFEST,
      "out/Orders.template.json": templateOf({ issuer: ISSUER }),
    });
    const { out } = await terminal.run(["check", "--json"], { cwd: assembly });
    expect(JSON.parse(out)).toMatchObject({ apis: [{ name: "orders" }] });
  });

  test("doctor checks the issuer of the template", async () => {
    writeFileSync(
      join(cwd, "template.json"),
      JSON.stringify(templateOf({ issuer: "https://127.0.0.1:1/oauth2/token" })),
    );
    const { out } = await run("doctor", "--json");
    expect(JSON.parse(out)).toMatchObject({ issuer: "https://127.0.0.1:1/oauth2/token", audience: ["orders-app"] });
  });

  test("doctor and wso2 want one issuer where the template has several", async () => {
    const template = templateOf({ issuer: ISSUER });
    const other = structuredClone(template.Resources.Authorizer) as { Properties: { JwtConfiguration: object } };
    other.Properties.JwtConfiguration = { Issuer: "https://other.example.com", Audience: ["b"] };
    const more = structuredClone(template.Resources.List);
    Object.assign(more.Properties, { RouteKey: "GET /more", AuthorizerId: { Ref: "Other" } });
    const text = JSON.stringify({ ...template, Resources: { ...template.Resources, Other: other, More: more } });
    writeFileSync(join(cwd, "template.json"), text);
    for (const command of [["doctor"], ["wso2", "token"]]) {
      const { exitCode, err } = await run(...command);
      expect(exitCode).toBe(1);
      expect(err).toContain("mistake issuer-ambiguous");
      expect(err).toContain("https://other.example.com for b");
    }
  });

  test("demo walks its steps on a route that any good token may call", async () => {
    const { exitCode, out } = await run("demo");
    expect(out).toContain("8 right, 0 wrong");
    expect(exitCode).toBe(0);
  });

  test("--env says that there are none, and what to do", async () => {
    const { exitCode, err } = await run("local", "--env", "prod");
    expect(exitCode).toBe(1);
    expect(err).toContain("mistake environment-unknown");
    expect(err).toContain("leave it out, and the API of the app's own template is meant");
  });

  test("an app that makes nothing is not taken for one", async () => {
    writeFileSync(join(cwd, "app.mjs"), "");
    expect((await run("explain")).err).toContain("the app of cdk.json ended and left no cloud assembly");
  });

  test("an app that fails says what it said", async () => {
    writeFileSync(join(cwd, "app.mjs"), "throw new Error('the stack is wrong');");
    const { exitCode, err } = await run("explain");
    expect(exitCode).toBe(2);
    expect(err).toContain("mistake synthesis-failed");
    expect(err).toContain("the stack is wrong");
  });
});
