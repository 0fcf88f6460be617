import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { bearer, folderOf, MANIFEST, templateOf } from "../assembly/handwritten.ts";
import { discoveryOf, type FaultIssuer, json, startFaultIssuer } from "../keys/fault-issuer.ts";
import { rsaPair, signToken } from "../keys/jwks.ts";
import { ADMIN, type FakeWso2, startFakeWso2 } from "../wso2/fake-wso2.ts";
import { type Said, Terminal } from "./run-cli.ts";

// What others write reaches every command: whatever it is, the terminal is not steered, and no line of its own begins.

/** Steers a terminal, begins a line, and turns the reading direction; with letters that have to stay. */
const HOSTILE = "\u001b[31m\u009b2J\u0007\r\nFORGED line\u2028FORGED too\u2029\u202e\u2066\u007f zürich";
const STEERS = /[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]/u;

function expectHarmless({ out, err }: { readonly out: string; readonly err: string }) {
  for (const line of `${out}\n${err}`.split("\n")) {
    expect(STEERS.test(line), JSON.stringify(line)).toBe(false);
    // A part of a mistake may have several lines, which are indented so far that none looks like a part.
    expect(/^ {0,11}FORGED/.test(line), line).toBe(false);
  }
}

const terminal = new Terminal();
const { jwk, privateKey } = rsaPair("kid-1");
const folder = mkdtempSync(join(tmpdir(), "gatehouse-hostile-"));
const jwks = join(folder, "jwks.json");
let issuer: FaultIssuer;

/** What the REST APIs of a WSO2 answer. */
const instead = () => ({ status: 400, body: { code: HOSTILE, message: HOSTILE, description: HOSTILE } });

/** 9,000 keys that verify nothing, the first with hostile names, within the 150,000 bytes that are read. */
const JUNK = Array.from({ length: 9_000 }, (_, index) => (index < 3 ? { kty: "EC", kid: `${index} ${HOSTILE}` } : {}));

beforeAll(async () => {
  writeFileSync(jwks, JSON.stringify({ keys: [{ kty: "EC", kid: HOSTILE }, jwk] }));
  issuer = await startFaultIssuer();
  issuer.jwks = json({ keys: [...JUNK, jwk] });
});
afterAll(() => issuer.close());

const FLAWED: readonly (readonly [string, object, object])[] = [
  ["kid", { kid: HOSTILE }, {}],
  ["unknown kid", { kid: `x${HOSTILE}` }, {}],
  ["alg", { kid: "kid-1", alg: HOSTILE }, {}],
  ["crit", { kid: "kid-1", crit: [HOSTILE] }, {}],
  ["iss", { kid: "kid-1" }, { iss: HOSTILE }],
  ["aud", { kid: "kid-1" }, { aud: [HOSTILE, { [HOSTILE]: HOSTILE }] }],
  ["scope", { kid: "kid-1" }, { scope: HOSTILE }],
  ["exp", { kid: "kid-1" }, { exp: HOSTILE }],
];
const ISSUER = "https://is.example.com/oauth2/token";
const CLAIMS = { iss: ISSUER, aud: "app", sub: HOSTILE, exp: 4_102_444_800 };
const flawed = (header: object, claims: object) => signToken(privateKey, header, { ...CLAIMS, ...claims });
const ASKED = ["--issuer", ISSUER, "--audience", "app", "--jwks", jwks];

describe("explain", () => {
  test.each(FLAWED)("a hostile %s", async (_, header, claims) => {
    for (const more of [[], ["--json"]]) {
      const said = await terminal.run(["explain", flawed(header, claims), ...ASKED, "--scope", HOSTILE, ...more]);
      expect(said.exitCode).toBe(1);
      expectHarmless(said);
      expect(said.out).toContain("zürich");
    }
  });

  test.each([
    ["a credential", [HOSTILE, ...ASKED]],
    ["an issuer", ["x", "--issuer", HOSTILE, "--audience", HOSTILE, "--jwks", jwks]],
    ["a JWKS file that is not there", ["x", "--issuer", "a", "--audience", "b", "--jwks", HOSTILE]],
    ["a route", ["x", "--route", HOSTILE]],
    ["a text of a log", ["--error", HOSTILE]],
    ["an environment", ["x", "--env", HOSTILE]],
    ["a time", ["x", "--at", HOSTILE]],
    ["an option", [`--${HOSTILE}`]],
  ])("%s", async (_, argv) => {
    const said = await terminal.run(["explain", ...argv]);
    expect(said.exitCode).toBeGreaterThan(0);
    expectHarmless(said);
  });
});

