import { createHash } from "node:crypto";
import { isJson, type Json, type StackFiles, textOf } from "./cloud-assembly.ts";

/** A resource of a template, its condition met. */
export interface Resource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Json;
  readonly metadata: Json;
}

const NO_VALUE = Symbol("AWS::NoValue");

/** Properties that name the thing itself; CloudFormation makes a name up where they are absent. */
const NAME_PROPERTIES: Readonly<Record<string, string>> = {
  "AWS::Lambda::Function": "FunctionName",
  "AWS::Logs::LogGroup": "LogGroupName",
  "AWS::DynamoDB::Table": "TableName",
  "AWS::S3::Bucket": "BucketName",
  "AWS::SQS::Queue": "QueueName",
  "AWS::IAM::Role": "RoleName",
};

/**
 * The values of one stack: resources whose conditions hold, and every intrinsic function resolved as far as that can be
 * done before a deployment. What only AWS knows stays a text in braces that names it, such as `{Table.StreamArn}`.
 */
export class StackValues {
  readonly files: StackFiles;
  readonly resources: readonly Resource[];
  readonly #parameters: Json;
  readonly #given: Readonly<Record<string, unknown>>;
  readonly #siblings: () => readonly StackValues[];
  readonly #nested = new Map<string, StackValues>();

