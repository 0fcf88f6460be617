import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Mistake } from "../findings/mistake.ts";
import { insideOf, memberOf, readObject, readStacks, textOf } from "../template/cloud-assembly.ts";
import { Resolution } from "../template/resolution.ts";
import type { Resource } from "../template/resource-names.ts";
import { type StackSurroundings, StackValues } from "../template/stack-values.ts";
import { checkGivenParameters } from "../template/template-parameters.ts";
import { readApi } from "./api-model.ts";
import { checkStack } from "./check-stack.ts";
import type { AssemblyNotes } from "./deployment-finding.ts";
import { InvokePermissions } from "./invoke-permissions.ts";
import type { Assembly, HttpApiModel, Unserved } from "./model.ts";
import { asUnserved } from "./unserved.ts";

export interface ReadAssemblyOptions {
  /** Values of parameters, as `cdk deploy --parameters` takes them: `Name`, or `Stack:Name` for one stack only. */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  /** Take it that API Gateway may call every function, whatever the assembly says. @default false */
  readonly assumePermissions?: boolean | undefined;
}

/**
 * Reads what a cloud assembly would deploy and answers the HTTP APIs in it, and by name what else is there that a client
 * could call and that is not served.
 * @param place a folder that `cdk synth` wrote, of any CDK app in any style; or templates in JSON without a manifest
 * @throws Mistake `assembly-missing`, `assembly-broken`, `api-missing`, `parameter-unknown`, `parameter-not-allowed`
 */
export function readAssembly(
  place: string,
  { parameters = {}, assumePermissions = false }: ReadAssemblyOptions = {},
): Assembly {
  const full = resolve(place);
  const stacks: StackValues[] = [];
  const resolution = new Resolution();
  for (const files of readStacks(full)) {
    const given = parametersOf(files.name, parameters);
    const stack = new StackValues(files, { siblings: () => stacks, given: (name) => given[name], resolution });
    stacks.push(stack);
  }
  checkGivenParameters(
    parameters,
    stacks.map(({ files: { name }, parameters: defined }) => ({ name, parameters: defined })),
  );
  // Conditions and parameters may look at any stack, so all of them are known before the first is read.
  stacks.push(...stacks.flatMap((stack) => nestedIn(stack, { siblings: () => stacks, resolution }, [])));
  const unserved: Unserved[] = stacks.flatMap((stack) => [
    ...[...stack.resources.values()].flatMap((resource) => notServed(stack, resource)),
    ...openParameters(stack),
  ]);
  const notes: AssemblyNotes = { unserved, findings: stacks.flatMap(checkStack) };
  const permissions = new InvokePermissions(stacks, assumePermissions);
  const apis: HttpApiModel[] = [];
  for (const stack of stacks)
    for (const resource of stack.resources.values())
      if (resource.type === "AWS::ApiGatewayV2::Api" && stack.resolve(resource.properties.ProtocolType) !== "WEBSOCKET")
        apis.push(readApi(stack, resource, stacks, permissions, notes));
  if (apis.length > 0) return { directory: full, apis, unserved, findings: notes.findings };
  throw new Mistake("api-missing", {
    what: "the assembly holds no HTTP API",
    got: `${stacks.length} stack(s) in ${full}${unserved.map(({ name, type }) => `; ${name} (${type})`).join("")}`,
    expected: "an AWS::ApiGatewayV2::Api of protocol HTTP",
    fix: "give the assembly of an app with an HTTP API, or choose another environment",
  });
}

function parametersOf(stack: string, parameters: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(parameters);
  const own = entries.filter(([name]) => name.startsWith(`${stack}:`));
  return Object.fromEntries([
    ...entries.filter(([name]) => !name.includes(":")),
    ...own.map(([name, value]) => [name.slice(stack.length + 1), value]),
  ]);
}

const openParameters = (stack: StackValues): readonly Unserved[] =>
  stack.openParameters.map((name) =>
    asUnserved(`${stack.files.name}/${name}`, "parameter", {
      what: "it has no default and was given no value",
      fix: `--parameters ${name}=VALUE`,
    }),
  );

/** Templates that a template deploys as nested stacks, with what it passes to them. */
function nestedIn(
  stack: StackValues,
  surroundings: Omit<StackSurroundings, "given">,
  within: readonly string[],
): readonly StackValues[] {
  return [...stack.resources.values()].flatMap((resource) => {
    const path = resource.metadata["aws:asset:path"];
    if (resource.type !== "AWS::CloudFormation::Stack" || typeof path !== "string") return [];
    const file = insideOf(stack.files.root, stack.files.directory, path);
    if (!existsSync(file)) return [];
    if (within.includes(file)) throw nestedInItself(stack, resource.logicalId);
    const files = { ...stack.files, name: `${stack.files.name}-${resource.logicalId}`, template: readObject(file) };
    // Resolved when asked for: it may be what another nested stack gives.
    const passed = memberOf(resource.properties, "Parameters");
    const given = (name: string) => stack.resolve(passed[name]);
    const nested = new StackValues(files, { ...surroundings, given, passed: Object.keys(passed) });
    stack.nest(resource.logicalId, nested);
    return [nested, ...nestedIn(nested, surroundings, [...within, file])];
  });
}

const nestedInItself = ({ files }: StackValues, logicalId: string) =>
  new Mistake("template-circular", {
    what: "a nested stack deploys the template that it is in",
    got: `${files.name}: ${logicalId}`,
    expected: "nested stacks without a circle",
    fix: "synthesise the app again: npx cdk synth",
  });

const NOT_SERVED: Readonly<Record<string, readonly [what: string, fix: string]>> = {
  "AWS::ApiGateway::RestApi": [
    "it is a REST API",
    "only HTTP APIs are served; SAM and serverless-offline know REST APIs",
  ],
  "AWS::ApiGatewayV2::VpcLink": [
    "VPC links lead into a network that is not here",
    "its routes answer 500 and the log says so",
  ],
  "AWS::ApiGatewayV2::ApiGatewayManagedOverrides": [
    "overrides of what API Gateway makes by itself are not read",
    "the routes that the template spells out are served",
  ],
  "AWS::Serverless::HttpApi": ["SAM's transform runs in AWS only", "give the template that the transform leaves"],
  "AWS::Serverless::Function": ["SAM's transform runs in AWS only", "give the template that the transform leaves"],
  "AWS::Lambda::Url": ["function URLs are not served", "call the function through the API"],
};

function notServed(stack: StackValues, { type, logicalId, properties }: Resource): readonly Unserved[] {
  const name = `${stack.files.name}/${logicalId}`;
  const known = NOT_SERVED[type];
  if (known) return [asUnserved(name, type, { what: known[0], fix: known[1] })];
  if (type === "AWS::ApiGatewayV2::ApiMapping") {
    const { ApiMappingKey: key } = properties;
    const path = key === undefined ? "" : `, nor is its path /${textOf(stack.resolve(key))}`;
    return [
      asUnserved(name, type, {
        what: `custom domains are not served${path}`,
        fix: "call the API by the address that is printed",
      }),
    ];
  }
  if (type === "AWS::ApiGatewayV2::DomainName" && properties.MutualTlsAuthentication !== undefined)
    return [
      asUnserved(name, type, {
        what: "it asks clients for a certificate",
        fix: "nobody is asked for one here: try it deployed",
      }),
    ];
  return type === "AWS::ApiGatewayV2::Api" && stack.resolve(properties.ProtocolType) === "WEBSOCKET"
    ? [asUnserved(name, type, { what: "it is a WebSocket API", fix: "only HTTP APIs are served" })]
    : [];
}
