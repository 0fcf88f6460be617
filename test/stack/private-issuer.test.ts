import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { App, Fn, Stack } from "aws-cdk-lib";
import { Annotations, Match } from "aws-cdk-lib/assertions";
import { expect, test } from "vitest";
import { NodeFunction } from "../../lib/stack/node-function.ts";
import { networkOf } from "../../lib/stack/vpc-access.ts";
import { makeAuthority } from "../keys/certificates.ts";
import { acknowledgements, differenceOf, synthesised } from "./synthesised.ts";

// An issuer in a private network with a certificate of a private authority: what the lambda mode is for.

const { ca } = await makeAuthority();
const caBundle = join(mkdtempSync(join(tmpdir(), "gatehouse-ca-")), "company.pem");
writeFileSync(caBundle, ca);

const privateMode = () =>
  synthesised("dev", {
    authorizer: "lambda",
    caBundle,
    vpc: {
      vpcId: "vpc-0123abcd",
      availabilityZones: ["eu-central-1a", "eu-central-1b"],
      subnetIds: ["subnet-0a", "subnet-0b"],
      securityGroupIds: ["sg-0123abcd"],
    },
    reservedConcurrency: 20,
    resultCacheSeconds: 60,
    tracing: true,
  });

const { template, assembly, annotations, report, stack } = privateMode();

test("adds to the lambda mode the policies for a VPC and tracing, and changes the authorizer and both functions", () => {
  expect(differenceOf(synthesised("dev", { authorizer: "lambda" }).template, template)).toEqual({
    added: Array(4).fill("AWS::IAM::Policy"),
    removed: [],
    changed: ["AWS::ApiGatewayV2::Authorizer", "AWS::Lambda::Function", "AWS::Lambda::Function"],
  });
});

test("passes CDK's own validation and both cdk-nag packs, but for the acknowledged rules, with no warning", () => {
  expect(report.pluginReports.flatMap(({ violations }) => violations)).toEqual([]);
  expect(annotations.findWarning("*", Match.anyValue())).toEqual([]);
  expect(annotations.findError("*", Match.anyValue())).toEqual([]);
  expect(acknowledgements(assembly, stack)).toEqual({
    "AwsSolutions::AwsSolutions-APIG4": 1,
    "AwsSolutions::AwsSolutions-IAM5[Resource::*]": 3,
    "AwsSolutions::AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ec2:<AWS::Region>:<AWS::AccountId>:*/*]": 1,
    "Serverless::Serverless-LambdaDLQ": 2,
  });
});

test("the mirror runs in the given subnets with the given security groups, and the business function does not", () => {
  const functions = Object.values(template.findResources("AWS::Lambda::Function"));
  expect(functions.map(({ Properties: properties }) => properties.VpcConfig as unknown)).toEqual(
    expect.arrayContaining([undefined, { SubnetIds: ["subnet-0a", "subnet-0b"], SecurityGroupIds: ["sg-0123abcd"] }]),
  );
  template.resourceCountIs("AWS::EC2::SecurityGroup", 0);
});

test("Lambda may make network interfaces by the mirror's role, and the mirror's own code may not", () => {
  template.hasResourceProperties("AWS::IAM::Policy", {
    PolicyDocument: {
      Statement: [
        {
          Effect: "Deny",
          Action: Match.arrayWith(["ec2:CreateNetworkInterface"]),
          Resource: "*",
          Condition: {
            ArnEquals: {
              "lambda:SourceFunctionArn": [{ "Fn::GetAtt": [Match.stringLikeRegexp("^AuthorizerFunction"), "Arn"] }],
            },
          },
        },
      ],
    },
  });
});

test("the CA bundle comes with the code, its own file and no part of it", () => {
  const asset = Object.values(template.findResources("AWS::Lambda::Function"))
    .filter(({ Properties: properties }) => properties.Environment?.Variables?.CA_BUNDLE === "ca.pem")
    .map(({ Properties: properties }) => String(properties.Code.S3Key).replace(".zip", ""));
  expect(asset).toHaveLength(1);
  const folder = join(assembly.directory, `asset.${asset[0]}`);
  expect(readFileSync(join(folder, "ca.pem"), "utf8")).toBe(ca);
  expect(readFileSync(join(folder, "index.js"), "utf8")).not.toContain("CERTIFICATE-----\n");
});

test("concurrency is reserved, and 8.9 answers that are kept are kept by route, which synthesis says", () => {
  template.hasResourceProperties("AWS::Lambda::Function", { ReservedConcurrentExecutions: 20 });
  template.hasResourceProperties("AWS::ApiGatewayV2::Authorizer", {
    AuthorizerResultTtlInSeconds: 60,
    IdentitySource: ["$request.header.Authorization", "$context.routeKey"],
  });
  expect(annotations.findInfo("*", Match.stringLikeRegexp("passes until then"))).toHaveLength(1);
});

test("tracing is on where the environment asks for it", () => {
  template.allResourcesProperties("AWS::Lambda::Function", { TracingConfig: { Mode: "Active" } });
});

const networkIn = (zone: string) => ({
  vpcId: "vpc-0123abcd",
  availabilityZones: [zone],
  subnetIds: ["subnet-0a"],
  securityGroupIds: ["sg-0123abcd"],
});
const stackIn = (region?: string) => new Stack(new App(), "Other", region === undefined ? {} : { env: { region } });

test("a network's zones are those of the stack's region, where that is known", () => {
  expect(() => networkOf(stackIn("us-east-1"), networkIn("eu-central-1a"))).toThrow(
    "the availability zones have to be of the stack's region, us-east-1, got eu-central-1a",
  );
  for (const [region, zone] of [
    ["us-east-1", "us-east-1a"],
    [undefined, "eu-central-1a"],
    ["us-east-1", Fn.select(0, Fn.getAzs())],
  ] as const)
    expect(networkOf(stackIn(region), networkIn(zone)).subnets).toHaveLength(1);
});

test("a network has one zone for each subnet, and a security group", () => {
  const network = networkIn("us-east-1a");
  for (const [wrong, message] of [
    [{ subnetIds: ["subnet-0a", "subnet-0b"] }, "one availability zone for each, got 2 subnets and 1 zones"],
    [{ subnetIds: [], availabilityZones: [] }, "got 0 subnets and 0 zones"],
    [{ securityGroupIds: [] }, "at least one security group, got none"],
  ] as const)
    expect(() => networkOf(stackIn("us-east-1"), { ...network, ...wrong })).toThrow(message);
});

test("a CA bundle that ends before long is a warning at each function that gets it, and a note is none", () => {
  const other = stackIn();
  new NodeFunction(other, "Function", {
    entry: "lambda/authorizer.ts",
    description: "",
    caller: "api",
    logs: { retentionDays: 7, retain: false },
    caBundle: { file: caBundle, subjects: [], warnings: ["it ends"], notes: ["it is not an authority"] },
  });
  const said = Annotations.fromStack(other);
  expect(said.findWarning("/Other/Function", Match.stringLikeRegexp("^it ends"))).toHaveLength(1);
  expect(said.findInfo("/Other/Function", "it is not an authority")).toHaveLength(1);
});
