import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { HttpApiModel, RouteModel } from "../../lib/assembly/model.ts";
import { guardedApi } from "../../lib/assembly/route-guards.ts";
import { functionHostOf } from "../../lib/functions/function-host.ts";
import { announce } from "../../lib/session/running-sessions.ts";
import { type Session, startSession } from "../../lib/session/session.ts";
import type { SmokeReport } from "../../lib/smoke/smoke.ts";
import { SMALL_API } from "../conformance/small-api.ts";
import { Terminal } from "./run-cli.ts";

const ISSUER = "https://is.example.com/oauth2/token";
const ENVIRONMENT = {
  issuer: ISSUER,
  audience: ["ordersApplication0001"],
  routes: [
    { method: "GET", path: "/open", public: true },
    { method: "GET", path: "/me" },
    { method: "GET", path: "/orders", scopes: ["orders:read"] },
  ],
};

/** The same routes as a template has them. */
const API: HttpApiModel = {
  ...SMALL_API,
  routes: SMALL_API.routes.filter(({ key }) => key !== "GET /query").map(trusting),
};

function trusting(route: RouteModel): RouteModel {
  const { authorization } = route;
  if (authorization.kind !== "jwt") return route;
  const authorizer = { ...authorization.authorizer, issuer: ISSUER, audience: ENVIRONMENT.audience };
  const scopes = authorization.scopes.length === 0 ? [] : ["orders:read"];
  return { ...route, authorization: { kind: "jwt", authorizer, scopes } };
}

const terminal = new Terminal();
let session: Session;
let url: string;
/** Of each request that the API got. */
const paths: string[] = [];
let withdraw: () => void;
const directory = mkdtempSync(join(tmpdir(), "gatehouse-smoke-"));

beforeAll(async () => {
  writeFileSync(join(directory, "cdk.json"), JSON.stringify({ context: { environments: { dev: ENVIRONMENT } } }));
  session = await startSession({
    apis: [API],
    port: 0,
    issuerPort: 0,
    realIssuer: false,
    functionHost: functionHostOf({ nowMs: Date.now }),
    onRequest: ({ path }) => void paths.push(path),
  });
  url = session.gateways[0]?.url ?? "";
  withdraw = announce(
    {
      pid: process.pid,
      folder: directory,
      apiUrl: url,
      environment: "dev",
      startedAtMs: Date.now(),
      apis: [guardedApi(API)],
      issuers: session.issuers.map(({ issuer, issuerUrl, origin, session: word }) => ({
        issuer,
        issuerUrl,
        origin,
        session: word,
        audience: ENVIRONMENT.audience,
        scopes: ["orders:read"],
      })),
    },
    terminal.env,
  );
});
afterAll(async () => {
  withdraw();
  await session.close();
  rmSync(directory, { recursive: true });
});

const run = (argv: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  terminal.run(["smoke", ...argv], { cwd: directory, env: { ...terminal.env, ...env } });

describe("gatehouse smoke before the local gateway and its issuer", () => {
  test("passes every check with tokens of the embedded issuer, and exits 0", async () => {
    const { exitCode, out, err } = await run(["--url", url]);
    expect(out).toContain(
      "The API rejected every request it should reject.\n20 passed, 0 warnings, 0 failed, 0 skipped",
    );
    expect(exitCode).toBe(0);
    expect(out).toMatch(/^pass {2}no-token {10}GET \/me {15}401 www-authenticate: Bearer$/m);
    expect(err).toContain("forging tokens …");
    for (const line of out.split("\n")) expect(line.length, line).toBeLessThanOrEqual(100);
  });

  test("--json prints one JSON document, and --junit writes the same cases", async () => {
    const { out } = await run(["--url", url, "--json", "--junit", "reports/smoke.xml"]);
    const report = JSON.parse(out) as SmokeReport;
    expect(report).toMatchObject({ passed: true, authorizer: "native", environment: "dev", issuer: ISSUER });
    const xml = readFileSync(join(directory, "reports", "smoke.xml"), "utf8");
    expect(xml.match(/<testcase /g)).toHaveLength(report.results.length);
  });

  test("takes the URL from an outputs file, and says when another stack was deployed", async () => {
    const stack = { ApiUrl: url, Issuer: ISSUER, Audience: "ordersApplication0001" };
    writeFileSync(join(directory, "outputs.json"), JSON.stringify({ "Gatehouse-dev": stack }));
    expect((await run(["--outputs", "outputs.json"])).exitCode).toBe(0);
    writeFileSync(
      join(directory, "outputs.json"),
      JSON.stringify({ "Gatehouse-dev": { ...stack, Audience: "somebodyElse" } }),
    );
    const { exitCode, out } = await run(["--outputs", "outputs.json"]);
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^FAIL {2}outputs/m);
  });

  test("before an API of another issuer no real token is tried: the last line says so, and --require-token exits 1", async () => {
    const elsewhere = { ...ENVIRONMENT, issuer: "https://is.elsewhere.invalid/oauth2/token" };
    writeFileSync(
      join(directory, "cdk.json"),
      JSON.stringify({ context: { environments: { dev: ENVIRONMENT, elsewhere } } }),
    );
    const argv = ["--url", url, "--env", "elsewhere"];
    const lenient = await run(argv);
    expect(lenient.exitCode).toBe(0);
    expect(lenient.out).toMatch(/\n10 passed, 0 warnings, 0 failed, 5 skipped; no real token was tried\n*$/);
    const strict = await run([...argv, "--require-token"]);
    expect(strict.exitCode).toBe(1);
    expect(strict.out).toMatch(/^FAIL {2}real-token +no real token was tried; expected/m);
  });

  test("an expired token from the environment is refused, and printed nowhere", async () => {
    const expired = (await session.issuers[0]?.mint({ flaw: "expired" })) ?? "";
    const { out, err } = await run(["--url", url], { WSO2_EXPIRED_TOKEN: expired });
    expect(out).toMatch(/^pass {2}expired {11}GET \/me {15}401 invalid_token: Token is expired$/m);
    for (const part of expired.split(".")) expect(out + err).not.toContain(part);
  });
});

