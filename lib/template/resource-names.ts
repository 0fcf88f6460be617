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

/** Properties that name the thing itself; CloudFormation makes a name up where they are absent. */
const NAME_PROPERTIES: Readonly<Record<string, string>> = {
  "AWS::Lambda::Function": "FunctionName",
  "AWS::Logs::LogGroup": "LogGroupName",
  "AWS::DynamoDB::Table": "TableName",
  "AWS::S3::Bucket": "BucketName",
  "AWS::SQS::Queue": "QueueName",
  "AWS::IAM::Role": "RoleName",
};

/** What `Ref` gives for a resource: its own name, else one made up here, the same from run to run. */
export function physicalIdOf({ logicalId, type, properties }: Resource, files: StackFiles, resolve: Resolve): string {
  const full = `${files.name}-${logicalId}`;
  const functionArn = () => {
    const name = textOf(resolve(properties.FunctionName));
    return name.startsWith("arn:") ? name : arnIn(files, "lambda", `function:${name}`);
  };
  switch (type) {
    case "AWS::ApiGatewayV2::Api":
    case "AWS::ApiGatewayV2::Authorizer":
      return shortId(full);
    case "AWS::ApiGatewayV2::Stage":
      return textOf(resolve(properties.StageName), "$default");
    case "AWS::Lambda::Version":
      return `${functionArn()}:1`;
    case "AWS::Lambda::Alias":
      return `${functionArn()}:${textOf(resolve(properties.Name))}`;
    case "AWS::Lambda::LayerVersion":
      return `${arnIn(files, "lambda", `layer:${textOf(resolve(properties.LayerName), full)}`)}:1`;
    default: {
      const property = NAME_PROPERTIES[type];
      const name = property === undefined ? undefined : resolve(properties[property]);
      return typeof name === "string" && name !== "" ? name : full;
    }
  }
}

export function arnOf(resource: Resource, files: StackFiles, resolve: Resolve): string {
  const id = physicalIdOf(resource, files, resolve);
  if (id.startsWith("arn:")) return id;
  if (resource.type === "AWS::Lambda::Function") return arnIn(files, "lambda", `function:${id}`);
  if (resource.type === "AWS::Logs::LogGroup") return arnIn(files, "logs", `log-group:${id}:*`);
  return arnIn(files, resource.type.split("::")[1]?.toLowerCase() ?? "unknown", id);
}

/** An ARN in a stack's own account and region. */
export const arnIn = ({ account, region }: StackFiles, service: string, rest: string) =>
  `arn:${partitionOf(region)}:${service}:${region}:${account}:${rest}`;

/** Ten lower-case letters and digits, as API Gateway's ids are. */
const shortId = (text: string) =>
  BigInt(`0x${createHash("sha256").update(text).digest("hex").slice(0, 16)}`)
    .toString(36)
    .padStart(10, "0")
    .slice(0, 10);
