import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ProbeApisStack, ProbeIssuerStack } from "../../probe/probe-stacks.ts";
import { synthesise, templatesOf } from "./assemblies.ts";
import { stackStatuses } from "./aws-queries.ts";
import { bootstrap, deploy, destroy } from "./cdk.ts";
import { type Engine, startMoto, whyNoEngine } from "./engine.ts";

// The genuine `cdk deploy` against moto, which takes alarms of a metric formula that MiniStack refuses, and runs nothing.

const directory = mkdtempSync(join(tmpdir(), "gatehouse-moto-"));
let engine: Engine;

beforeAll(async () => {
  if (whyNoEngine !== undefined) return;
  engine = await startMoto({ directory: join(directory, "engine") });
  const { exitCode, text } = await bootstrap(engine, directory);
  expect(exitCode, text).toBe(0);
});

afterAll(() => engine?.close());

const ROUTES = [
  { method: "GET", path: "/health", public: true },
  { method: "GET", path: "/me" },
];
const BASE = { issuer: "https://is.example.com/oauth2/token", audience: ["ordersWeb00000000001"], routes: ROUTES };

describe.skipIf(whyNoEngine !== undefined)("moto, with the genuine cdk", () => {
  test.each(["dev", "staging"])("deploys %s of cdk.json whole, alarms of a metric formula too", async (name) => {
    const assembly = synthesise(join(directory, name), name);
    const { exitCode, text } = await deploy(engine, directory, assembly);
    expect(exitCode, text).toBe(0);
    expect(await stackStatuses(engine)).toMatchObject({ [`Gatehouse-${name}`]: "CREATE_COMPLETE" });
  });

  // An update is not asked: moto leaves the CDK waiting for the change set of a stack that is there already.
  test("deploys an environment with the Lambda authorizer, and destroys it", async () => {
    const assembly = synthesise(join(directory, "lambda"), "guarded", { guarded: { ...BASE, authorizer: "lambda" } });
    const deployed = await deploy(engine, directory, assembly);
    expect(deployed.exitCode, deployed.text).toBe(0);
    expect(await stackStatuses(engine)).toMatchObject({ "Gatehouse-guarded": "CREATE_COMPLETE" });
    const destroyed = await destroy(engine, directory, assembly);
    expect(destroyed.exitCode, destroyed.text).toBe(0);
    expect(await stackStatuses(engine)).not.toHaveProperty("Gatehouse-guarded");
  });

  test("deploys two regions, a stack in each", async () => {
    const regions = ["eu-central-1", "us-east-1"];
    const other = await bootstrap(engine, directory, "us-east-1");
    expect(other.exitCode, other.text).toBe(0);
    const assembly = synthesise(join(directory, "regions"), "wide", { wide: { ...BASE, regions } });
    expect(Object.keys(templatesOf(assembly))).toHaveLength(regions.length);
    const { exitCode, text } = await deploy(engine, directory, assembly);
    expect(exitCode, text).toBe(0);
    for (const region of regions)
      expect(await stackStatuses(engine, region)).toMatchObject({ [`Gatehouse-wide-${region}`]: "CREATE_COMPLETE" });
  });

  test("takes the two stacks of the probe, the issuer's first", async () => {
    const outdir = join(directory, "probe");
    const app = new App({ outdir, analyticsReporting: false });
    const probeIssuer = new ProbeIssuerStack(app, "GatehouseProbeIssuer", {
      jwks: { keys: [] },
      areFaultsShown: false,
    });
    new ProbeApisStack(app, "GatehouseProbe", { issuerOrigin: probeIssuer.url });
    app.synth();
    const { exitCode, text } = await deploy(engine, directory, outdir);
    expect(exitCode, text).toBe(0);
    const complete = { GatehouseProbeIssuer: "CREATE_COMPLETE", GatehouseProbe: "CREATE_COMPLETE" };
    expect(await stackStatuses(engine)).toMatchObject(complete);
  });
});