const region = (ApiUrl: string) => ({ ApiUrl, Issuer: ISSUER, Audience: ENVIRONMENT.audience.join() });
/** Writes the outputs of two stacks: where the first and the second answer. */
const deployed = (first: string, second: string) =>
  writeFileSync(
    join(directory, "regions.json"),
    JSON.stringify({ "Gatehouse-dev-eu-central-1": region(first), "Gatehouse-dev-us-east-1": region(second) }),
  );

describe("an environment of several regions", () => {
  test("is asked in each of them: a table each, a line each at the end, a suite each in the JUnit file", async () => {
    deployed(url, url.replace("127.0.0.1", "localhost"));
    const { exitCode, out } = await run(["--outputs", "regions.json", "--junit", "regions.xml"]);
    expect(out).toMatch(/^stack {8}Gatehouse-dev-eu-central-1\nurl {10}http:\/\/127/m);
    expect(out).toMatch(/^stack {8}Gatehouse-dev-us-east-1\nurl {10}http:\/\/localhost/m);
    expect(out).toMatch(
      /\npass {2}Gatehouse-dev-eu-central-1 {2}21 passed.*\npass {2}Gatehouse-dev-us-east-1 {5}21 passed, .*0 skipped\n*$/,
    );
    expect(exitCode).toBe(0);
    expect(readFileSync(join(directory, "regions.xml"), "utf8").match(/<testsuite /g)).toHaveLength(2);
  });

  test("one that cannot be asked keeps no other from being asked, is an error in the JUnit file, and exits 2", async () => {
    deployed(`${url}/v2/`, url);
    const argv = ["--outputs", "regions.json", "--wait", "0"];
    const { exitCode, out } = await run([...argv, "--junit", "regions.xml"]);
    expect(exitCode).toBe(2);
    expect(out).toContain("mistake url-no-route");
    expect(out).toMatch(
      /\nFAIL {2}Gatehouse-dev-eu-central-1 {2}could not be asked: url-no-route\npass {2}Gatehouse-dev-us/,
    );
    expect(readFileSync(join(directory, "regions.xml"), "utf8")).toMatch(/tests="22" failures="0" errors="1"/);
    const report = JSON.parse((await run([...argv, "--json"])).out) as { passed: boolean; stacks: object[] };
    expect(report).toMatchObject({
      passed: false,
      stacks: [{ stack: "Gatehouse-dev-eu-central-1", mistake: { code: "url-no-route" } }, { passed: true }],
    });
  });

  test("--stack asks one of them", async () => {
    deployed(`${url}/v2/`, url);
    const { exitCode, out } = await run(["--outputs", "regions.json", "--stack", "Gatehouse-dev-us-east-1"]);
    expect(exitCode).toBe(0);
    expect(out).not.toContain("eu-central-1");
  });
});

/** A template with these routes, by key. */
const template = (routes: Readonly<Record<string, object>>) => ({
  Resources: {
    Api: { Type: "AWS::ApiGatewayV2::Api", Properties: { Name: "orders", ProtocolType: "HTTP" } },
    Jwt: {
      Type: "AWS::ApiGatewayV2::Authorizer",
      Properties: {
        ApiId: { Ref: "Api" },
        AuthorizerType: "JWT",
        Name: "jwt",
        IdentitySource: ["$request.header.Authorization"],
        JwtConfiguration: { Issuer: ISSUER, Audience: ENVIRONMENT.audience },
      },
    },
    Url: {
      Type: "AWS::ApiGatewayV2::Integration",
      Properties: { ApiId: { Ref: "Api" }, IntegrationType: "HTTP_PROXY", IntegrationUri: "https://a.example.com" },
    },
    ...Object.fromEntries(
      Object.entries(routes).map(([key, more], at) => [
        `Route${at}`,
        {
          Type: "AWS::ApiGatewayV2::Route",
          Properties: {
            ApiId: { Ref: "Api" },
            RouteKey: key,
            Target: { "Fn::Join": ["/", ["integrations", { Ref: "Url" }]] },
            ...more,
          },
        },
      ]),
    ),
  },
});