describe("doctor", () => {
  test("an issuer with hostile documents, and a hostile token", async () => {
    const discovery = json(discoveryOf(HOSTILE, { id_token_signing_alg_values_supported: HOSTILE }));
    for (const answer of [discovery, json({ issuer: issuer.issuer, jwks_uri: `https://${HOSTILE}` })]) {
      issuer.discovery = answer;
      const argv = [
        "doctor",
        "--issuer",
        issuer.issuer,
        "--audience",
        HOSTILE,
        "--token",
        flawed({ kid: HOSTILE }, {}),
      ];
      for (const more of [[], ["--json"]]) expectHarmless(await terminal.run([...argv, ...more]));
    }
  });

  test("many junk keys make few lines", async () => {
    issuer.discovery = (response, name) => json(discoveryOf(name))(response, name);
    const said = await terminal.run(["doctor", "--issuer", issuer.issuer]);
    expectHarmless(said);
    expect(said.out.match(/zürich/g)?.length).toBeLessThan(10);
    expect(said.out).toContain("more");
  });

  test("an issuer that is not one", async () => {
    expectHarmless(await terminal.run(["doctor", "--issuer", `https://${HOSTILE}/oauth2/token`]));
    expectHarmless(await terminal.run(["doctor", "--issuer", HOSTILE]));
  });
});

test("local: names of a template, warnings of an issuer, lines of a function, tokens and paths of clients", async () => {
  issuer.discovery = (response, name) => json(discoveryOf(name))(response, name);
  const template = templateOf({
    issuer: issuer.issuer,
    audience: [HOSTILE, "app"],
    code: {
      ZipFile: `exports.handler = async () => { console.log(${JSON.stringify(HOSTILE)}); throw new Error(${JSON.stringify(HOSTILE)}); };`,
    },
  });
  Object.assign(template.Resources.Api.Properties, { Name: HOSTILE });
  Object.assign(template.Resources, {
    Odd: { Type: "AWS::ApiGatewayV2::VpcLink", Properties: { Name: HOSTILE } },
    Link: {
      ...template.Resources.Open,
      Properties: { ...template.Resources.Open.Properties, RouteKey: `GET /${HOSTILE}` },
    },
  });
  const assembly = folderOf({ "manifest.json": MANIFEST, "Orders.template.json": template });
  for (const more of [[], ["--json"], ["--access-log"]]) {
    const started = terminal.start([
      "local",
      "--assembly",
      assembly,
      "--real-issuer",
      "--port",
      "0",
      "--no-watch",
      ...more,
    ]);
    const [, url = ""] = await started.saidUntil(/(http:\/\/127\.0\.0\.1:\d+)/);
    const claims = { iss: issuer.issuer, aud: "app", exp: 4_102_444_800 };
    for (const [, header, other] of FLAWED)
      await fetch(`${url}/orders`, bearer(signToken(privateKey, header, { ...claims, ...other })));
    await fetch(`${url}/orders`, bearer(signToken(privateKey, { kid: "kid-1" }, claims)));
    await fetch(`${url}/${encodeURIComponent(HOSTILE)}`);
    const said = await started.stop();
    expectHarmless(said);
    expect(said.err).toContain("zürich");
    expect(said.err).toContain("and 8,997 more");
    expect(said.err.split("\n").length).toBeLessThan(60);
  }
});

test("token: options of a person", async () => {
  expectHarmless(await terminal.run(["token", "--flaw", HOSTILE]));
  expectHarmless(await terminal.run(["token", "--issuer", HOSTILE]));
  expectHarmless(await terminal.run(["token", "--claims", HOSTILE]));
});

test("env and check: names of a template", async () => {
  const template = templateOf({ issuer: `https://is.example.com/${HOSTILE}`, audience: [HOSTILE, "app"] });
  Object.assign(template.Resources.Api.Properties, { Name: HOSTILE, Description: HOSTILE });
  const assembly = folderOf({ "manifest.json": MANIFEST, "Orders.template.json": template });
  const local = terminal.start(["local", "--assembly", assembly, "--port", "0", "--json", "--no-watch"]);
  await local.saidUntil(/^\{.*\}$/m);
  const said = await terminal.run(["env"]);
  expect(said.out).toContain("zürich");
  expectHarmless(said);
  expectHarmless(await terminal.run(["env", "--out", join(folder, "env")]));
  for (const name of ["--client", "--issuer", "--env"]) expectHarmless(await terminal.run(["env", name, HOSTILE]));
  expectHarmless(await local.stop());
  for (const more of [[], ["--json"]]) expectHarmless(await terminal.run(["check", "--assembly", assembly, ...more]));
});

