import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Mistake } from "../../mistake.ts";
import { readApi } from "./api-model.ts";
import { insideOf, readObject, readStacks } from "./cloud-assembly.ts";
import type { Assembly, HttpApiModel, Unserved } from "./model.ts";
import { type Resource, StackValues } from "./stack-values.ts";

/**
 * Reads what a cloud assembly would deploy and answers the HTTP APIs in it, and by name what else is there that a client
 * could call and that is not served.
 * @param directory a folder that `cdk synth` wrote; of any CDK app, in any style, or written by hand
 * @throws Mistake `assembly-missing`, `assembly-broken`, `api-missing`
 */
export function readAssembly(directory: string): Assembly {
  const full = resolve(directory);
  const stacks: StackValues[] = [];
  for (const files of readStacks(full)) {
    const stack = new StackValues(files, () => stacks);
    stacks.push(stack, ...nestedIn(stack, () => stacks));
  }
  const unserved: Unserved[] = stacks.flatMap((stack) =>
    stack.resources.flatMap((resource) => notServed(stack, resource)),
  );
  const apis: HttpApiModel[] = [];
  for (const stack of stacks)
    for (const resource of stack.resources)
      if (resource.type === "AWS::ApiGatewayV2::Api" && stack.resolve(resource.properties.ProtocolType) !== "WEBSOCKET")
        apis.push(readApi(stack, resource, stacks, unserved));
  if (apis.length > 0) return { directory: full, apis, unserved };
  throw new Mistake("api-missing", {
    what: "the assembly holds no HTTP API",
    got: `${stacks.length} stack(s) in ${full}`,
    expected: "an AWS::ApiGatewayV2::Api of protocol HTTP",
    fix: "give the assembly of an app with an HTTP API, or choose another environment",
  });
}

/** Templates that a template deploys as nested stacks, with what it passes to them. */
function nestedIn(stack: StackValues, siblings: () => readonly StackValues[]): readonly StackValues[] {
  return stack.resources.flatMap((resource) => {
    const path = resource.metadata["aws:asset:path"];
    if (resource.type !== "AWS::CloudFormation::Stack" || typeof path !== "string") return [];
    const file = insideOf(stack.files.directory, path);
    if (!existsSync(file)) return [];
    const given = stack.resolve(resource.properties.Parameters) as Record<string, unknown> | undefined;
    const files = { ...stack.files, name: `${stack.files.name}-${resource.logicalId}`, template: readObject(file) };
    const nested = new StackValues(files, siblings, given ?? {});
    stack.nest(resource.logicalId, nested);
    return [nested, ...nestedIn(nested, siblings)];
  });
}

const NOT_SERVED: Readonly<Record<string, readonly [reason: string, advice: string]>> = {
  "AWS::ApiGateway::RestApi": [
    "it is a REST API",
    "only HTTP APIs are served; SAM and serverless-offline know REST APIs",
  ],
  "AWS::ApiGatewayV2::VpcLink": [
    "VPC links lead into a network that is not here",
    "its routes answer 500 and the log says so",
  ],
  "AWS::ApiGatewayV2::ApiMapping": ["custom domains are not served", "call the API by the address that is printed"],
  "AWS::Lambda::Url": ["function URLs are not served", "call the function through the API"],
};

function notServed(stack: StackValues, { type, logicalId, properties }: Resource): readonly Unserved[] {
  const name = `${stack.files.name}/${logicalId}`;
  const known = NOT_SERVED[type];
  if (known) return [{ name, type, reason: known[0], advice: known[1] }];
  return type === "AWS::ApiGatewayV2::Api" && stack.resolve(properties.ProtocolType) === "WEBSOCKET"
    ? [{ name, type, reason: "it is a WebSocket API", advice: "only HTTP APIs are served" }]
    : [];
}
