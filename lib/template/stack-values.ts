import { partitionOf } from "../aws/arn.ts";
import { invokeUrl } from "../aws/invoke-url.ts";
import { isJson, type Json } from "../json/json.ts";
import { memberOf, type StackFiles, textOf } from "./cloud-assembly.ts";
import { withDynamicReferences } from "./dynamic-references.ts";
import { withLoops } from "./for-each.ts";
import type { GivenValues } from "./given-values.ts";
import type { Resolution } from "./resolution.ts";
import { arnIn, arnOf, attributeOf, physicalIdOf, type Resource, urlSuffixOf } from "./resource-names.ts";

/** What a stack gets from outside. */
export interface StackSurroundings {
  /** All stacks of the assembly, for what one imports from another. */
  readonly siblings: () => readonly StackValues[];
  /** The value of a parameter: from a person, or from the stack that a nested one is in. Undefined: none is given. */
  readonly given: (parameter: string) => unknown;
  /** The names of the parameters that the stack which nests this one passes. @default - it is not nested */
  readonly passed?: readonly string[];
  /** What a person knows of the deployment. */
  readonly values: GivenValues;
  /** One for the whole assembly. */
  readonly resolution: Resolution;
}

const NO_VALUE = Symbol("AWS::NoValue");

/**
 * The values of one stack: resources whose conditions hold, and every intrinsic function resolved as far as that can be
 * done before a deployment. What only AWS knows stays a text in braces that names it, such as `{Table.StreamArn}`.
 */
export class StackValues {
  readonly files: StackFiles;
  readonly #parameters: Json;
  readonly #surroundings: StackSurroundings;
  readonly #nested = new Map<string, StackValues>();
  readonly #unread: string[] = [];
  #resources: ReadonlyMap<string, Resource> | undefined;

  constructor(files: StackFiles, surroundings: StackSurroundings) {
    this.files = files;
    this.#surroundings = surroundings;
    this.#parameters = memberOf(files.template, "Parameters");
  }

  /** Read when first asked for: a condition may hang on a parameter that another nested stack gives. */
  get resources(): ReadonlyMap<string, Resource> {
    if (this.#resources) return this.#resources;
    const resources = new Map<string, Resource>();
    // Set before it is filled: a condition that asks for a resource of its own stack finds what stands before it.
    this.#resources = resources;
    const section = withLoops(memberOf(this.files.template, "Resources"), {
      resolve: (collection) => this.resolve(collection),
      made: (text) => this.#surroundings.resolution.made(text),
    });
    for (const [logicalId, value] of Object.entries(section))
      if (logicalId.startsWith("Fn::")) this.#unread.push(logicalId);
      else if (isJson(value) && this.#holds(value.Condition))
        resources.set(logicalId, {
          logicalId,
          type: textOf(value.Type),
          properties: memberOf(value, "Properties"),
          metadata: memberOf(value, "Metadata"),
        });
    return resources;
  }

  /** What stands among the resources and could not be read, such as a loop over what only a deployment knows. */
  get unread(): readonly string[] {
    return this.resources && this.#unread;
  }

  /** The parameters that the template defines. */
  get parameters(): Json {
    return this.#parameters;
  }

  /** The names of the parameters that the stack which nests this one passes. */
  get passedParameters(): readonly string[] {
    return this.#surroundings.passed ?? [];
  }

  /** Parameters that nobody gives a value and that have no default: a deployment would ask for them. */
  get openParameters(): readonly string[] {
    return Object.keys(this.#parameters).filter((name) => this.#parameter(name) === `{${name}}`);
  }

  /** The variables that a person gave to a function, by its logical id or its name. */
  variablesGiven(logicalId: string, functionName: string): Readonly<Record<string, string>> {
    return this.#surroundings.values.variables([`${this.files.name}/${logicalId}`, logicalId, functionName]);
  }

  /** Where a person said that a function runs, by its logical id or its name: a URL of Lambda's Invoke API. */
  invokeUrlGiven(logicalId: string | undefined, functionName: string): string | undefined {
    const names = logicalId === undefined ? [] : [`${this.files.name}/${logicalId}`, logicalId];
    const given = this.#surroundings.values.invokeUrl([...names, functionName]);
    return given && invokeUrl(given.url, given.name);
  }

  /** A template that this one deploys as a nested stack. */
  nest(logicalId: string, nested: StackValues): void {
    this.#nested.set(logicalId, nested);
  }

  /** What `Ref` gives for a resource. */
  physicalId(resource: Resource): string {
    return this.#named(resource.logicalId, () => physicalIdOf(resource, this.files, (value) => this.resolve(value)));
  }

  arnOf(resource: Resource): string {
    return this.#named(`${resource.logicalId}.Arn`, () => arnOf(resource, this.files, (value) => this.resolve(value)));
  }

  #named<T>(name: string, resolve: () => T): T {
    return this.#surroundings.resolution.of(`${this.files.name}: ${name}`, resolve);
  }

  /** A resource's properties, resolved; empty where they are not an object. */
  propertiesOf({ properties }: Resource): Json {
    const resolved = this.resolve(properties);
    return isJson(resolved) ? resolved : {};
  }

  /** A value with its intrinsic functions resolved; members that are AWS::NoValue are gone. */
  resolve(value: unknown): unknown {
    const resolved = this.#resolve(value);
    return resolved === NO_VALUE ? undefined : resolved;
  }

  #resolve(value: unknown): unknown {
    if (typeof value === "string") return this.#withReferences(value);
    if (typeof value !== "object" || value === null) return value;
    return this.#surroundings.resolution.deeper(() => this.#resolveParts(value));
  }

  #resolveParts(value: object): unknown {
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
        return this.#made(
          list(this.#resolve(items))
            .map((item) => textOf(item))
            .join(textOf(separator)),
        );
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
        return this.#findInMap(list(argument));
      case "Fn::Base64":
        return this.#made(Buffer.from(String(this.#resolve(argument))).toString("base64"));
      case "Fn::ImportValue":
        return this.#import(String(this.#resolve(argument)));
      case "Fn::GetAZs":
        return ["a", "b", "c"].map((zone) => `${this.files.region}${zone}`);
      case "Fn::ToJsonString":
        return this.#made(JSON.stringify(this.#resolve(argument)));
      case "Fn::Length":
        return list(this.#resolve(argument)).length;
      default:
        return `{${name}}`;
    }
  }