  /**
   * @param siblings all stacks of the assembly, for what one imports from another
   * @param given values of parameters, of a nested stack
   */
  constructor(
    files: StackFiles,
    siblings: () => readonly StackValues[],
    given: Readonly<Record<string, unknown>> = {},
  ) {
    this.files = files;
    this.#siblings = siblings;
    this.#given = given;
    this.#parameters = section(files.template, "Parameters");
    this.resources = Object.entries(section(files.template, "Resources")).flatMap(([logicalId, value]) => {
      if (!isJson(value) || !this.#holds(value.Condition)) return [];
      const { Type: type, Properties: properties, Metadata: metadata } = value;
      return [
        {
          logicalId,
          type: textOf(type),
          properties: isJson(properties) ? properties : {},
          metadata: isJson(metadata) ? metadata : {},
        },
      ];
    });
  }

  /** A template that this one deploys as a nested stack. */
  nest(logicalId: string, nested: StackValues): void {
    this.#nested.set(logicalId, nested);
  }

  find(logicalId: string): Resource | undefined {
    return this.resources.find((resource) => resource.logicalId === logicalId);
  }

  /** What `Ref` gives for a resource. */
  physicalId({ logicalId, type, properties }: Resource): string {
    const property = NAME_PROPERTIES[type];
    const name = property === undefined ? undefined : this.resolve(properties[property]);
    if (typeof name === "string" && name !== "") return name;
    const full = `${this.files.name}-${logicalId}`;
    if (type === "AWS::ApiGatewayV2::Api" || type === "AWS::ApiGatewayV2::Authorizer") return shortId(full);
    return type.startsWith("AWS::ApiGatewayV2::") ? `${this.files.name}-${logicalId}` : full;
  }

  arnOf(resource: Resource): string {
    const { account, region } = this.files;
    const id = this.physicalId(resource);
    if (resource.type === "AWS::Lambda::Function") return `arn:aws:lambda:${region}:${account}:function:${id}`;
    if (resource.type === "AWS::Logs::LogGroup") return `arn:aws:logs:${region}:${account}:log-group:${id}:*`;
    const service = resource.type.split("::")[1]?.toLowerCase() ?? "unknown";
    return `arn:aws:${service}:${region}:${account}:${id}`;
  }

  /** A value with its intrinsic functions resolved; members that are AWS::NoValue are gone. */
  resolve(value: unknown): unknown {
    const resolved = this.#resolve(value);
    return resolved === NO_VALUE ? undefined : resolved;
  }

  #resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.#resolve(item)).filter((item) => item !== NO_VALUE);
    if (!isJson(value)) return value;
    const [name, ...others] = Object.keys(value);
    if (name !== undefined && others.length === 0 && (name === "Ref" || name.startsWith("Fn::")))
      return this.#call(name, value[name]);
    return Object.fromEntries(
      Object.entries(value)
        .map(([key, item]) => [key, this.#resolve(item)] as const)
        .filter(([, item]) => item !== NO_VALUE),
    );
  }

  #call(name: string, argument: unknown): unknown {
    switch (name) {
      case "Ref":
        return this.#ref(textOf(argument));
      case "Fn::GetAtt":
        return this.#getAtt(
          typeof argument === "string" ? argument.split(".") : list(argument).map((item) => textOf(item)),
        );
      case "Fn::Sub":
        return this.#sub(argument);
      case "Fn::Join": {
        const [separator, items] = list(argument);
        return list(this.#resolve(items))
          .map((item) => textOf(item))
          .join(textOf(separator));
      }
      case "Fn::Select": {
        const [index, items] = list(argument);
        return list(this.#resolve(items))[Number(this.#resolve(index))] ?? "";
      }
      case "Fn::Split": {
        const [separator, text] = list(argument);
        return String(this.#resolve(text)).split(textOf(separator));
      }
      case "Fn::If": {
        const [condition, yes, no] = list(argument);
        return this.#resolve(this.#holds(condition) ? yes : no);
      }
      case "Fn::FindInMap":
        return this.#findInMap(list(argument).map((item) => String(this.#resolve(item))));
      case "Fn::Base64":
        return Buffer.from(String(this.#resolve(argument))).toString("base64");
      case "Fn::ImportValue":
        return this.#import(String(this.#resolve(argument)));
      case "Fn::GetAZs":
        return ["a", "b", "c"].map((zone) => `${this.files.region}${zone}`);
      case "Fn::ToJsonString":
        return JSON.stringify(this.#resolve(argument));
      case "Fn::Length":
        return list(this.#resolve(argument)).length;
      default:
        return `{${name}}`;
    }
  }

  #ref(name: string): unknown {
    const pseudo = this.#pseudo(name);
    if (pseudo !== undefined) return pseudo;
    if (Object.hasOwn(this.#parameters, name)) return this.#parameter(name);
    const resource = this.find(name);
    return resource ? this.physicalId(resource) : `{${name}}`;
  }

  #pseudo(name: string): unknown {
    const { account, region, name: stack } = this.files;
    const values: Readonly<Record<string, unknown>> = {
      "AWS::AccountId": account,
      "AWS::Region": region,
      "AWS::Partition": "aws",
      "AWS::URLSuffix": "amazonaws.com",
      "AWS::StackName": stack,
      "AWS::StackId": `arn:aws:cloudformation:${region}:${account}:stack/${stack}/00000000-0000-0000-0000-000000000000`,
      "AWS::NotificationARNs": [],
      "AWS::NoValue": NO_VALUE,
    };
    return values[name];
  }

  #parameter(name: string): unknown {
    if (Object.hasOwn(this.#given, name)) return this.#given[name];
    const parameter = this.#parameters[name];
    const value = isJson(parameter) ? parameter.Default : undefined;
    const isList = isJson(parameter) && /^(CommaDelimitedList|List<)/.test(textOf(parameter.Type));
    if (isList) return textOf(value, "").split(",");
    return value ?? `{${name}}`;
  }

  #getAtt([logicalId = "", ...path]: readonly string[]): unknown {
    const attribute = path.join(".");
    const nested = this.#nested.get(logicalId);
    if (nested && attribute.startsWith("Outputs.")) return nested.output(attribute.slice("Outputs.".length));
    const resource = this.find(logicalId);
    if (!resource) return `{${logicalId}.${attribute}}`;
    if (attribute === "Arn") return this.arnOf(resource);
    const id = this.physicalId(resource);
    if (resource.type === "AWS::ApiGatewayV2::Api" && attribute === "ApiEndpoint")
      return `https://${id}.execute-api.${this.files.region}.amazonaws.com`;
    return attribute === "ApiId" || attribute === "AuthorizerId" ? id : `{${logicalId}.${attribute}}`;
  }

  /** The value of an output. */
  output(name: string): unknown {
    const output = section(this.files.template, "Outputs")[name];
    return isJson(output) ? this.resolve(output.Value) : `{${name}}`;
  }

  /** `${Name}`, `${Name.Attribute}`, `${!Literal}`. */
  #sub(argument: unknown): string {
    const [text, variables] = typeof argument === "string" ? [argument, {}] : list(argument);
    return textOf(text).replace(/\$\{(!?)([^}]+)\}/g, (_, escaped: string, name: string) => {
      if (escaped !== "") return `\${${name}}`;
      if (isJson(variables) && Object.hasOwn(variables, name)) return String(this.#resolve(variables[name]));
      return String(name.includes(".") ? this.#getAtt(name.split(".")) : this.#ref(name));
    });
  }

  #findInMap([map = "", first = "", second = ""]: readonly string[]): unknown {
    const table = section(this.files.template, "Mappings")[map];
    const row = isJson(table) ? table[first] : undefined;
    return isJson(row) && Object.hasOwn(row, second) ? row[second] : `{${map}.${first}.${second}}`;
  }

  #import(name: string): unknown {
    for (const stack of this.#siblings())
      for (const output of Object.values(section(stack.files.template, "Outputs")))
        if (isJson(output) && isJson(output.Export) && stack.resolve(output.Export.Name) === name)
          return stack.resolve(output.Value);
    return `{${name}}`;
  }

  /** Whether a condition, given by its name or spelled out, is met. None is. */
  #holds(condition: unknown): boolean {
    if (condition === undefined) return true;
    if (typeof condition === "string") return this.#holds(section(this.files.template, "Conditions")[condition]);
    if (!isJson(condition)) return false;
    const [name = ""] = Object.keys(condition);
    const argument = condition[name];
    switch (name) {
      case "Condition":
        return this.#holds(argument);
      case "Fn::Equals": {
        const [one, other] = list(argument).map((item) => JSON.stringify(this.#resolve(item)));
        return one === other;
      }
      case "Fn::And":
        return list(argument).every((item) => this.#holds(item));
      case "Fn::Or":
        return list(argument).some((item) => this.#holds(item));
      case "Fn::Not":
        return !this.#holds(list(argument)[0]);
      default:
        return false;
    }
  }
}

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);

const section = (template: Json, name: string): Json => {
  const value = template[name];
  return isJson(value) ? value : {};
};

/** Ten lower-case letters and digits, as API Gateway's ids are. */
const shortId = (text: string) =>
  BigInt(`0x${createHash("sha256").update(text).digest("hex").slice(0, 16)}`)
    .toString(36)
    .padStart(10, "0")
    .slice(0, 10);
