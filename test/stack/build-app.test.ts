import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Match, Template } from "aws-cdk-lib/assertions";
import { describe, expect, test } from "vitest";
import { buildApp } from "../../lib/stack/build-app.ts";
import { PROJECT } from "../test-project.ts";
import { projectContext, synthesised } from "./synthesised.ts";

const KEYS = {
  "eu-central-1": "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-0000-4000-8000-00000000000a",
  "us-east-1": "arn:aws:kms:us-east-1:123456789012:key/0a1b2c3d-0000-4000-8000-00000000000b",
};

const warningsIn = (region: string) =>
  synthesised("dev", { region }).annotations.findWarning("*", Match.stringLikeRegexp("knows no region"));

describe("an environment's place", () => {
  test("is that of the credentials where it says nothing", () => {
    expect(synthesised("dev").assembly.stacks[0]?.environment).toMatchObject({
      account: "unknown-account",
      region: "unknown-region",
    });
  });

  test("is the account and the region that it names", () => {
    const { assembly, stacks } = synthesised("dev", { account: "123456789012", region: "eu-central-1" });
    expect(stacks.map(({ stackName }) => stackName)).toEqual(["Gatehouse-dev"]);
    expect(assembly.stacks[0]?.environment).toMatchObject({ account: "123456789012", region: "eu-central-1" });
  });

  test("is a warning where the CDK knows no such region, with the one that was meant", () => {
    expect(warningsIn("eu-centrall-1").map(({ entry }) => entry.data)).toEqual([
      expect.stringContaining("this CDK knows no region eu-centrall-1; did you mean eu-central-1?"),
    ]);
    expect(warningsIn("eu-central-1")).toEqual([]);
  });

  test("may be several regions: a stack in each, with what is of that region", () => {
    const { assembly, stacks } = synthesised("prod", { regions: Object.keys(KEYS), logKeyArn: KEYS });
    expect(assembly.stacks.map(({ stackName, environment: { region } }) => [stackName, region])).toEqual([
      ["Gatehouse-prod-eu-central-1", "eu-central-1"],
      ["Gatehouse-prod-us-east-1", "us-east-1"],
    ]);
    for (const stack of stacks)
      Template.fromStack(stack).allResourcesProperties("AWS::Logs::LogGroup", {
        KmsKeyId: KEYS[stack.region as keyof typeof KEYS],
      });
    expect(assembly.stacks.every(({ terminationProtection }) => terminationProtection)).toBe(true);
  });
});

const tagsOf = (name: string) =>
  Object.values(synthesised(name).template.findResources("AWS::Lambda::Function")).map(
    ({ Properties: properties }) => properties.Tags as unknown,
  );

describe("what an environment says of its stack", () => {
  test("tags stand on the stack's resources, with the environment's name", () => {
    for (const tags of tagsOf("prod"))
      expect(tags).toEqual([
        { Key: "criticality", Value: "high" },
        { Key: "environment", Value: "prod" },
        { Key: "team", Value: "orders" },
      ]);
    synthesised("prod").template.hasResourceProperties("AWS::ApiGatewayV2::Stage", {
      Tags: { criticality: "high", environment: "prod", team: "orders" },
    });
  });

  test("every log group is removed with the stack, or kept unless its first deployment fails, and replaced as it is removed", () => {
    for (const [name, deletion, replacement] of [
      ["dev", "Delete", "Delete"],
      ["prod", "RetainExceptOnCreate", "Retain"],
    ] as const) {
      const { template } = synthesised(name);
      template.allResources("AWS::Logs::LogGroup", { DeletionPolicy: deletion, UpdateReplacePolicy: replacement });
    }
  });

  test("one key encrypts every log group", () => {
    const { template, report } = synthesised("dev", { logKeyArn: KEYS["eu-central-1"], authorizer: "lambda" });
    template.allResourcesProperties("AWS::Logs::LogGroup", { KmsKeyId: KEYS["eu-central-1"] });
    synthesised("dev").template.allResourcesProperties("AWS::Logs::LogGroup", { KmsKeyId: Match.absent() });
    expect(report.pluginReports.flatMap(({ violations }) => violations)).toEqual([]);
  });
});

describe("an app that somebody made theirs", () => {
  test("has a stack of its own name, a region in it where there are several", () => {
    expect(synthesised("dev", { stackName: "orders" }).stack.stackName).toBe("orders");
    const several = synthesised("dev", { stackName: "orders", regions: Object.keys(KEYS) }).stacks;
    expect(several.map(({ stackName }) => stackName)).toEqual(Object.keys(KEYS).map((region) => `orders-${region}`));
  });

  test("gives its function memory, time and variables, and every function its source map", () => {
    const business = { memoryMb: 512, timeoutSeconds: 20, variables: { TABLE: "orders" } };
    const { template } = synthesised("dev", { business: JSON.stringify(business), sourceMaps: "true" });
    template.hasResourceProperties("AWS::Lambda::Function", {
      MemorySize: 512,
      Timeout: 20,
      Environment: { Variables: { TABLE: "orders", NODE_OPTIONS: "--enable-source-maps" } },
    });
  });
});

test("-c environments=FILE gives the template that the same environment in cdk.json gives", () => {
  const { environments } = projectContext();
  const file = join(mkdtempSync(join(tmpdir(), "gatehouse-environments-")), "environments.json");
  writeFileSync(file, JSON.stringify({ $schema: "./schema/environments.schema.json", ...(environments as object) }));
  expect(synthesised("staging", { environments: file }).template.toJSON()).toEqual(
    synthesised("staging").template.toJSON(),
  );
});

test("an environment that is not there is told before anything is built", () => {
  expect(() => buildApp({ projectDirectory: PROJECT, app: { context: { env: "prd", environments: {} } } })).toThrow(
    "there is no such environment",
  );
});
