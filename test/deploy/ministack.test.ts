import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ACCOUNT_FILE, AccountStack } from "../account/account-template.ts";
import { CHECKOUT, copyProject } from "../project-copy.ts";
import { PROJECT } from "../test-project.ts";
import { leaveOutFormulaAlarms, synthesise } from "./assemblies.ts";
import { allowTermination, apiNames, createStack, logGroupNames, stackStatuses } from "./aws-queries.ts";
import { bootstrap, deploy, deployByName, destroy, diff, type Watch, watch } from "./cdk.ts";
import { type Engine, startMiniStack, whyNoEngine } from "./engine.ts";
import { type LoopbackIssuer, startApiAddress, startLoopbackIssuer } from "./loopback-issuer.ts";
import { startRecorder } from "./recorder.ts";

// The genuine `cdk deploy`, then requests to what was deployed. MiniStack runs the API, checks RS256 tokens against the
// issuer's JWKS, and runs the functions' own bundles on Node.

const GATEHOUSE = join(CHECKOUT, "bin", "gatehouse.mjs");
const CLIENT = "ordersWebDeploy00001";
const directory = mkdtempSync(join(tmpdir(), "gatehouse-deploy-"));

let engine: Engine;
let issuer: LoopbackIssuer;

beforeAll(async () => {
  if (whyNoEngine !== undefined) return;
  issuer = await startLoopbackIssuer(directory, CLIENT);
  engine = await startMiniStack({ directory: join(directory, "engine"), env: issuer.env });
  const { exitCode, text } = await bootstrap(engine, directory);
  expect(exitCode, text).toBe(0);
});

afterAll(async () => {
  await engine?.close();
  await issuer?.close();
});

if (whyNoEngine !== undefined) process.stderr.write(`skipped: ${whyNoEngine}\n`);

/** Alarms of a metric formula, which MiniStack refuses: "Properties.Metrics (metric math) is not supported". */
const FORMULA_ALARMS = [
  "IssuerWatchCertificateBF480F38",
  "IssuerWatchDefaultKey2F6C70C4",
  "IssuerWatchKeyVanished16B22B6A",
  "IssuerWatchSilentB60554B7",
  "IssuerWatchSlow83DA1611",
  "IssuerWatchUnreachable79E58F68",
  "ObservabilityBusinessFailures360EE9A3",
  "ObservabilityIssuerFaultsE49E5576",
  "ObservabilityLatency93D108FC",
  "ObservabilityRefusalsF028FF12",
  "ObservabilityServerErrors0B6762E5",
  "ObservabilityThrottling8F743395",
];

