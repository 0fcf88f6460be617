import { ACCOUNT } from "./account-template.ts";

// What CloudFormation calls to make, change, read and delete a resource, from the permissions that each type's handlers name in
// CloudFormation's registry and from the service authorization reference; what belongs to properties that no environment sets is
// left out. Not tried on an account.

/** The calls of one type of resources: actions by the resource that IAM compares. */
type Needs = Readonly<Record<string, readonly string[]>>;

const REGION = "eu-central-1";
const LOGS_LIST = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:*`;
const arn = (service: string, rest: string) => `arn:aws:${service}:${REGION}:${ACCOUNT}:${rest}`;
const iam = (rest: string) => `arn:aws:iam::${ACCOUNT}:${rest}`;
const api = (path: string) => `arn:aws:apigateway:${REGION}::${path}`;
const tags = api("/tags/arn%3Aaws%3Aapigateway%3Aeu-central-1%3A%3A%2Fapis%2Fabc123");

const verbs = (...names: readonly string[]) => names.map((name) => `apigateway:${name}`);
const ofApi = (path: string): Needs => ({
  [api(`/apis/abc123/${path}`)]: verbs("POST"),
  [api(`/apis/abc123/${path}/def456`)]: verbs("GET", "PATCH", "DELETE"),
});
const of = (service: string, names: string) => names.split(" ").map((name) => `${service}:${name}`);

/** @param stack the stack's name @param id the resource's logical id: of both CloudFormation makes the name */
export const needsOf = (stack: string, id: string): Readonly<Record<string, Needs>> => {
  const name = `${stack}-${id}-AbCdEf123456`;
  const functionArn = arn("lambda", `function:${name}`);
  const alias = arn("lambda", `function:${stack}-AuthorizerFunction-AbCdEf123456:live`);
  const role = iam(`role/${name}`);
  return {
    "AWS::ApiGatewayV2::Api": {
      [api("/apis")]: verbs("POST"),
      [api("/apis/abc123")]: verbs("GET", "PATCH", "PUT", "DELETE"),
      [tags]: verbs("PUT", "DELETE", "POST"),
    },
    "AWS::ApiGatewayV2::Authorizer": ofApi("authorizers"),
    "AWS::ApiGatewayV2::Integration": ofApi("integrations"),
    "AWS::ApiGatewayV2::Route": ofApi("routes"),
    "AWS::ApiGatewayV2::Stage": {
      ...ofApi("stages"),
      "*": of(
        "logs",
        "CreateLogDelivery DeleteLogDelivery DescribeResourcePolicies GetLogDelivery ListLogDeliveries PutResourcePolicy UpdateLogDelivery",
      ),
    },
    "AWS::ApiGatewayV2::DomainName": {
      [api("/domainnames")]: verbs("POST"),
      [api("/domainnames/api.example.com")]: verbs("GET", "PATCH", "DELETE"),
      [iam("role/aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway")]: [
        "iam:CreateServiceLinkedRole",
      ],
    },
    "AWS::ApiGatewayV2::ApiMapping": {
      [api("/domainnames/api.example.com/apimappings")]: verbs("POST"),
      [api("/domainnames/api.example.com/apimappings/def456")]: verbs("GET", "PATCH", "DELETE"),
    },
    "AWS::Lambda::Function": {
      [functionArn]: of(
        "lambda",
        "CreateFunction DeleteFunction GetFunction GetFunctionCodeSigningConfig GetFunctionRecursionConfig ListTags PutFunctionConcurrency DeleteFunctionConcurrency TagResource UntagResource UpdateFunctionCode UpdateFunctionConfiguration",
      ),
      [role]: ["iam:PassRole"],
      [`arn:aws:s3:::cdk-hnb659fds-assets-${ACCOUNT}-${REGION}/0a1b.zip`]: ["s3:GetObject"],
      "*": of("ec2", "DescribeSecurityGroups DescribeSubnets DescribeVpcs"),
    },
    "AWS::Lambda::Permission": { [functionArn]: of("lambda", "AddPermission GetPolicy RemovePermission") },
    "AWS::Lambda::Version": {
      [functionArn]: of("lambda", "PublishVersion ListVersionsByFunction GetFunctionConfiguration DeleteFunction"),
    },
    "AWS::Lambda::Alias": {
      [alias]: of(
        "lambda",
        "PutProvisionedConcurrencyConfig GetProvisionedConcurrencyConfig DeleteProvisionedConcurrencyConfig",
      ),
      [functionArn]: of("lambda", "CreateAlias GetAlias UpdateAlias DeleteAlias"),
    },
    "AWS::IAM::Role": {
      [role]: of(
        "iam",
        "CreateRole DeleteRole DeleteRolePolicy GetRole GetRolePolicy ListAttachedRolePolicies ListRolePolicies PutRolePermissionsBoundary PutRolePolicy TagRole UntagRole UpdateAssumeRolePolicy UpdateRole",
      ),
    },
    "AWS::IAM::Policy": { [role]: of("iam", "DeleteRolePolicy GetRolePolicy PutRolePolicy") },
    "AWS::Logs::LogGroup": {
      [arn("logs", `log-group:${name}`)]: of(
        "logs",
        "AssociateKmsKey CreateLogGroup DeleteLogGroup DeleteRetentionPolicy DisassociateKmsKey ListTagsForResource PutRetentionPolicy TagResource UntagResource",
      ),
      [LOGS_LIST]: ["logs:DescribeLogGroups"],
    },
    "AWS::Logs::MetricFilter": {
      [arn("logs", `log-group:${stack}-ApiAccessLog713001CC-AbCdEf123456`)]: of(
        "logs",
        "DeleteMetricFilter PutMetricFilter",
      ),
      "*": ["logs:DescribeMetricFilters"],
    },
    "AWS::CloudWatch::Alarm": {
      [arn("cloudwatch", `alarm:${name}`)]: of(
        "cloudwatch",
        "DeleteAlarms ListTagsForResource PutMetricAlarm TagResource UntagResource",
      ),
      "*": ["cloudwatch:DescribeAlarms"],
    },
    "AWS::CloudWatch::Dashboard": {
      [`arn:aws:cloudwatch::${ACCOUNT}:dashboard/${stack.toLowerCase()}-${REGION}`]: of(
        "cloudwatch",
        "DeleteDashboards GetDashboard PutDashboard",
      ),
    },
    "AWS::SNS::Topic": {
      [arn("sns", name)]: of(
        "sns",
        "CreateTopic DeleteTopic GetDataProtectionPolicy GetTopicAttributes ListSubscriptionsByTopic ListTagsForResource SetTopicAttributes TagResource UntagResource",
      ),
    },
    "AWS::SNS::TopicPolicy": { [arn("sns", name)]: of("sns", "GetTopicAttributes SetTopicAttributes") },
    "AWS::SNS::Subscription": {
      [arn("sns", name)]: of("sns", "ListSubscriptionsByTopic Subscribe"),
      "*": of("sns", "GetSubscriptionAttributes Unsubscribe"),
    },
    "AWS::SSM::Parameter": {
      [arn("ssm", `parameter/CFN-${id}-AbCdEf123456`)]: of(
        "ssm",
        "AddTagsToResource DeleteParameter GetParameters ListTagsForResource PutParameter RemoveTagsFromResource",
      ),
      "*": ["ssm:DescribeParameters"],
    },
    "AWS::Events::Rule": {
      [arn("events", `rule/${name}`)]: of(
        "events",
        "DeleteRule DescribeRule ListTagsForResource ListTargetsByRule PutRule PutTargets RemoveTargets TagResource UntagResource",
      ),
    },
    "AWS::Route53::RecordSet": {
      "arn:aws:route53:::hostedzone/Z0123456789ABC": of(
        "route53",
        "ChangeResourceRecordSets GetHostedZone ListResourceRecordSets",
      ),
      "arn:aws:route53:::change/C2682N5HXP0BZ4": ["route53:GetChange"],
    },
    "AWS::CDK::Metadata": {},
    /** Every template of the CDK asks for the version of its bootstrap. */
    BootstrapVersion: { [arn("ssm", "parameter/cdk-bootstrap/hnb659fds/version")]: ["ssm:GetParameters"] },
  };
};
