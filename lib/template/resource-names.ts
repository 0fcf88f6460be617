import { createHash } from "node:crypto";
import { partitionOf } from "../aws/arn.ts";
import type { Json } from "../json/json.ts";
import { type StackFiles, textOf } from "./cloud-assembly.ts";

/** A resource of a template, its condition met. */
export interface Resource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Json;
  readonly metadata: Json;
}

type Resolve = (value: unknown) => unknown;

/** How AWS names the resources of one type: what `Ref` gives, what `Arn` gives, and which attributes say the same. */
interface Naming {
  /** The property that names the resource; CloudFormation makes a name up where it is absent. */
  readonly property?: string;
  /** What stands in place of a name that CloudFormation makes up. @default - the name of the stack and the logical id */
  readonly madeUp?: (full: string, files: StackFiles) => string;
  /** The ARN of a name. @default - `service:region:account:name` */
  readonly arn?: (name: string, files: StackFiles) => string;
  /** What `Ref` gives. @default - the name */
  readonly ref?: (name: string, files: StackFiles) => string;
  /** What `Fn::GetAtt` gives, by the attribute; `Arn` is known without. */
  readonly attributes?: Readonly<Record<string, (name: string, files: StackFiles) => string>>;
}

const name = (given: string) => given;
const arnFor =
  (service: string, prefix = "") =>
  (given: string, files: StackFiles) =>
    arnIn(files, service, `${prefix}${given}`);
/** IAM is the same in all regions of a partition. */
const iamArn = (prefix: string) => (given: string, files: StackFiles) =>
  `arn:${partitionOf(files.region)}:iam::${files.account}:${prefix}/${given}`;
const bucketArn = (given: string, { region }: StackFiles) => `arn:${partitionOf(region)}:s3:::${given}`;
/** Secrets Manager adds six characters to every name. */
const secretArn = (given: string, files: StackFiles) => arnIn(files, "secretsmanager", `secret:${given}-AbCdEf`);
const queueUrl = (given: string, { region, account }: StackFiles) =>
  `https://sqs.${region}.${urlSuffixOf(region)}/${account}/${given}`;
const poolIssuer = (given: string, { region }: StackFiles) => `cognito-idp.${region}.${urlSuffixOf(region)}/${given}`;

/** By type (CloudFormation's resource reference, "Return values", DOC). A type that is not here is named by its own id. */
const NAMINGS: Readonly<Record<string, Naming>> = {
  "AWS::Lambda::Function": { property: "FunctionName", arn: arnFor("lambda", "function:") },
  "AWS::Logs::LogGroup": {
    property: "LogGroupName",
    arn: (given, files) => arnIn(files, "logs", `log-group:${given}:*`),
  },
  "AWS::DynamoDB::Table": { property: "TableName", arn: arnFor("dynamodb", "table/") },
  "AWS::DynamoDB::GlobalTable": { property: "TableName", arn: arnFor("dynamodb", "table/") },
  "AWS::S3::Bucket": {
    property: "BucketName",
    madeUp: (full) => full.toLowerCase(),
    arn: bucketArn,
    attributes: {
      DomainName: (given) => `${given}.s3.amazonaws.com`,
      RegionalDomainName: (given, { region }) => `${given}.s3.${region}.${urlSuffixOf(region)}`,
    },
  },
  "AWS::SQS::Queue": {
    property: "QueueName",
    arn: arnFor("sqs"),
    ref: queueUrl,
    attributes: { QueueName: name, QueueUrl: queueUrl },
  },
  "AWS::SNS::Topic": {
    property: "TopicName",
    arn: arnFor("sns"),
    ref: arnFor("sns"),
    attributes: { TopicName: name, TopicArn: arnFor("sns") },
  },
  "AWS::SecretsManager::Secret": { property: "Name", arn: secretArn, ref: secretArn, attributes: { Id: secretArn } },
  "AWS::StepFunctions::StateMachine": {
    property: "StateMachineName",
    arn: arnFor("states", "stateMachine:"),
    ref: arnFor("states", "stateMachine:"),
    attributes: { Name: name },
  },
  "AWS::Events::EventBus": {
    property: "Name",
    arn: arnFor("events", "event-bus/"),
    attributes: { Name: name },
  },
  "AWS::Events::Rule": { property: "Name", arn: arnFor("events", "rule/") },
  "AWS::Kinesis::Stream": { property: "Name", arn: arnFor("kinesis", "stream/") },
  "AWS::KinesisFirehose::DeliveryStream": {
    property: "DeliveryStreamName",
    arn: arnFor("firehose", "deliverystream/"),
  },
  "AWS::KMS::Key": {
    madeUp: (full) => uuidOf(full),
    arn: arnFor("kms", "key/"),
    attributes: { KeyId: name },
  },
  "AWS::SSM::Parameter": {
    property: "Name",
    arn: (given, files) => arnIn(files, "ssm", `parameter/${given.replace(/^\//, "")}`),
  },
  "AWS::IAM::Role": { property: "RoleName", arn: iamArn("role") },
  "AWS::IAM::User": { property: "UserName", arn: iamArn("user") },
  "AWS::IAM::ManagedPolicy": { property: "ManagedPolicyName", arn: iamArn("policy"), ref: iamArn("policy") },
  "AWS::ECR::Repository": { property: "RepositoryName", arn: arnFor("ecr", "repository/") },
  "AWS::ECS::Cluster": { property: "ClusterName", arn: arnFor("ecs", "cluster/") },
  "AWS::Cognito::UserPool": {
    madeUp: (full, { region }) => `${region}_${letters(full, 9)}`,
    arn: arnFor("cognito-idp", "userpool/"),
    attributes: {
      UserPoolId: name,
      ProviderName: poolIssuer,
      ProviderURL: (given, files) => `https://${poolIssuer(given, files)}`,
    },
  },
  "AWS::Cognito::UserPoolClient": { madeUp: (full) => letters(full, 26).toLowerCase(), attributes: { ClientId: name } },
  "AWS::Cognito::IdentityPool": { madeUp: (full, { region }) => `${region}:${uuidOf(full)}` },
  "AWS::ApiGatewayV2::Api": { madeUp: (full) => shortId(full), attributes: { ApiId: name } },
  "AWS::ApiGatewayV2::Authorizer": { madeUp: (full) => shortId(full), attributes: { AuthorizerId: name } },
  "AWS::ApiGatewayV2::DomainName": { property: "DomainName" },
};

