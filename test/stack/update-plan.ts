// What CloudFormation would do to go from one template to another, from the templates only: a new logical id is created
// before an old one is removed, so a name that must be unique may not be on both sides.

export interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

export type Resources = Readonly<Record<string, Resource>>;

export interface UpdatePlan {
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** Logical ids that stay and are made again, each with the property that asks for it. */
  readonly replaced: readonly string[];
  /** Unique names that would stand twice for a while: AWS refuses the second, and the update is rolled back. */
  readonly clashes: readonly string[];
}

/** Properties whose change makes a resource again, of the types that this project's stacks hold (CloudFormation reference). */
const CREATE_ONLY: Readonly<Record<string, readonly string[]>> = {
  "AWS::ApiGatewayV2::Api": ["ProtocolType"],
  "AWS::ApiGatewayV2::Authorizer": ["ApiId"],
  "AWS::ApiGatewayV2::Integration": ["ApiId"],
  "AWS::ApiGatewayV2::Route": ["ApiId"],
  "AWS::ApiGatewayV2::Stage": ["ApiId", "StageName"],
  "AWS::ApiGatewayV2::DomainName": ["DomainName"],
  "AWS::ApiGatewayV2::ApiMapping": ["DomainName"],
  "AWS::Lambda::Function": ["FunctionName", "PackageType"],
  "AWS::Lambda::Permission": ["Action", "FunctionName", "Principal", "SourceAccount", "SourceArn"],
  "AWS::Lambda::Alias": ["FunctionName", "Name"],
  "AWS::IAM::Role": ["RoleName", "Path"],
  "AWS::Logs::LogGroup": ["LogGroupName"],
  "AWS::CloudWatch::Alarm": ["AlarmName"],
  "AWS::CloudWatch::Dashboard": ["DashboardName"],
  "AWS::SNS::Topic": ["TopicName"],
  "AWS::SNS::Subscription": ["Endpoint", "Protocol", "TopicArn"],
  "AWS::SSM::Parameter": ["Name"],
  "AWS::Events::Rule": ["Name"],
  "AWS::Route53::RecordSet": ["Name", "HostedZoneId", "HostedZoneName"],
};

const text = (...parts: unknown[]) => parts.map((part) => JSON.stringify(part)).join(" ");

/** What AWS holds to be unique, as a text; undefined where a resource names nothing. */
function uniqueNameOf({ Type, Properties: given = {} }: Resource): string | undefined {
  switch (Type) {
    case "AWS::ApiGatewayV2::Authorizer":
      return text("authorizer", given.ApiId, given.Name);
    case "AWS::ApiGatewayV2::Route":
      return text("route", given.ApiId, withoutVariables(String(given.RouteKey)));
    case "AWS::ApiGatewayV2::DomainName":
      return text("domain", given.DomainName);
    case "AWS::ApiGatewayV2::ApiMapping":
      return text("mapping", given.DomainName, given.ApiMappingKey ?? "");
    case "AWS::Route53::RecordSet":
      return text("record", given.Name, given.Type, given.SetIdentifier ?? "");
    default: {
      const name = CREATE_ONLY[Type]?.find((one) => one.endsWith("Name") && one !== "FunctionName");
      const value = name === undefined ? undefined : given[name];
      return typeof value === "string" ? text(Type, value) : undefined;
    }
  }
}

/** API Gateway tells routes of one path apart by their fixed parts only: `{id}` and `{orderId}` conflict (409). */
const withoutVariables = (routeKey: string) => routeKey.replaceAll(/\{[^}+]+(\+?)\}/g, "{$1}");

export function planUpdate(from: Resources, to: Resources): UpdatePlan {
  const added = Object.keys(to).filter((id) => !(id in from));
  const removed = Object.keys(from).filter((id) => !(id in to));
  const replaced = Object.keys(to).flatMap((id) => {
    const [before, after] = [from[id], to[id]];
    if (!before || !after) return [];
    if (before.Type !== after.Type) return [`${id}: Type`];
    const changed = (CREATE_ONLY[after.Type] ?? []).find(
      (property) => JSON.stringify(before.Properties?.[property]) !== JSON.stringify(after.Properties?.[property]),
    );
    return changed === undefined ? [] : [`${id}: ${changed}`];
  });
  const madeAnew = new Set([...added, ...replaced.map((line) => line.split(":", 1)[0] ?? "")]);
  const standing = new Map(Object.entries(from).map(([id, resource]) => [uniqueNameOf(resource), id]));
  const clashes = [...madeAnew].flatMap((id) => {
    const resource = to[id];
    const name = resource && uniqueNameOf(resource);
    const other = name === undefined ? undefined : standing.get(name);
    return other === undefined ? [] : [`${id} while ${other} is there`];
  });
  return { added, removed, replaced, clashes };
}

/** Types that a plan knows nothing of: a stack that gains one has to teach it here. */
export const unknownTypes = (resources: Resources): readonly string[] =>
  [...new Set(Object.values(resources).map(({ Type }) => Type))].filter(
    (type) => CREATE_ONLY[type] === undefined && !UNNAMED.has(type),
  );

/** Types without a name or a property that this project sets and that would make them again. */
const UNNAMED = new Set([
  "AWS::IAM::Policy",
  "AWS::Logs::MetricFilter",
  "AWS::SNS::TopicPolicy",
  "AWS::CDK::Metadata",
  "AWS::Lambda::Version",
]);