test("init: an app's own files", async () => {
  const app = folderOf({
    "package.json": { name: HOSTILE, scripts: { [HOSTILE]: HOSTILE } },
    "cdk.json": { app: HOSTILE, context: { [HOSTILE]: HOSTILE } },
  });
  for (const argv of [["--dry-run"], ["--dry-run", "--json"], ["--issuer", HOSTILE], ["--audience", HOSTILE]])
    expectHarmless(await terminal.run(["init", ...argv], { cwd: app }));
});

test("mirror: a token, a route, and what the bundle answers", async () => {
  mkdirSync(join(folder, "dist", "cjs", "lambda"), { recursive: true });
  writeFileSync(join(folder, "package.json"), '{"version":"0.0.0","type":"commonjs"}');
  writeFileSync(
    join(folder, "dist", "cjs", "lambda", "authorizer.js"),
    `exports.createMirror = () => async () => ({ isAuthorized: false, context: { rule: "key", error: ${JSON.stringify(HOSTILE)} } });`,
  );
  const own = { cwd: folder, home: folder, functionsFolder: async () => join(folder, "dist", "cjs", "lambda") };
  expectHarmless(await terminal.run(["mirror", flawed({ kid: HOSTILE }, {}), ...ASKED], own));
  expectHarmless(await terminal.run(["mirror", flawed({ kid: HOSTILE }, {}), ...ASKED, "--json"], own));
  expectHarmless(await terminal.run(["mirror", "x", ...ASKED, "--route", HOSTILE], own));
});

describe("servers that answer anything", () => {
  let server: Server;
  let url: string;

  beforeAll(async () => {
    server = createServer((request, response) => {
      request.resume();
      response.writeHead(401, { "www-authenticate": `Bearer error="\u009b2J" error_description="\u0085zürich"` });
      response.end(JSON.stringify({ message: HOSTILE }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  test("smoke", async () => {
    for (const more of [[], ["--json"]]) {
      const said = await terminal.run(["smoke", "--url", url, "--wait", "0", ...more]);
      expect(said.exitCode).toBeGreaterThan(0);
      expectHarmless(said);
    }
    expectHarmless(await terminal.run(["smoke", "--url", HOSTILE]));
  });

  test("conformance", async () => {
    const argv = ["conformance", "--target", url, "--issuer-port", "0", "--issuer", "http://127.0.0.1/x"];
    for (const more of [[], ["--json"]]) expectHarmless(await terminal.run([...argv, "--theme", "answers", ...more]));
    expectHarmless(await terminal.run([...argv, "--theme", HOSTILE]));
  });
});

describe("a WSO2 that answers anything", () => {
  let fake: FakeWso2;

  beforeAll(async () => {
    fake = await startFakeWso2({ instead });
    writeFileSync(join(folder, "authority.pem"), fake.ca);
  });
  afterAll(() => fake.close());

  const run = (...argv: readonly string[]): Promise<Said> =>
    terminal.run([...argv, "--issuer", fake.issuer, "--ca", join(folder, "authority.pem")], {
      cwd: folder,
      env: {
        ...terminal.env,
        WSO2_ADMIN_USER: ADMIN.user,
        WSO2_ADMIN_PASSWORD: ADMIN.password,
        WSO2_CLIENT_ID: HOSTILE,
        WSO2_CLIENT_SECRET: "s",
      },
    });

  test("wso2 register", async () => {
    expectHarmless(await run("wso2", "register", "--name", HOSTILE, "--out", "-"));
    expectHarmless(await run("wso2", "register", "--name", HOSTILE, "--scope", HOSTILE, "--dry-run"));
    expectHarmless(await run("wso2", "register", "--name", HOSTILE, "--scope", HOSTILE, "--dry-run", "--json"));
  });

  test("wso2 token", async () => {
    expectHarmless(await run("wso2", "token", "--scope", HOSTILE));
  });
});
