import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  bearer,
  ECHO,
  folderOf,
  MANIFEST,
  type PlainIssuer,
  startPlainIssuer,
  templateOf,
} from "../assembly/handwritten.ts";
import { PROJECT } from "../test-project.ts";
import { Terminal } from "./run-cli.ts";

// `gatehouse local --assembly DIR` on an assembly that is not of this project.

interface Ready {
  readonly apiUrl: string;
  readonly issuer: string;
  readonly issuerUrl: string | null;
  readonly readyMs: number;
  readonly apis: readonly { readonly name: string; readonly stack: string; readonly url: string }[];
  readonly notServed: readonly { readonly name: string; readonly what: string }[];
  readonly placeholders: readonly { readonly name: string; readonly got: string }[];
}

let plain: PlainIssuer;
const terminal = new Terminal();

beforeAll(async () => {
  plain = await startPlainIssuer("/tenant-7", "/not/where/you/think.json");
});

afterAll(() => plain.close());

const handwritten = (more: Readonly<Record<string, unknown>> = {}) =>
  folderOf({
    "manifest.json": MANIFEST,
    "Orders.template.json": templateOf({ issuer: plain.issuer, code: { S3Key: "code" } }),
    "code/index.js": ECHO,
    ...more,
  });

test("as a shell starts it, from another folder, with a relative path: good and wrong tokens are told apart", async () => {
  const folder = handwritten();
  const child = spawn(
    process.execPath,
    [
      join(PROJECT, "bin", "gatehouse.mjs"),
      "local",
      "--assembly",
      basename(folder),
      "--real-issuer",
      "--port",
      "0",
      "--json",
    ],
    { cwd: dirname(folder), env: { ...process.env, XDG_RUNTIME_DIR: mkdtempSync(join(folder, "run-")) } },
  );
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  let said = "";
  child.stderr.on("data", (chunk) => (said += String(chunk)));
  const [chunk] = await new Promise<[Buffer]>((resolve, reject) => {
    child.stdout.once("data", (...all: [Buffer]) => resolve(all));
    child.once("exit", () => reject(new Error(said)));
  });
  const line = JSON.parse(String(chunk)) as Ready;
  expect(line).toMatchObject({ issuer: plain.issuer, issuerUrl: null, notServed: [] });
  const ask = async (init?: RequestInit) => {
    const response = await fetch(`${line.apiUrl}/orders`, init);
    return [response.status, response.headers.get("www-authenticate"), await response.text()];
  };
  expect(await ask()).toEqual([401, "Bearer", '{"message":"Unauthorized"}']);
  const [status, , body] = await ask(bearer(plain.token({ roles: ["a", "b"] })));
  expect(status).toBe(200);
  const event = JSON.parse(String(body)) as { requestContext: { authorizer: { jwt: { claims: object } } } };
  expect(event.requestContext.authorizer.jwt.claims).toMatchObject({ iss: plain.issuer, roles: "[a b]" });
  expect(await ask(bearer(plain.forged()))).toEqual([
    401,
    expect.stringContaining('error="invalid_token"'),
    '{"message":"Unauthorized"}',
  ]);
  expect(said).toContain("GET /orders 401");
  expect(said).not.toContain(plain.token().split(".")[0]);
  child.kill("SIGINT");
  expect(await exited).toBe(0);
});

async function ready(
  argv: readonly string[],
  cwd = PROJECT,
): Promise<{ ready: Ready; readonly stop: () => Promise<{ err: string }> }> {
  const started = terminal.start(["local", "--real-issuer", "--port", "0", "--json", ...argv], { cwd });
  const [line] = await started.saidUntil(/^\{.*\}$/m);
  return { ready: JSON.parse(line) as Ready, stop: () => started.stop() };
}

const twoStacks = () => {
  const template = templateOf({ issuer: plain.issuer });
  const other = JSON.stringify(template).replace('"Name":"orders"', '"Name":"returns"');
  return folderOf({ "A.template.json": template, "B.template.json": other });
};

describe("several stacks", () => {
  test("each API has a port of its own", async () => {
    const { ready: all, stop } = await ready(["--assembly", twoStacks()]);
    expect(all.apis.map(({ name, stack }) => `${stack} ${name}`)).toEqual(["A orders", "B returns"]);
    expect(new Set(all.apis.map(({ url }) => url)).size).toBe(2);
    for (const { url } of all.apis) expect((await fetch(`${url}/orders`, bearer(plain.token()))).status).toBe(200);
    await stop();
  });

  test("--stack and --api choose one; a wrong name is told with those that there are", async () => {
    const folder = twoStacks();
    for (const choice of [
      ["--stack", "B"],
      ["--api", "returns"],
    ]) {
      const { ready: one, stop } = await ready(["--assembly", folder, ...choice]);
      expect(one.apis.map(({ name }) => name)).toEqual(["returns"]);
      await stop();
    }
    const { exitCode, err } = await terminal.run(["local", "--assembly", folder, "--real-issuer", "--api", "return"]);
    expect(exitCode).toBe(1);
    expect(err).toMatch(/--api return\n.*--stack A --api orders, or --stack B --api returns/);
  });
});

