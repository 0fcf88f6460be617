import {
  type InvokePermission,
  type InvokeStatement,
  type KnownOfSource,
  tolerantSource,
} from "../aws/invoke-permission.ts";
import type { Json } from "../json/json.ts";
import { textOf } from "../template/cloud-assembly.ts";
import type { Resource } from "../template/resource-names.ts";
import type { StackValues } from "../template/stack-values.ts";
import { roleVerdict } from "./credentials-role.ts";
import { openTexts } from "./open-texts.ts";

/** A function as an integration names it: by its name and, where it has one, the version or alias. */
export interface CalledFunction {
  readonly name: string;
  readonly qualifier: string | undefined;
  readonly arn: string;
}

/** Reads the function of an ARN, a partial ARN or a name; undefined where there is no name in it. */
export function calledFunction(text: string): CalledFunction | undefined {
  const [, name, qualifier] =
    /(?:^|:)function:([^:/]+)(?::([^:/]+))?/.exec(text) ?? /^([^:/]+)(?::([^:/]+))?$/.exec(text) ?? [];
  if (name === undefined) return undefined;
  const [arn = name] = /arn:[^:]*:lambda:[^/]*/.exec(text) ?? [];
  return { name, qualifier, arn };
}

/** All that an assembly says of who may invoke its functions. */
export class InvokePermissions {
  readonly #stacks: readonly StackValues[];
  readonly #isAssumed: boolean;
  #found: readonly Found[] | undefined;
  #ids: Pick<KnownOfSource, "apiIds" | "authorizerIds"> | undefined;

  /** @param isAssumed whether a person said that all permissions are there */
  constructor(stacks: readonly StackValues[], isAssumed: boolean) {
    this.#stacks = stacks;
    this.#isAssumed = isAssumed;
  }

  /**
   * Whether an API may call a function.
   * @param api the stack of the API
   * @param role `CredentialsArn` of the integration, or `AuthorizerCredentialsArn`, resolved
   */
  of(called: CalledFunction, api: StackValues, role: unknown): InvokePermission {
    const template = this.#inTemplate(called, api, role);
    return this.#isAssumed ? { by: "assumption", template } : template;
  }

  #inTemplate(called: CalledFunction, api: StackValues, role: unknown): InvokePermission {
    if (role !== undefined) return { by: "role", verdict: roleVerdict(textOf(role), called.arn, this.#stacks) };
    const statements: InvokeStatement[] = [];
    const misses: string[] = [];
    for (const found of this.#all()) {
      const fit = this.#fit(found, called, api);
      if (typeof fit === "string") misses.push(`${found.name} ${fit}`);
      else if (fit) statements.push(fit);
    }
    return { by: "policy", statements, misses };
  }

  /** @returns a text for what names the function and does not count; undefined for what is of another function */
  #fit(found: Found, called: CalledFunction, api: StackValues): InvokeStatement | string | undefined {
    const { name, stack, resource, properties } = found;
    const { FunctionName: functionName, Principal: principal, Action: action, SourceAccount: account } = properties;
    const named = textOf(functionName);
    const isOpen = openTexts(resource.properties.FunctionName, named).length > 0;
    const target = calledFunction(named);
    if (!isOpen && target?.name !== called.name) return undefined;
    if (!isOpen && target?.qualifier !== called.qualifier)
      return `is for ${target?.qualifier ?? "the function without a qualifier"}, and ${called.qualifier ?? "the function without a qualifier"} is called`;
    if (textOf(principal) !== "*" && textOf(principal) !== API_GATEWAY)
      return `is for the principal ${textOf(principal)}`;
    if (!ACTIONS.has(textOf(action).toLowerCase())) return `is for the action ${textOf(action)}`;
    const other = OTHER_CALLERS.find(
      (property) => properties[property] !== undefined && properties[property] !== false,
    );
    if (other !== undefined) return `asks for ${other}, which API Gateway does not present`;
    const known = this.#known(api);
    const isAccountOpen =
      account !== undefined &&
      (!known.isAccountKnown || openTexts(resource.properties.SourceAccount, textOf(account)).length > 0);
    if (account !== undefined && textOf(account) !== api.files.account && !isAccountOpen)
      return `is for the account ${textOf(account)}`;
    const unsure = [
      isOpen ? [`its FunctionName, ${named}, is this function`] : [],
      isAccountOpen && textOf(account) !== api.files.account
        ? [`its SourceAccount, ${textOf(account)}, is the API's`]
        : [],
    ].flat();
    const source = properties.SourceArn === undefined ? undefined : textOf(properties.SourceArn);
    return {
      name,
      source,
      ...(source === undefined
        ? {}
        : { tolerantSource: tolerantSource(source, openTexts(rawSource(resource), source), this.#known(stack)) }),
      ...(unsure.length === 0 ? {} : { unsure: unsure.join(" and ") }),
    };
  }

  #all(): readonly Found[] {
    this.#found ??= this.#stacks.flatMap((stack) =>
      [...stack.resources.values()]
        .filter(({ type }) => type === "AWS::Lambda::Permission")
        .map((resource) => ({
          name: `${stack.files.name}/${resource.logicalId}`,
          stack,
          resource,
          properties: stack.propertiesOf(resource),
        })),
    );
    return this.#found;
  }

  #known({ files }: StackValues): KnownOfSource {
    const idsOf = (type: string) =>
      new Set(
        this.#stacks.flatMap((stack) =>
          [...stack.resources.values()].filter((one) => one.type === type).map((one) => stack.physicalId(one)),
        ),
      );
    this.#ids ??= {
      apiIds: idsOf("AWS::ApiGatewayV2::Api"),
      authorizerIds: idsOf("AWS::ApiGatewayV2::Authorizer"),
    };
    return { ...this.#ids, isAccountKnown: files.isAccountKnown, isRegionKnown: files.isRegionKnown };
  }
}

interface Found {
  readonly name: string;
  readonly stack: StackValues;
  readonly resource: Resource;
  readonly properties: Json;
}

const rawSource = ({ properties }: Resource) => properties.SourceArn;

const API_GATEWAY = "apigateway.amazonaws.com";
/** What AddPermission takes of actions that cover InvokeFunction. */
const ACTIONS: ReadonlySet<string> = new Set(["lambda:invokefunction", "lambda:*", "*"]);
/** Conditions that other callers meet: a skill of Alexa, a function URL, a principal of an organisation. */
const OTHER_CALLERS = ["EventSourceToken", "FunctionUrlAuthType", "InvokedViaFunctionUrl", "PrincipalOrgID"] as const;