  #made(text: string): string {
    return this.#withReferences(this.#surroundings.resolution.made(text));
  }

  #withReferences(text: string): string {
    return withDynamicReferences(text, this.#surroundings.values, (name) => {
      const stored = this.#stored(name);
      return stored === undefined ? undefined : textOf(stored);
    });
  }

  #ref(name: string): unknown {
    const pseudo = this.#pseudo(name);
    if (pseudo !== undefined) return pseudo;
    if (Object.hasOwn(this.#parameters, name)) return this.#named(name, () => this.#parameter(name));
    const resource = this.resources.get(name);
    return resource ? this.physicalId(resource) : `{${name}}`;
  }

  #pseudo(name: string): unknown {
    const { account, region, name: stack } = this.files;
    const values: Readonly<Record<string, unknown>> = {
      "AWS::AccountId": account,
      "AWS::Region": region,
      "AWS::Partition": partitionOf(region),
      "AWS::URLSuffix": urlSuffixOf(region),
      "AWS::StackName": stack,
      "AWS::StackId": arnIn(this.files, "cloudformation", `stack/${stack}/00000000-0000-0000-0000-000000000000`),
      "AWS::NotificationARNs": [],
      "AWS::NoValue": NO_VALUE,
    };
    return values[name];
  }

  #parameter(name: string): unknown {
    const parameter = memberOf(this.#parameters, name);
    const type = textOf(parameter.Type);
    const given = this.#surroundings.given(name) ?? this.files.assetParameters[name];
    const value = given ?? parameter.Default;
    if (value === undefined) return `{${name}}`;
    if (type.startsWith("AWS::SSM::Parameter::Value<")) return this.#storedParameter(type, textOf(value));
    return isListType(type) && !Array.isArray(value) ? itemsOf(textOf(value)) : value;
  }

  #storedParameter(type: string, name: string): unknown {
    const value = this.#stored(name) ?? `{ssm:${name}}`;
    return isListType(type.slice("AWS::SSM::Parameter::Value<".length)) ? itemsOf(textOf(value)) : value;
  }

  /** The value of a parameter of Systems Manager: known where a person gave it, or where the assembly itself makes it. */
  #stored(name: string): unknown {
    const given = this.#surroundings.values.parameter(name);
    if (given !== undefined) return given;
    for (const stack of this.#surroundings.siblings())
      for (const { type, properties } of stack.resources.values())
        if (type === "AWS::SSM::Parameter" && stack.resolve(properties.Name) === name)
          return this.#named(`ssm ${name}`, () => stack.resolve(properties.Value));
    return undefined;
  }

  #getAtt([logicalId = "", ...path]: readonly string[]): unknown {
    const attribute = path.join(".");
    const nested = this.#nested.get(logicalId);
    if (nested && attribute.startsWith("Outputs."))
      return this.#named(`${logicalId}.${attribute}`, () => nested.output(attribute.slice("Outputs.".length)));
    const given = this.#surroundings.values.attribute(this.files.name, `${logicalId}.${attribute}`);
    if (given !== undefined) return given;
    const resource = this.resources.get(logicalId);
    if (!resource) return `{${logicalId}.${attribute}}`;
    if (attribute === "Arn") return this.arnOf(resource);
    const id = this.physicalId(resource);
    if (resource.type === "AWS::ApiGatewayV2::Api" && attribute === "ApiEndpoint")
      return `https://${id}.execute-api.${this.files.region}.amazonaws.com`;
    if (resource.type === "AWS::SSM::Parameter" && attribute === "Value")
      return this.#named(`${logicalId}.Value`, () => this.resolve(resource.properties.Value));
    return (
      this.#named(`${logicalId}.${attribute}`, () =>
        attributeOf(resource, attribute, this.files, (value) => this.resolve(value)),
      ) ?? `{${logicalId}.${attribute}}`
    );
  }

  /** The value of an output. */
  output(name: string): unknown {
    const output = memberOf(this.files.template, "Outputs")[name];
    return isJson(output) ? this.resolve(output.Value) : `{${name}}`;
  }

  /** `${Name}`, `${Name.Attribute}`, `${!Literal}`. Read from left to right: a text without an end costs no more than its length. */
  #sub(argument: unknown): string {
    const [given, variables] = typeof argument === "string" ? [argument, {}] : list(argument);
    const text = textOf(given);
    let made = "";
    let at = 0;
    for (let begin = text.indexOf("${"); begin >= 0; begin = text.indexOf("${", at)) {
      const end = text.indexOf("}", begin);
      if (end < 0) break;
      const name = text.slice(begin + 2, end);
      made += text.slice(at, begin) + this.#substitute(name, variables);
      at = end + 1;
    }
    return this.#made(made + text.slice(at));
  }

  #substitute(name: string, variables: unknown): string {
    if (name === "") return "${}";
    if (name.startsWith("!")) return `\${${name.slice(1)}}`;
    if (isJson(variables) && Object.hasOwn(variables, name)) return String(this.#resolve(variables[name]));
    return String(name.includes(".") ? this.#getAtt(name.split(".")) : this.#ref(name));
  }

  #findInMap([map, first, second, otherwise]: readonly unknown[]): unknown {
    const [mapName, key, name] = [map, first, second].map((item) => textOf(this.#resolve(item)));
    const row = memberOf(memberOf(memberOf(this.files.template, "Mappings"), mapName ?? ""), key ?? "");
    if (Object.hasOwn(row, name ?? "")) return row[name ?? ""];
    return isJson(otherwise) && "DefaultValue" in otherwise
      ? this.#resolve(otherwise.DefaultValue)
      : `{${mapName}.${key}.${name}}`;
  }

  #import(name: string): unknown {
    for (const stack of this.#surroundings.siblings())
      for (const output of Object.values(memberOf(stack.files.template, "Outputs")))
        if (isJson(output) && isJson(output.Export) && stack.resolve(output.Export.Name) === name)
          return this.#named(`import ${name}`, () => stack.resolve(output.Value));
    return this.#surroundings.values.export(name) ?? `{import:${name}}`;
  }

  /** Whether a condition, given by its name or spelled out, is met. None is. */
  #holds(condition: unknown): boolean {
    if (condition === undefined) return true;
    if (typeof condition === "string")
      return this.#named(`condition ${condition}`, () =>
        this.#holds(memberOf(this.files.template, "Conditions")[condition] ?? null),
      );
    return this.#surroundings.resolution.deeper(() => this.#isMet(condition));
  }

  #isMet(condition: unknown): boolean {
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

const isListType = (type: string) => /^(CommaDelimitedList|List<)/.test(type);

const itemsOf = (text: string) => text.split(",").map((item) => item.trim());

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [value]);