test("explain takes the authorizer of what runs for the token's issuer, and says so; --env takes the environment's", async () => {
  const issuer = "https://is.elsewhere.example.com/oauth2/token";
  const folder = folderOf({ "Orders.template.json": templateOf({ issuer }), "none.json": { keys: [] } });
  const running = terminal.start(["local", "--assembly", folder, "--port", "0", "--json"]);
  await running.saidUntil(/^\{.*\}$/m);
  const { out: wrong } = await terminal.run(["token", "--flaw", "wrong-audience"]);
  for (const cwd of [PROJECT, folder]) {
    const { out, exitCode } = await terminal.run(["explain", wrong.trim()], { cwd });
    expect(out).toMatch(/^refused {2}by the rule audience/);
    expect(out).toMatch(/^authorizer {2}of the 'gatehouse local' at http:\/\/127/m);
    expect(out).toContain(`issuer      ${issuer}\naudience    orders-app\n`);
    expect(exitCode).toBe(1);
  }
  const { out: good } = await terminal.run(["token"]);
  expect((await terminal.run(["explain", `Bearer ${good.trim()}`, "--json"])).exitCode).toBe(0);
  const asEnvironment = await terminal.run([
    "explain",
    good.trim(),
    "--env",
    "dev",
    "--jwks",
    join(folder, "none.json"),
  ]);
  expect(asEnvironment.out).toContain("authorizer  of the environment dev\n");
  const routed = await terminal.run(["explain", good.trim(), "--route", "GET /orders"]);
  expect(routed.out).toMatch(/^route {7}GET \/orders$/m);
  expect(routed.out).toMatch(/^note {8}the route is of the API that runs at http:\/\/127/m);
  const inAssembly = ["explain", "-", "--assembly", folder];
  const request = `GET /orders HTTP/1.1\r\nAuthorization: Bearer ${good.trim()}\r\n\r\n`;
  const ofTemplate = await terminal.run(inAssembly, { stdin: request });
  expect(ofTemplate.out).toMatch(/^authorizer {2}of the API .* of /m);
  expect(ofTemplate.out).toMatch(/^route {7}GET \/orders$/m);
  expect(ofTemplate.exitCode).toBe(0);
  await running.stop();
});

test("a parameter without a default is named, and --parameters gives it a value", async () => {
  const template = {
    ...templateOf({ issuer: { "Fn::Sub": "${Issuer}" } }),
    Parameters: { Issuer: { Type: "String" } },
  };
  const folder = folderOf({ "Orders.template.json": template });
  const without = await ready(["--assembly", folder]);
  expect(without.ready.notServed).toContainEqual(expect.objectContaining({ name: "Orders/Issuer", type: "parameter" }));
  expect(without.ready.placeholders).toEqual([
    expect.objectContaining({
      name: "the issuer of the authorizer tokens",
      got: "{Issuer}",
      fix: "--parameters Issuer=VALUE",
    }),
  ]);
  expect((await fetch(`${without.ready.apiUrl}/orders`, bearer(plain.token()))).status).toBe(401);
  await without.stop();
  for (const name of ["Issuer", "Orders:Issuer"]) {
    const given = await ready(["--assembly", folder, "--parameters", `${name}=${plain.issuer}`]);
    expect([given.ready.notServed, given.ready.placeholders]).toEqual([[], []]);
    expect((await fetch(`${given.ready.apiUrl}/orders`, bearer(plain.token()))).status).toBe(200);
    await given.stop();
  }
});

test("--access-log FILE gets the stage's own lines, readable by the user only, and no token", async () => {
  const template = templateOf({ issuer: plain.issuer });
  const format = "$context.routeKey $context.status $context.authorizer.error $context.authorizer.claims.sub";
  Object.assign(template.Resources.Stage?.Properties ?? {}, { AccessLogSettings: { Format: format } });
  const folder = folderOf({ "Orders.template.json": template });
  const file = join(folder, "access.log");
  const { ready: running, stop } = await ready(["--assembly", folder, "--access-log", "access.log"], folder);
  await fetch(`${running.apiUrl}/orders`);
  await fetch(`${running.apiUrl}/orders`, bearer(plain.token()));
  await fetch(`${running.apiUrl}/nothing`);
  const { err } = await stop();
  expect(readFileSync(file, "utf8")).toBe(
    "GET /orders 401 missing: token not provided -\nGET /orders 200 - alice\n- 404 - -\n",
  );
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(err).toContain("GET /orders 401");
  const wrong = await terminal.run(["local", "--assembly", folder, "--access-log", "no/such/folder.log"]);
  expect([wrong.exitCode, wrong.err.split("\n")[0]]).toEqual([1, expect.stringContaining("access-log-file")]);
});
