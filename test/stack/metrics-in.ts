import type { Template } from "aws-cdk-lib/assertions";

/** A metric that a template refers to; tokens as CloudFormation has them. */
export interface ReferredMetric {
  readonly namespace: unknown;
  readonly name: string;
  readonly dimensions: Readonly<Record<string, unknown>>;
}

/** All metrics of a template's alarms and dashboards, each as often as it is named. */
export const metricsIn = (template: Template): readonly ReferredMetric[] => [
  ...ofAlarms(template),
  ...ofDashboards(template),
];

interface AlarmMetric {
  readonly Namespace: unknown;
  readonly MetricName: string;
  readonly Dimensions?: readonly { readonly Name: string; readonly Value: unknown }[];
}

const ofAlarms = (template: Template) =>
  Object.values(template.findResources("AWS::CloudWatch::Alarm")).flatMap(({ Properties: properties }) => {
    const { Metrics: queries } = properties as { Metrics?: readonly { MetricStat?: { Metric: AlarmMetric } }[] };
    const metrics = queries
      ? queries.flatMap(({ MetricStat: stat }) => (stat ? [stat.Metric] : []))
      : [properties as AlarmMetric];
    return metrics.map(({ Namespace: namespace, MetricName: name, Dimensions: dimensions = [] }) => ({
      namespace,
      name,
      dimensions: Object.fromEntries(dimensions.map(({ Name: key, Value: value }) => [key, value])),
    }));
  });

/** Stands for a token while a dashboard's body is read as JSON. */
const MARK = "@@";

const ofDashboards = (template: Template) =>
  Object.values(template.findResources("AWS::CloudWatch::Dashboard")).flatMap(({ Properties: properties }) => {
    const { tokens, text } = withMarks(properties.DashboardBody);
    const { widgets } = JSON.parse(text) as {
      widgets: readonly { properties: { metrics?: readonly (readonly unknown[])[] } }[];
    };
    return widgets
      .flatMap(({ properties: { metrics = [] } }) => metrics)
      .filter(([first]) => typeof first === "string")
      .map(([namespace, name, ...rest]) => metricOf(namespace, name, rest, tokens));
  });

/** The body is a text in pieces, with tokens between them. */
function withMarks(body: unknown): { readonly tokens: readonly unknown[]; readonly text: string } {
  const pieces = typeof body === "string" ? [body] : (body as { "Fn::Join": [string, unknown[]] })["Fn::Join"][1];
  const tokens = pieces.filter((piece) => typeof piece !== "string");
  const text = pieces.map((piece) => (typeof piece === "string" ? piece : `${MARK}${tokens.indexOf(piece)}${MARK}`));
  return { tokens, text: text.join("") };
}

function metricOf(namespace: unknown, name: unknown, rest: readonly unknown[], tokens: readonly unknown[]) {
  const pairs = rest.filter((part) => typeof part === "string");
  const unmarked = (text: string) => {
    const [before, index, after] = text.split(MARK);
    if (index === undefined) return text;
    const token = tokens[Number(index)];
    return before === "" && after === "" ? token : { "Fn::Join": ["", [before, token].filter((part) => part !== "")] };
  };
  return {
    namespace: unmarked(String(namespace)),
    name: String(name),
    dimensions: Object.fromEntries(
      pairs.flatMap((key, index) => (index % 2 === 0 ? [[key, unmarked(pairs[index + 1] ?? "")]] : [])),
    ),
  };
}