/** A folder with such a template. */
const written = (name: string, routes: Readonly<Record<string, object>>) => {
  const folder = join(directory, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "Orders.template.json"), JSON.stringify(template(routes)));
  return folder;
};

describe("the routes are the template's", () => {
  const guarded = { AuthorizationType: "JWT", AuthorizerId: { Ref: "Jwt" } };

  test("an open route that a stack adds is seen and asked, though cdk.json does not list it", async () => {
    const folder = written("added", { "GET /me": guarded, "GET /open": {}, "GET /debug": {} });
    const { out } = await run(["--url", url, "--env", "dev", "--assembly", folder]);
    expect(out.replace(/\s+/g, " ")).toMatch(/WARN template open in .* and not in cdk.json: GET \/debug fix/);
    expect(out).toMatch(/^(pass|FAIL) {2}public {12}GET \/debug/m);
  });

  test("a route that the template opens and cdk.json protects fails", async () => {
    const folder = written("opened", { "GET /me": {}, "GET /orders": guarded });
    const { exitCode, out } = await run(["--url", url, "--env", "dev", "--assembly", folder]);
    expect(out).toMatch(/^FAIL {2}template/m);
    expect(exitCode).toBe(1);
  });

  test("without an environment the assembly says issuer, audience and routes", async () => {
    const folder = written("alone", { "GET /me": guarded });
    const { exitCode, out } = await run(["--url", url, "--assembly", folder]);
    expect(out).toContain(`issuer       ${ISSUER}`);
    expect(out).toMatch(/^pass {2}no-token {10}GET \/me/m);
    expect(exitCode).toBe(0);
  });
});

describe("its mistakes exit 2 and reach the JUnit file", () => {
  test.for<[string, readonly string[], Record<string, string>, string]>([
    ["no address", [], {}, "url-missing"],
    ["http to another machine", ["--url", "http://api.example.com"], {}, "url-not-https"],
    ["a password in the address", ["--url", "https://me:pass-word@api.example.com"], {}, "url-not-https"],
    ["no outputs file", ["--outputs", "nowhere.json"], {}, "outputs-missing"],
    ["an id without its secret", ["--url", "https://a.invalid"], { WSO2_CLIENT_ID: "id" }, "credentials-incomplete"],
    ["another path", ["--url", "URL/v2", "--wait", "0"], {}, "url-no-route"],
    ["no such environment", ["--url", "https://a.invalid", "--env", "nowhere"], {}, "environment-unknown"],
  ])("%s", async ([, argv, env, code]) => {
    const { exitCode, err, out } = await run(
      argv.map((word) => word.replace("URL", url)),
      env,
    );
    expect(err).toContain(`mistake ${code}`);
    expect(exitCode).toBe(2);
    expect(out).toBe("");
    expect(err).not.toContain("pass-word");
  });

  test("a URL without such an API is an error in the JUnit file", async () => {
    await run(["--url", `${url}/v2`, "--wait", "0", "--junit", "error.xml"]);
    expect(readFileSync(join(directory, "error.xml"), "utf8")).toContain('<error message="url-no-route: ');
  });

  test("--url and --outputs together, or seconds that are none, are usage errors", async () => {
    for (const argv of [
      ["--url", url, "--outputs", "outputs.json"],
      ["--url", url, "--wait", "-1"],
    ]) {
      const { exitCode, err } = await run(argv);
      expect(exitCode).toBe(2);
      expect(err).toContain("usage: gatehouse smoke");
    }
  });

  test("Ctrl-C ends a wait at once", async () => {
    paths.length = 0;
    const waiting = terminal.start(["smoke", "--url", `${url}/v2`, "--wait", "60"], { cwd: directory });
    await expect.poll(() => paths.filter((path) => path.startsWith("/v2"))).not.toEqual([]);
    expect((await waiting.stop()).err).toContain("mistake stopped");
  });

  test("a client certificate is two files that can be read, else a mistake before anything is asked", async () => {
    const only = await run(["--url", url, "--client-cert", "cdk.json"]);
    expect([only.exitCode, only.out]).toEqual([2, ""]);
    expect(only.err).toContain("mistake client-certificate-incomplete");
    const none = await run(["--url", url, "--client-cert", "cdk.json", "--client-key", "none.pem"]);
    expect(none.err).toMatch(/mistake client-certificate-missing[\s\S]*none\.pem/);
  });
});
