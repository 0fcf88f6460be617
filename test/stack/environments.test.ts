import { describe, expect, test } from "vitest";
import { acknowledgements, synthesised, withoutHashes } from "./synthesised.ts";

const NAMES = ["dev", "staging", "prod"] as const;
const MODES = ["native", "lambda"] as const;
type Name = (typeof NAMES)[number];
type Mode = (typeof MODES)[number];

// The environments as they stand are native, which is said here by saying nothing.
const inMode = (name: Name, mode: Mode) => synthesised(name, mode === "native" ? {} : { authorizer: mode });

for (const [name, mode] of NAMES.flatMap((one) => MODES.map((other) => [one, other] as const)))
  describe(`the ${name} environment${mode === "native" ? "" : " in lambda mode"}`, () => {
    test("synthesises to the template of its snapshot", () => {
      expect(withoutHashes(inMode(name, mode).template.toJSON())).toMatchSnapshot();
    });

    test("passes CDK's own validation and both cdk-nag packs, but for the acknowledged rules, with no warning", () => {
      const { report, annotations } = inMode(name, mode);
      expect(report.pluginReports.flatMap(({ violations }) => violations)).toEqual([]);
      expect(report.pluginReports.every(({ conclusion }) => conclusion === "success")).toBe(true);
      expect(annotations.findWarning("*", /.*/)).toEqual([]);
      expect(annotations.findError("*", /.*/)).toEqual([]);
    });

    test("acknowledges these rules and no other, each where it is meant", () => {
      const { environment, assembly, stack } = inMode(name, mode);
      const functions = (environment.issuerWatch === undefined ? 1 : 2) + (mode === "native" ? 0 : 1);
      const publicRoutes = environment.routes.filter((route) => route.public).length;
      expect(acknowledgements(assembly, stack)).toEqual({
        "AwsSolutions::AwsSolutions-APIG4": publicRoutes,
        "Serverless::Serverless-LambdaDLQ": functions,
        "Serverless::Serverless-LambdaTracing": functions,
        ...(environment.issuerWatch === undefined ? {} : { "Serverless::Serverless-EventBusDLQ": 1 }),
        ...(environment.alarms?.email === undefined ? {} : { "Serverless::Serverless-SNSRedrivePolicy": 1 }),
      });
    });
  });

test("cdk-nag runs: without its acknowledgement a public route is a violation", () => {
  // The report of a stack whose acknowledgement is taken away must not be empty, or the tests above prove nothing.
  const { report } = synthesised("dev");
  const packs = report.pluginReports.map((plugin) => plugin.pluginName);
  expect(packs).toEqual(expect.arrayContaining(["AwsSolutions", "Serverless"]));
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