describe.skipIf(whyNoEngine !== undefined)("MiniStack, with the genuine cdk", () => {
  test.each([
    { name: "dev", leftOut: [] },
    { name: "staging", leftOut: FORMULA_ALARMS },
    { name: "prod", leftOut: FORMULA_ALARMS },
  ])("deploys and destroys $name of cdk.json", async ({ name, leftOut }) => {
    const assembly = synthesise(join(directory, name), name);
    expect(leaveOutFormulaAlarms(assembly)).toEqual(leftOut);
    const { exitCode, text } = await deploy(engine, directory, assembly);
    expect(exitCode, text).toBe(0);
    expect(await stackStatuses(engine)).toMatchObject({ [`Gatehouse-${name}`]: "CREATE_COMPLETE" });
    expect(await apiNames(engine)).toContain(`gatehouse-${name}`);
    const logGroups = await logGroupNames(engine);
    if (name === "prod") {
      const refused = await destroy(engine, directory, assembly);
      expect(refused.exitCode).toBe(1);
      expect(refused.text).toContain("cannot be deleted while TerminationProtection is enabled");
      await allowTermination(engine, `Gatehouse-${name}`);
    }
    const destroyed = await destroy(engine, directory, assembly);
    expect(destroyed.exitCode, destroyed.text).toBe(0);
    expect(await stackStatuses(engine)).not.toHaveProperty(`Gatehouse-${name}`);
    expect(await apiNames(engine)).not.toContain(`gatehouse-${name}`);
    // prod keeps its logs, and nothing else.
    const own = logGroups.filter((one) => one.includes(`Gatehouse-${name}`));
    expect(own.length).toBeGreaterThan(0);
    expect((await logGroupNames(engine)).filter((one) => own.includes(one))).toEqual(name === "prod" ? own : []);
  });

  describe("one environment from its first deployment to its last", () => {
    const base = {
      issuer: "",
      audience: [CLIENT],
      routes: [
        // MiniStack answers /health itself, for every API.
        { method: "GET", path: "/orders/{id}", public: true },
        { method: "GET", path: "/me" },
        { method: "GET", path: "/orders", scopes: ["orders:read"] },
      ],
      logRetentionDays: 1,
    };
    const environmentsFile = () => join(directory, `life-${step}`, "environments.json");
    let step = 0;
    let deployed: { readonly assembly: string; readonly url: string };

    /** Deploys the environment as it is changed, and finds its API. */
    async function update(changes: object): Promise<void> {
      step += 1;
      const folder = join(directory, `life-${step}`);
      const assembly = synthesise(folder, "life", { life: { ...base, issuer: issuer.issuer, ...changes } });
      const outputs = join(folder, "outputs.json");
      const { exitCode, text } = await deploy(engine, directory, assembly, outputs);
      expect(exitCode, text).toBe(0);
      const { "Gatehouse-life": values } = JSON.parse(readFileSync(outputs, "utf8"));
      deployed = { assembly, url: values.ApiUrl };
    }

    /** The status of one request to the API as it is deployed now. */
    async function send(method: string, path: string, token?: string): Promise<number> {
      const address = await startApiAddress(engine.port, deployed.url);
      try {
        const response = await fetch(`${address.url}${path}`, {
          method,
          headers: {
            "content-type": "application/json",
            ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
          },
          ...(method === "POST" ? { body: '{"item":"tea","quantity":1}' } : {}),
        });
        return response.status;
      } finally {
        address.close();
      }
    }

    /** Runs the command line with the issuer's address and a client of it. */
    async function gatehouse(args: readonly string[]) {
      const child = spawn(process.execPath, [GATEHOUSE, ...args, "-c", `environments=${environmentsFile()}`], {
        cwd: PROJECT,
        env: { ...process.env, ...issuer.env, WSO2_CLIENT_ID: CLIENT, WSO2_CLIENT_SECRET: issuer.clientSecret },
        stdio: ["ignore", "pipe", "inherit"],
      });
      let text = "";
      child.stdout.on("data", (chunk: Buffer) => void (text += chunk.toString()));
      const [exitCode] = (await once(child, "close")) as [number];
      return { exitCode, text };
    }

    const status = (path: string, token?: string) => send("GET", path, token);

    test("a first deployment: no token 401, a good token 200, flawed tokens 401, a missing scope 403", async () => {
      await update({});
      expect(await status("/orders/1")).toBe(200);
      expect(await status("/me")).toBe(401);
      expect(await status("/me", await issuer.mint())).toBe(200);
      for (const flaw of ["expired", "wrong-audience", "wrong-issuer", "tampered", "unknown-kid"] as const)
        expect(await status("/me", await issuer.mint({ flaw })), flaw).toBe(401);
      expect(await status("/orders", await issuer.mint({ scopes: ["orders:write"] }))).toBe(403);
    });

    test("a route is added, and the others stay", async () => {
      expect(await send("POST", "/orders", await issuer.mint())).toBe(404);
      await update({ routes: [...base.routes, { method: "POST", path: "/orders", scopes: ["orders:write"] }] });
      expect(await send("POST", "/orders", await issuer.mint())).toBe(201);
      expect(await send("POST", "/orders")).toBe(401);
      expect(await status("/me", await issuer.mint())).toBe(200);
    });

    test("another audience counts after the update", async () => {
      await update({ audience: ["anotherApplication01"] });
      expect(await status("/me", await issuer.mint())).toBe(401);
      expect(await status("/me", await issuer.mint({ claims: { aud: "anotherApplication01" } }))).toBe(200);
    });

    test("native to lambda, and back", async () => {
      await update({ authorizer: "lambda" });
      expect(await status("/me", await issuer.mint())).toBe(200);
      expect(await status("/me", await issuer.mint({ flaw: "expired" }))).toBe(403);
      await update({});
      expect(await status("/me", await issuer.mint())).toBe(200);
      expect(await status("/me", await issuer.mint({ flaw: "expired" }))).toBe(401);
    });

    test("an update that fails is rolled back, and the API answers as before", async () => {
      const { assembly } = deployed;
      await expect(update({ alarms: {} })).rejects.toThrow(/metric math\) is not supported/);
      expect(await stackStatuses(engine)).toMatchObject({ "Gatehouse-life": "UPDATE_ROLLBACK_COMPLETE" });
      deployed = { ...deployed, assembly };
      expect(await status("/me", await issuer.mint())).toBe(200);
      expect(await status("/me")).toBe(401);
    });

    test("smoke lets real tokens in, sees each refusal, and finds the challenge that MiniStack does not send", async () => {
      const address = await startApiAddress(engine.port, deployed.url);
      const { exitCode, text } = await gatehouse(["smoke", "--url", address.url, "--env", "life", "--json"]);
      address.close();
      const { results } = JSON.parse(text) as { results: { code: string; level: string; got: string }[] };
      const levels = Object.fromEntries(results.map(({ code, level }) => [code, level]));
      expect(levels).toMatchObject({
        public: "pass",
        token: "pass",
        scope: "pass",
        "no-scope": "pass",
      });
      // Each 401 comes without a challenge, which API Gateway sends (2.1, DOC): that is all smoke holds against this engine.
      const refusals = [
        "garbage",
        "opaque",
        "foreign-key",
        "unknown-kid",
        "wrong-audience",
        "alg-none",
        "hs256-public-key",
      ];
      const failed = results.filter(({ level }) => level === "fail");
      expect(new Set(failed.map(({ code }) => code))).toEqual(new Set(["no-token", ...refusals, "tampered"]));
      expect(new Set(failed.map(({ got }) => got))).toEqual(new Set(["401"]));
      expect(exitCode).toBe(1);
    });

    test("destroyed, nothing is left", async () => {
      const { exitCode, text } = await destroy(engine, directory, deployed.assembly);
      expect(exitCode, text).toBe(0);
      expect(Object.keys(await stackStatuses(engine))).toEqual(["CDKToolkit"]);
      expect(await apiNames(engine)).toEqual([]);
    });
  });

  // MiniStack knows no AWS::IAM::OIDCProvider, so the one of the account is taken.
  test("the account's template makes the roles, the policy and the boundary", async () => {
    const parameters = { GitHubOwner: "octo-org", GitHubRepository: "orders", GitHubProvider: "take" };
    await createStack(engine, "account", readFileSync(ACCOUNT_FILE, "utf8"), parameters);
    await expect.poll(() => stackStatuses(engine), { timeout: 10_000 }).toMatchObject({ account: "CREATE_COMPLETE" });
  });

  describe("by habit, from the project's folder", () => {
    const project = copyProject();
    const file = (...path: readonly string[]) => join(project.directory, ...path);
    let address: Awaited<ReturnType<typeof startApiAddress>> | undefined;
    let watching: Watch | undefined;

    afterAll(async () => {
      await watching?.close();
      address?.close();
      project.remove();
    });

    /** What the function answers on its public route. */
    const order = async () => (await fetch(`${address?.url}/orders/1`)).json();

    test("'cdk deploy -c env=NAME' deploys the environment of that name, and an unknown name deploys nothing", async () => {
      const settings = JSON.parse(readFileSync(file("cdk.json"), "utf8"));
      const routes = [
        { method: "GET", path: "/orders/{id}", public: true },
        { method: "GET", path: "/me" },
      ];
      const environment = { issuer: issuer.issuer, audience: [CLIENT], routes, logRetentionDays: 1 };
      settings.context.environments = { habit: environment };
      writeFileSync(file("cdk.json"), JSON.stringify(settings));
      const outputs = file("outputs.json");
      const place = { cwd: project.directory, outputs };
      const wrong = await deployByName(engine, directory, { ...place, environment: "habbit" });
      expect([wrong.exitCode, existsSync(outputs)]).toEqual([1, false]);
      expect(wrong.text).toMatch(/mistake environment-unknown[\s\S]*fix +-c env=habit\n/);
      const { exitCode, text } = await deployByName(engine, directory, { ...place, environment: "habit" });
      expect(exitCode, text).toBe(0);
      const { "Gatehouse-habit": values } = JSON.parse(readFileSync(outputs, "utf8"));
      address = await startApiAddress(engine.port, values.ApiUrl);
      expect(await order()).toMatchObject({ item: "tea" });
      expect((await fetch(`${address.url}/me`)).status).toBe(401);
    });

    test("'cdk diff' of a pull request asks only what the role for it may: it cannot become the lookup role", async () => {
      const recorder = await startRecorder(engine);
      const { exitCode, text } = await diff(recorder.engine, directory, project.directory, "habit");
      recorder.close();
      expect(exitCode, text).toBe(0);
      expect(text).toContain("There were no differences");
      const mayAsk = new AccountStack({}).statements("DiffRole", "Policies").flatMap(({ Action }) => Action);
      // Anybody may ask who they are, and be refused another role.
      const asked = recorder.calls().filter((call) => call !== "sts:GetCallerIdentity");
      expect(asked).toEqual([...mayAsk, "sts:AssumeRole"].toSorted());
    });

    test("'cdk watch' swaps a function's code when its source is saved, and what it deploys answers", async () => {
      watching = watch(engine, directory, project.directory, "habit");
      const { text } = watching;
      await expect.poll(text, { timeout: 60_000 }).toContain("(no changes)");
      const source = readFileSync(file("lambda", "business.ts"), "utf8");
      writeFileSync(file("lambda", "business.ts"), source.replace('item: "tea"', 'item: "coffee"'));
      await expect.poll(text, { timeout: 60_000 }).toMatch(/AWS::Lambda::Function '[^']+' hotswapped!/);
      await expect.poll(order, { timeout: 10_000 }).toMatchObject({ item: "coffee" });
    });
  });
});
