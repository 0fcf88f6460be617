import { readFileSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { App, Duration, Lazy, Stack } from "aws-cdk-lib";
import { Match, Template } from "aws-cdk-lib/assertions";
import { HttpMethod } from "aws-cdk-lib/aws-apigatewayv2";
import { HttpJwtAuthorizer } from "aws-cdk-lib/aws-apigatewayv2-authorizers";
import { HttpLambdaIntegration } from "aws-cdk-lib/aws-apigatewayv2-integrations";
import { Code, Function as LambdaFunction, Runtime } from "aws-cdk-lib/aws-lambda";
import { Topic } from "aws-cdk-lib/aws-sns";
import { describe, expect, test } from "vitest";
import { ApiObservability, type ApiObservabilityProps } from "../../lib/stack/api-observability.ts";
import { ProtectedHttpApi } from "../../lib/stack/protected-http-api.ts";
import { metricsIn } from "./metrics-in.ts";
import { synthesised } from "./synthesised.ts";

const ISSUER = "https://is.example.com/oauth2/token";
const TOPIC = "arn:aws:sns:eu-central-1:123456789012:on-call";

/** Another team's app, which takes the two constructs. */
function otherApp(props: (stack: Stack) => Partial<ApiObservabilityProps> = () => ({})) {
  const stack = new Stack(new App(), "Other");
  const orders = new LambdaFunction(stack, "Orders", {
    runtime: Runtime.NODEJS_24_X,
    handler: "index.handler",
    code: Code.fromInline("exports.handler = async () => 'orders'"),
  });
  const api = new ProtectedHttpApi(stack, "Api", {
    authorizer: new HttpJwtAuthorizer("Jwt", ISSUER, { jwtAudience: ["client"] }),
    integration: new HttpLambdaIntegration("Integration", orders),
    routes: [{ method: HttpMethod.GET, path: "/orders" }],
  });
  const observability = new ApiObservability(stack, "Observability", {
    api,
    functions: { Orders: orders },
    topics: [Topic.fromTopicArn(stack, "OnCall", TOPIC)],
    ...props(stack),
  });
  return { stack, observability, template: Template.fromStack(stack) };
}

const alarmsOf = (template: Template) =>
  Object.entries(template.findResources("AWS::CloudWatch::Alarm")).map(([id, { Properties: properties }]) => ({
    id,
    properties: properties as Readonly<Record<string, unknown>>,
  }));

const hasLatencyAlarm = (template: Template, milliseconds: number) =>
  template.hasResourceProperties("AWS::CloudWatch::Alarm", {
    Threshold: milliseconds,
    Metrics: [
      Match.objectLike({
        MetricStat: Match.objectLike({ Metric: Match.objectLike({ MetricName: "Latency" }), Period: 300, Stat: "p99" }),
      }),
    ],
  });

/** What the alarm's expression gives for one period. */
function share(refused: number | undefined, requests: number): number {
  const alarm = alarmsOf(otherApp().template).find(({ id }) => id.startsWith("ObservabilityRefusals"));
  const [query] = (alarm?.properties.Metrics ?? []) as readonly { readonly Expression: string }[];
  return runInNewContext(query?.Expression ?? "", {
    // Arithmetic takes a missing value for 0 ("Using metric math", DOC).
    part0: refused ?? 0,
    requests,
    IF: (condition: boolean, yes: number, no: number) => (condition ? yes : no),
  }) as number;
}

describe("in another app", () => {
  const { template, observability } = otherApp();

  test("makes one dashboard and an alarm for each thing that can go wrong", () => {
    template.resourceCountIs("AWS::CloudWatch::Dashboard", 1);
    expect(observability.alarms.map(({ node }) => node.id)).toEqual([
      "ServerErrors",
      "Latency",
      "Refusals",
      "IssuerFaults",
      "Throttling",
      "OrdersFailures",
    ]);
  });

  test("tells the topics when an alarm rings and when it is over", () => {
    template.allResourcesProperties("AWS::CloudWatch::Alarm", { AlarmActions: [TOPIC], OKActions: [TOPIC] });
  });

  test("tells nobody where nobody is named", () => {
    const quiet = otherApp(() => ({ topics: [] })).template;
    quiet.allResourcesProperties("AWS::CloudWatch::Alarm", { AlarmActions: Match.absent(), OKActions: Match.absent() });
  });

  test("says of each alarm what a missing value means: an API that nobody calls is not a fault", () => {
    template.allResourcesProperties("AWS::CloudWatch::Alarm", { TreatMissingData: "notBreaching" });
  });

  test("uses in no alarm a function that AWS advises against there: FILL hides what is late, others see too much", () => {
    const { template: prod } = synthesised("prod", { authorizer: "lambda" });
    const expressions = JSON.stringify(prod.findResources("AWS::CloudWatch::Alarm")).match(/"Expression":"[^"]+"/g);
    expect(expressions?.length).toBeGreaterThan(4);
    expect(expressions?.join()).not.toMatch(
      /\b(FILL|AVG|DATAPOINT_COUNT|MAX|MIN|SUM|STDDEV|RUNNING_SUM|REMOVE_EMPTY)\(/,
    );
  });

  test("names in each alarm a section of the runbook that there is", () => {
    const runbook = readFileSync(join(import.meta.dirname, "..", "..", "docs", "runbook.md"), "utf8");
    for (const { id, properties } of alarmsOf(template)) {
      const section = / Runbook: (.+)\.$/.exec(String(properties.AlarmDescription))?.[1];
      expect(runbook, id).toContain(`\n## ${section}\n`);
    }
  });

  test("5xx are a share of the requests, of at least 50 in five minutes", () => {
    template.hasResourceProperties("AWS::CloudWatch::Alarm", {
      AlarmDescription: Match.stringLikeRegexp("5xx"),
      Threshold: 1,
      ComparisonOperator: "GreaterThanOrEqualToThreshold",
      DatapointsToAlarm: 2,
      EvaluationPeriods: 3,
      Metrics: Match.arrayWith([
        Match.objectLike({
          Expression: "100 * (part0) / IF(requests < 50, 50, requests)",
          ReturnData: true,
        }),
      ]),
    });
  });

  test("the slowest of a hundred is measured by p99, in milliseconds", () => {
    hasLatencyAlarm(template, 3_000);
  });

  test("counts of logs are made without default values and without dimensions, by the namespace of the API", () => {
    const filters = Object.values(template.findResources("AWS::Logs::MetricFilter"));
    expect(filters.length).toBeGreaterThan(10);
    for (const { Properties: properties } of filters) {
      const [transformation, ...others] = properties.MetricTransformations as readonly Record<string, unknown>[];
      expect(others).toEqual([]);
      expect(transformation).toEqual({
        MetricName: expect.stringMatching(/^\w+$/) as string,
        MetricNamespace: {
          "Fn::Join": ["", ["Gatehouse/", { Ref: expect.stringMatching(/^Api[0-9A-F]{8}$/) as string }]],
        },
        MetricValue: "1",
        Unit: "Count",
      });
    }
  });
});

describe.each([
  ["the native authorizer", () => otherApp().template],
  ["the mirror", () => synthesised("prod", { authorizer: "lambda" }).template],
])("with %s, every metric of dashboard and alarms", (_, templateOf) => {
  const template = templateOf();
  const metrics = metricsIn(template);
  const refOf = (type: string) => Object.keys(template.findResources(type)).map((id) => ({ Ref: id }));

  test("of API Gateway is one of the stage: dimensions ApiId and Stage", () => {
    const own = metrics.filter(({ namespace }) => namespace === "AWS/ApiGateway");
    expect(new Set(own.map(({ name }) => name))).toEqual(
      new Set(["Count", "4xx", "5xx", "Latency", "IntegrationLatency"]),
    );
    const [api] = refOf("AWS::ApiGatewayV2::Api");
    for (const { dimensions } of own) expect(dimensions).toEqual({ ApiId: api, Stage: "$default" });
  });

  test("of Lambda is one of a function that is deployed here", () => {
    const own = metrics.filter(({ namespace }) => namespace === "AWS/Lambda");
    expect(own.length).toBeGreaterThan(0);
    for (const { dimensions } of own) expect(refOf("AWS::Lambda::Function")).toContainEqual(dimensions.FunctionName);
  });

  test("of the logs is made by a metric filter of that name, and each filter is shown", () => {
    const made = Object.values(template.findResources("AWS::Logs::MetricFilter")).map(
      ({ Properties: properties }) => properties.MetricTransformations[0].MetricName as string,
    );
    const shown = metrics.filter(({ namespace }) => JSON.stringify(namespace).includes('"Gatehouse/"'));
    for (const { dimensions } of shown) expect(dimensions).toEqual({});
    expect(new Set(shown.map(({ name }) => name))).toEqual(new Set(made));
  });
});

test("2.3 what no text explains is a 401: the other causes are all 401s without those that are known, scopes being 403s", () => {
  const body = JSON.stringify(Object.values(otherApp().template.findResources("AWS::CloudWatch::Dashboard")));
  const plain = body.replaceAll('\\\\\\"', '"').replaceAll('\\"', '"');
  const [, sum = ""] = /refused - \(([^"]+)\)"/.exec(plain) ?? [];
  const ids = new Map([...plain.matchAll(/"(\w+)",\{[^}]*"id":"(c\d)"/g)].map(([, name, id]) => [id, name]));
  expect(sum.match(/c\d/g)?.map((id) => ids.get(id))).toEqual([
    "NoToken",
    "Malformed",
    "Algorithm",
    "Signature",
    "Expired",
    "Clock",
    "Issuer",
    "Audience",
    "IssuerFault",
  ]);
});

test("with the mirror, causes are read off its own log and 403s are refusals too (8.6)", () => {
  const { template } = synthesised("prod", { authorizer: "lambda" });
  const logs = Object.values(template.findResources("AWS::Logs::MetricFilter")).map(({ Properties: properties }) => [
    properties.MetricTransformations[0].MetricName as string,
    (properties.LogGroupName as { Ref: string }).Ref.replace(/[0-9A-F]{8}$/, ""),
  ]);
  expect(Object.fromEntries(logs)).toMatchObject({
    Expired: "AuthorizerFunctionLog",
    IssuerFault: "AuthorizerFunctionLog",
    Unauthorized: "ApiAccessLog",
    Forbidden: "ApiAccessLog",
  });
  template.hasResourceProperties("AWS::CloudWatch::Alarm", {
    AlarmDescription: Match.stringLikeRegexp("refused by the authorizer"),
    Metrics: Match.arrayWith([
      Match.objectLike({
        Expression: "100 * (part0 + part1) / IF(requests < 50, 50, requests)",
      }),
    ]),
  });
  expect(alarmsOf(template).map(({ id }) => id.replace(/[0-9A-F]{8}$/, ""))).toContain(
    "ObservabilityAuthorizerFailures",
  );
});

describe("the share of refused requests", () => {
  test("is of all requests where there are many", () => expect(share(250, 1_000)).toBe(25));
  test("is small where there are few: three refused at night are no wave", () => expect(share(3, 3)).toBe(6));
  test("rings where everybody of few is refused for longer", () => expect(share(10, 10)).toBe(20));
  test("is nothing where nobody was refused", () => expect(share(undefined, 1_000)).toBe(0));
});

describe("thresholds", () => {
  test("are the app's where it names them", () => {
    const { template } = otherApp(() => ({ thresholds: { latencyP99Ms: 800, fewestRequests: 10 } }));
    hasLatencyAlarm(template, 800);
    expect(JSON.stringify(template.toJSON())).toContain("IF(requests < 10, 10, requests)");
  });

  test.each([
    [{ refusedPercent: 120 }, "the threshold refusedPercent is a percentage, got 120"],
    [{ throttledRequests: 0 }, "the threshold throttledRequests must be above 0, got 0"],
    [{ latencyP99Ms: Number.NaN }, "the threshold latencyP99Ms must be above 0, got NaN"],
  ])("that no alarm could use are refused: %j", (thresholds, message) => {
    expect(() => otherApp(() => ({ thresholds }))).toThrow(message);
  });

  test("that are undefined are the defaults", () => {
    hasLatencyAlarm(otherApp(() => ({ thresholds: { latencyP99Ms: undefined } })).template, 3_000);
  });

  test("that are CDK tokens are left as it is", () => {
    const latencyP99Ms = Lazy.number({ produce: () => Duration.seconds(2).toMilliseconds() });
    hasLatencyAlarm(otherApp(() => ({ thresholds: { latencyP99Ms } })).template, 2_000);
  });
});

describe("an environment's alarms", () => {
  test("ring at its own thresholds, and at the default of those that it does not name", () => {
    const { template } = synthesised("prod", {
      "alarms.thresholds": { latencyP99Ms: 1_200 },
      "issuerWatch.thresholds": { certificateDays: 40 },
    });
    hasLatencyAlarm(template, 1_200);
    template.hasResourceProperties("AWS::CloudWatch::Alarm", { Threshold: 40 });
    template.hasResourceProperties("AWS::CloudWatch::Alarm", {
      AlarmDescription: Match.stringLikeRegexp("refused by the authorizer"),
      Threshold: 20,
    });
  });

  test("are none where it does not ask for them", () => {
    const { template } = synthesised("dev");
    template.resourceCountIs("AWS::CloudWatch::Alarm", 0);
    template.resourceCountIs("AWS::CloudWatch::Dashboard", 0);
  });

  test("are there without anybody to tell where it says {}", () => {
    const { template } = synthesised("staging");
    template.resourceCountIs("AWS::SNS::Topic", 0);
    template.allResourcesProperties("AWS::CloudWatch::Alarm", { AlarmActions: Match.absent() });
  });

  test("are mailed by a topic that CloudWatch of this account may publish to, by TLS only", () => {
    const { template } = synthesised("prod");
    template.hasResourceProperties("AWS::SNS::Subscription", {
      Protocol: "email",
      Endpoint: "orders-on-call@example.com",
    });
    template.hasResourceProperties("AWS::SNS::TopicPolicy", {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Effect: "Deny", Condition: { Bool: { "aws:SecureTransport": "false" } } }),
          Match.objectLike({
            Effect: "Allow",
            Principal: { Service: "cloudwatch.amazonaws.com" },
            Action: "sns:Publish",
            Condition: { StringEquals: { "aws:SourceAccount": { Ref: "AWS::AccountId" } } },
          }),
        ]),
      },
    });
    const [topic] = Object.keys(template.findResources("AWS::SNS::Topic"));
    template.allResourcesProperties("AWS::CloudWatch::Alarm", { AlarmActions: [{ Ref: topic }] });
  });

  test("go to a topic that exists, too", () => {
    const { template } = synthesised("prod", { "alarms.topicArn": TOPIC });
    template.allResourcesProperties("AWS::CloudWatch::Alarm", {
      AlarmActions: [{ Ref: Match.stringLikeRegexp("^AlarmTopicsMail") }, TOPIC],
    });
  });

  test("are on a dashboard of its own name in each region, since dashboards are of no region", () => {
    synthesised("prod").template.hasResourceProperties("AWS::CloudWatch::Dashboard", {
      DashboardName: { "Fn::Join": ["", ["gatehouse-prod-", { Ref: "AWS::Region" }]] },
    });
  });
});
