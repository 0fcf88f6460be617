import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Validations } from "aws-cdk-lib";
import { CfnRoute } from "aws-cdk-lib/aws-apigatewayv2";
import { AwsSolutionsChecks, ServerlessChecks } from "cdk-nag";
import { describe, expect, test } from "vitest";
import { buildApp } from "../../lib/stack/build-app.ts";
import { PROJECT } from "../test-project.ts";
import { acknowledgements, differenceOf, projectContext, synthesised } from "./synthesised.ts";

const NAMES = ["dev", "staging", "prod"] as const;
const MODES = ["native", "lambda"] as const;
type Name = (typeof NAMES)[number];
type Mode = (typeof MODES)[number];

// The environments as they stand are native, which is said here by saying nothing.
const inMode = (name: Name, mode: Mode) => synthesised(name, mode === "native" ? {} : { authorizer: mode });

// The native templates are snapshots of cdk-json.test.ts; this says what the lambda mode makes of them. lambda-mode.test.ts looks into the resources.
test.each(NAMES)("in lambda mode the %s environment has the mirror instead of the native authorizer", (name) => {
  const { added, removed, changed } = differenceOf(inMode(name, "native").template, inMode(name, "lambda").template);
  const counted = name === "dev" ? [] : ["AWS::CloudWatch::Alarm", "AWS::Logs::MetricFilter"];
  const mirror = ["AWS::IAM::Role", "AWS::Lambda::Function", "AWS::Lambda::Permission", "AWS::Logs::LogGroup"];
  expect(added).toEqual(["AWS::ApiGatewayV2::Authorizer", ...mirror, ...counted].toSorted());
  expect(removed).toEqual(["AWS::ApiGatewayV2::Authorizer"]);
  const shown = name === "dev" ? [] : ["AWS::CloudWatch::Dashboard", ...counted];
  expect([...new Set(changed)].toSorted()).toEqual(["AWS::ApiGatewayV2::Route", ...shown].toSorted());
});

describe.each(NAMES.flatMap((name) => MODES.map((mode) => [name, mode] as const)))(
  "the %s environment, %s",
  (...one) => {
    test("passes CDK's own validation and both cdk-nag packs, but for the acknowledged rules, with no warning", () => {
      const { report, annotations } = inMode(...one);
      expect(report.pluginReports.flatMap(({ violations }) => violations)).toEqual([]);
      expect(report.pluginReports.every(({ conclusion }) => conclusion === "success")).toBe(true);
      expect(annotations.findWarning("*", /.*/)).toEqual([]);
      expect(annotations.findError("*", /.*/)).toEqual([]);
    });

    test("acknowledges these rules and no other, each where it is meant", () => {
      const { environment, assembly, stack } = inMode(...one);
      const functions = (environment.issuerWatch === undefined ? 1 : 2) + (one[1] === "native" ? 0 : 1);
      const publicRoutes = environment.routes.filter((route) => route.public).length;
      expect(acknowledgements(assembly, stack)).toEqual({
        "AwsSolutions::AwsSolutions-APIG4": publicRoutes,
        "Serverless::Serverless-LambdaDLQ": functions,
        "Serverless::Serverless-LambdaTracing": functions,
        ...(environment.issuerWatch === undefined ? {} : { "Serverless::Serverless-EventBusDLQ": 1 }),
        ...(environment.alarms?.email === undefined ? {} : { "Serverless::Serverless-SNSRedrivePolicy": 1 }),
      });
    });
  },
);

test("cdk-nag runs: a public route without an acknowledgement is a violation that ends the synthesis", () => {
  const { app, stacks } = buildApp({
    projectDirectory: PROJECT,
    app: { context: { ...projectContext(), env: "dev" }, outdir: mkdtempSync(join(tmpdir(), "gatehouse-nag-")) },
  });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new ServerlessChecks(app));
  const [stack] = stacks;
  if (!stack) throw new Error("the app has no stack");
  new CfnRoute(stack, "Open", { apiId: "a1b2c3d4e5", routeKey: "GET /open", authorizationType: "NONE" });
  expect(() => app.synth()).toThrow(/AwsSolutions-APIG4/);
});

test("the linter of aws-cdk-lib runs: what CloudFormation would refuse ends the synthesis", () => {
  const logKeyArn = "arn:aws:kms:eu-central-1:123456789012:key/no-uuid";
  expect(() => synthesised("dev", { logKeyArn })).toThrow(/KmsKeyId[\s\S]*\(CloudFormation Validate\)/);
});

test("no template holds a token, a key or a secret, and no function reads one from its environment", () => {
  for (const name of NAMES) {
    const text = JSON.stringify(synthesised(name).template.toJSON());
    expect(text).not.toMatch(/eyJ[\w-]+\.[\w-]+\.[\w-]+|PRIVATE KEY|"?(secret|password)"?:/i);
  }
});