/** The resource's own name, else one made up here, the same from run to run. */
function nameOf({ logicalId, type, properties }: Resource, files: StackFiles, resolve: Resolve): string {
  const { property, madeUp = name }: Naming = NAMINGS[type] ?? {};
  const given = property === undefined ? undefined : resolve(properties[property]);
  return typeof given === "string" && given !== "" ? given : madeUp(`${files.name}-${logicalId}`, files);
}

/** What `Ref` gives for a resource. */
export function physicalIdOf(resource: Resource, files: StackFiles, resolve: Resolve): string {
  const { logicalId, type, properties } = resource;
  const functionArn = () => {
    const given = textOf(resolve(properties.FunctionName));
    return given.startsWith("arn:") ? given : arnIn(files, "lambda", `function:${given}`);
  };
  switch (type) {
    case "AWS::ApiGatewayV2::Stage":
      return textOf(resolve(properties.StageName), "$default");
    case "AWS::Lambda::Version":
      return `${functionArn()}:1`;
    case "AWS::Lambda::Alias":
      return `${functionArn()}:${textOf(resolve(properties.Name))}`;
    case "AWS::Lambda::LayerVersion":
      return `${arnIn(files, "lambda", `layer:${textOf(resolve(properties.LayerName), `${files.name}-${logicalId}`)}`)}:1`;
    default:
      return (NAMINGS[type]?.ref ?? name)(nameOf(resource, files, resolve), files);
  }
}

export function arnOf(resource: Resource, files: StackFiles, resolve: Resolve): string {
  const id = physicalIdOf(resource, files, resolve);
  if (id.startsWith("arn:")) return id;
  const service = resource.type.split("::")[1]?.toLowerCase() ?? "unknown";
  return (NAMINGS[resource.type]?.arn ?? arnFor(service))(nameOf(resource, files, resolve), files);
}

/** What `Fn::GetAtt` gives for an attribute other than `Arn`; undefined where only a deployment knows it. */
export function attributeOf(
  resource: Resource,
  attribute: string,
  files: StackFiles,
  resolve: Resolve,
): string | undefined {
  const { attributes = {} }: Naming = NAMINGS[resource.type] ?? {};
  const read = Object.hasOwn(attributes, attribute) ? attributes[attribute] : undefined;
  return read?.(nameOf(resource, files, resolve), files);
}

/** An ARN in a stack's own account and region. */
export const arnIn = ({ account, region }: StackFiles, service: string, rest: string) =>
  `arn:${partitionOf(region)}:${service}:${region}:${account}:${rest}`;

/** The domain of a region's endpoints. */
export const urlSuffixOf = (region: string) => (region.startsWith("cn-") ? "amazonaws.com.cn" : "amazonaws.com");

/** Ten lower-case letters and digits, as API Gateway's ids are. */
const shortId = (text: string) =>
  BigInt(`0x${hexOf(text).slice(0, 16)}`)
    .toString(36)
    .padStart(10, "0")
    .slice(0, 10);

/** Letters and digits, as Cognito's ids are. */
const letters = (text: string, length: number) =>
  createHash("sha512")
    .update(text)
    .digest("base64")
    .replace(/[^A-Za-z0-9]/g, "")
    .slice(0, length);

const uuidOf = (text: string) => hexOf(text).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, "$1-$2-$3-$4-$5");

const hexOf = (text: string) => createHash("sha256").update(text).digest("hex");
