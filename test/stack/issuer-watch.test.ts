import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { App, CfnParameter, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { Topic } from "aws-cdk-lib/aws-sns";
import { beforeAll, describe, expect, test } from "vitest";
import { createWatch } from "../../lambda/issuer-watch.ts";
import { IssuerWatch, type IssuerWatchProps } from "../../lib/stack/issuer-watch.ts";
import { makeAuthority, type TestAuthority } from "../keys/certificates.ts";
import { discoveryOf, json, startFaultIssuer } from "../keys/fault-issuer.ts";
import { rsaJwk } from "../keys/jwks.ts";
import { readEmf } from "../lambda/emf.ts";
import { metricsIn } from "./metrics-in.ts";
import { synthesised } from "./synthesised.ts";

const ISSUER = "https://is.example.com/oauth2/token";
const TOPIC = "arn:aws:sns:eu-central-1:123456789012:on-call";

/** Another team's app, which takes the construct. */
function otherApp(props: (stack: Stack) => Partial<IssuerWatchProps> = () => ({})) {
  const stack = new Stack(new App(), "Other");
  const watch = new IssuerWatch(stack, "IssuerWatch", {
    issuer: ISSUER,
    topics: [Topic.fromTopicArn(stack, "OnCall", TOPIC)],
    ...props(stack),
  });
  return { watch, template: Template.fromStack(stack) };
}

interface Properties {
  readonly VpcConfig?: object;
  readonly Code: { readonly S3Key: string };
  readonly Environment?: { readonly Variables: Readonly<Record<string, unknown>> };
}

const TWO_LOOKS = "const { handler } = require(process.argv[1]); handler({}).then(() => handler({}))";

/** Systems Manager with one parameter, on this machine. */
async function startParameters() {
  const parameters = { value: "{}", calls: [] as string[], endpoint: "", close: async () => undefined as void };
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8").on("data", (chunk: string) => {
      text += chunk;
    });
    request.on("end", () => {
      const { Value: value } = JSON.parse(text) as { Value?: string };
      if (value !== undefined) parameters.value = value;
      parameters.calls.push(String(request.headers["x-amz-target"]).replace("AmazonSSM.", ""));
      response.end(JSON.stringify({ Parameter: { Value: parameters.value } }));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  parameters.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  parameters.close = () =>
    new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return parameters;
}

const alarmsOf = (template: Template) =>
  Object.values(template.findResources("AWS::CloudWatch::Alarm")).map(
    ({ Properties: properties }) => properties as Readonly<Record<string, unknown>>,
  );

describe("in another app", () => {
  const { template, watch } = otherApp();

  test("is a function that a rule of its own starts every five minutes, by permission and without a role", () => {
    template.hasResourceProperties("AWS::Events::Rule", {
      ScheduleExpression: "rate(5 minutes)",
      State: "ENABLED",
      RoleArn: Match.absent(),
      Targets: [Match.objectLike({ RoleArn: Match.absent(), RetryPolicy: { MaximumRetryAttempts: 0 } })],
    });
    const [rule] = Object.keys(template.findResources("AWS::Events::Rule"));
    template.hasResourceProperties("AWS::Lambda::Permission", {
      Action: "lambda:InvokeFunction",
      Principal: "events.amazonaws.com",
      SourceArn: { "Fn::GetAtt": [rule, "Arn"] },
    });
    template.resourceCountIs("AWS::Lambda::Permission", 1);
    template.resourceCountIs("AWS::IAM::Role", 1);
  });

  test("may write its log, read and write its one parameter, and nothing else; no resource is a wildcard", () => {
    const statements = [
      ...Object.values(template.findResources("AWS::IAM::Role")).flatMap(
        ({ Properties: properties }) => properties.Policies as { PolicyDocument: { Statement: unknown[] } }[],
      ),
      ...Object.values(template.findResources("AWS::IAM::Policy")).map(
        ({ Properties: properties }) => properties as { PolicyDocument: { Statement: unknown[] } },
      ),
    ].flatMap(({ PolicyDocument: document }) => document.Statement) as { Action: string[]; Resource: unknown }[];
    expect(statements.map(({ Action: actions }) => actions)).toEqual([
      ["logs:CreateLogStream", "logs:PutLogEvents"],
      ["ssm:GetParameter", "ssm:PutParameter"],
    ]);
    const [parameter] = Object.keys(template.findResources("AWS::SSM::Parameter"));
    expect(JSON.stringify(statements[1]?.Resource)).toContain(`{"Ref":"${parameter}"}`);
    expect(JSON.stringify(statements)).not.toContain("*");
  });

  test("keeps its history in a plain parameter that holds no history yet", () => {
    template.hasResourceProperties("AWS::SSM::Parameter", { Type: "String", Value: "{}", Tier: Match.absent() });
    const [parameter] = Object.keys(template.findResources("AWS::SSM::Parameter"));
    template.hasResourceProperties("AWS::Lambda::Function", {
      Environment: {
        Variables: {
          ISSUER,
          TOKEN_LIFETIME_MINUTES: "60",
          HISTORY_PARAMETER: { Ref: parameter },
          SSM_ENDPOINT: {
            "Fn::Join": ["", ["https://ssm.", { Ref: "AWS::Region" }, ".", { Ref: "AWS::URLSuffix" }, "/"]],
          },
        },
      },
      ReservedConcurrentExecutions: Match.absent(),
    });
  });

  test("has an alarm for each thing that it finds, and for finding nothing", () => {
    expect(watch.alarms.map(({ node }) => node.id)).toEqual([
      "Slow",
      "Unreachable",
      "Certificate",
      "KeyVanished",
      "DefaultKey",
      "Silent",
    ]);
    template.allResourcesProperties("AWS::CloudWatch::Alarm", { AlarmActions: [TOPIC], OKActions: [TOPIC] });
  });

  test("rings for its own silence: no look in three periods, by whatever cause", () => {
    template.hasResourceProperties("AWS::CloudWatch::Alarm", {
      AlarmDescription: Match.stringLikeRegexp("does not run"),
      TreatMissingData: "breaching",
      ComparisonOperator: "LessThanOrEqualToThreshold",
      Threshold: 0,
      EvaluationPeriods: 3,
      Metrics: [Match.objectLike({ MetricStat: Match.objectLike({ Stat: "SampleCount", Period: 300 }) })],
    });
  });

  test("says of everything else that it is not known while nobody looks", () => {
    const others = alarmsOf(template).filter(({ AlarmDescription: about }) => !String(about).includes("does not run"));
    expect(others.map(({ TreatMissingData: missing }) => missing)).toEqual(others.map(() => "missing"));
  });

  test("names in each alarm a section of the runbook that there is", () => {
    const runbook = readFileSync(join(import.meta.dirname, "..", "..", "docs", "runbook.md"), "utf8");
    for (const { AlarmDescription: about } of alarmsOf(template))
      expect(runbook).toContain(`\n## ${/ Runbook: (.+)\.$/.exec(String(about))?.[1]}\n`);
  });

  test("refers to the metrics that the function writes, by its name, and to no other", async () => {
    const lines: string[] = [];
    const look = createWatch(
      { issuer: ISSUER, tokenLifetimeMs: 1, functionName: "f" },
      {
        readDocument: async (url) => ({
          text: JSON.stringify(url.endsWith("configuration") ? discoveryOf(ISSUER) : { keys: [rsaJwk("one")] }),
          bytes: 1,
          contentType: undefined,
          date: undefined,
          certificateEnds: "Nov 25 12:00:00 2027 GMT",
        }),
        nowMs: () => 0,
        kept: undefined,
        log: (line) => void lines.push(line),
      },
    );
    await look();
    const written = readEmf(lines[0] ?? "");
    // Every metric is on a dashboard or in an alarm, see the environment below.
    const { template: prod } = synthesised("prod");
    const referred = metricsIn(prod).filter(({ namespace }) => namespace === written.namespace);
    expect(new Set(referred.map(({ name }) => name))).toEqual(new Set(Object.keys(written.values)));
    const [name] = Object.entries(prod.findResources("AWS::Lambda::Function")).flatMap(([id, { Properties: p }]) =>
      JSON.stringify(p).includes("HISTORY_PARAMETER") ? [id] : [],
    );
    for (const { dimensions } of referred) expect(dimensions).toEqual({ service: { Ref: name } });
    expect(Object.keys(written.dimensions)).toEqual(["service"]);
  });
});

describe("properties", () => {
  test("how often, and how long tokens live", () => {
    const { template } = otherApp(() => ({ everyMinutes: 1, tokenLifetimeMinutes: 480 }));
    template.hasResourceProperties("AWS::Events::Rule", { ScheduleExpression: "rate(1 minute)" });
    template.hasResourceProperties("AWS::Lambda::Function", {
      Environment: { Variables: Match.objectLike({ TOKEN_LIFETIME_MINUTES: "480" }) },
    });
    template.allResourcesProperties("AWS::CloudWatch::Alarm", {
      Metrics: Match.arrayWith([Match.objectLike({ MetricStat: Match.objectLike({ Period: 60 }) })]),
    });
  });

  test.each<[Partial<IssuerWatchProps>, string]>([
    [{ issuer: "http://is.example.com" }, 'over https only, got "http://is.example.com"'],
    [{ everyMinutes: 0 }, "everyMinutes must be a whole number from 1 to 60, got 0"],
    [{ everyMinutes: 90 }, "from 1 to 60, got 90"],
    [{ tokenLifetimeMinutes: 1.5 }, "tokenLifetimeMinutes must be a whole number from 1 on, got 1.5"],
    [{ thresholds: { slowMs: 1_500 } }, "slowMs must be above 0 and below 1500, got 1500"],
    [{ thresholds: { certificateDays: -1 } }, "certificateDays must be above 0, got -1"],
  ])("%j is refused: %s", (props, message) => {
    expect(() => otherApp(() => props)).toThrow(message);
  });

  test("an issuer that is a CDK token is left as it is", () => {
    const { template } = otherApp((stack) => ({ issuer: new CfnParameter(stack, "Issuer").valueAsString }));
    template.hasResourceProperties("AWS::Lambda::Function", {
      Description: "Looks at the issuer",
      Environment: { Variables: Match.objectLike({ ISSUER: { Ref: "Issuer" } }) },
    });
  });
});

describe("in the lambda mode with a private issuer", () => {
  let authority: TestAuthority;
  let template: Template;
  let folder: string;
  let watch: Properties | undefined;
  let mirror: Properties | undefined;

  beforeAll(async () => {
    authority = await makeAuthority();
    const caBundle = join(mkdtempSync(join(tmpdir(), "gatehouse-ca-")), "company.pem");
    writeFileSync(caBundle, authority.ca);
    const made = synthesised("staging", {
      authorizer: "lambda",
      caBundle,
      vpc: {
        vpcId: "vpc-0123abcd",
        availabilityZones: ["eu-central-1a"],
        subnetIds: ["subnet-0a"],
        securityGroupIds: ["sg-0123abcd"],
      },
    });
    template = made.template;
    const functions = Object.values(template.findResources("AWS::Lambda::Function")).map(
      ({ Properties: properties }) => properties as Properties,
    );
    watch = functions.find((one) => one.Environment?.Variables.HISTORY_PARAMETER !== undefined);
    mirror = functions.find((one) => one.Environment?.Variables.ROUTE_SCOPES !== undefined);
    folder = join(made.assembly.directory, `asset.${String(watch?.Code.S3Key).replace(".zip", "")}`);
  });

  test("runs in the mirror's network with the mirror's authorities", () => {
    expect(watch?.VpcConfig).toEqual({ SubnetIds: ["subnet-0a"], SecurityGroupIds: ["sg-0123abcd"] });
    expect(mirror?.VpcConfig).toEqual(watch?.VpcConfig);
    expect(watch?.Environment?.Variables.CA_BUNDLE).toBe("ca.pem");
    expect(readFileSync(join(folder, "ca.pem"), "utf8")).toBe(authority.ca);
  });

  test("what is deployed looks at an issuer of that authority, twice, and keeps its history by signed requests", async () => {
    const issuer = await startFaultIssuer(await authority.issue({ daysLeft: 40.5 }));
    issuer.jwks = json({ keys: [rsaJwk("one")] });
    const parameters = await startParameters();
    try {
      const { stdout, stderr } = await promisify(execFile)(
        process.execPath,
        ["-e", TWO_LOOKS, join(folder, "index.js")],
        {
          env: {
            ISSUER: issuer.issuer,
            TOKEN_LIFETIME_MINUTES: "60",
            HISTORY_PARAMETER: "history",
            SSM_ENDPOINT: parameters.endpoint,
            CA_BUNDLE: "ca.pem",
            LAMBDA_TASK_ROOT: folder,
            AWS_REGION: "eu-central-1",
            AWS_LAMBDA_FUNCTION_NAME: "watch",
            AWS_ACCESS_KEY_ID: "AKIDOFTEST",
            AWS_SECRET_ACCESS_KEY: "not-a-secret",
          },
        },
      );
      expect(stderr).toBe("");
      const looks = stdout.trim().split("\n").map(readEmf);
      expect(looks.map(({ values }) => values)).toMatchObject([
        { Failures: 0, Keys: 1, KeysVanished: 0, CertificateDaysLeft: 40 },
        { Failures: 0, Keys: 1, KeysVanished: 0, CertificateDaysLeft: 40 },
      ]);
      expect(parameters.calls).toEqual(["GetParameter", "PutParameter", "GetParameter"]);
      expect(Object.keys((JSON.parse(parameters.value) as { seen: object }).seen)).toEqual(["one"]);
    } finally {
      await Promise.all([issuer.close(), parameters.close()]);
    }
  });
});

test("an environment without issuerWatch has none, one with it and without alarms tells nobody", () => {
  synthesised("dev").template.resourceCountIs("AWS::Events::Rule", 0);
  const { template, report } = synthesised("dev", { issuerWatch: '{"everyMinutes":10}' });
  template.hasResourceProperties("AWS::Events::Rule", { ScheduleExpression: "rate(10 minutes)" });
  template.resourceCountIs("AWS::CloudWatch::Dashboard", 0);
  template.allResourcesProperties("AWS::CloudWatch::Alarm", { AlarmActions: Match.absent() });
  expect(report.pluginReports.flatMap(({ violations }) => violations)).toEqual([]);
  template.resourceCountIs("AWS::SNS::Topic", 0);
});
