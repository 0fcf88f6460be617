import { isJson } from "../json/json.ts";
import { findAsset } from "./asset.ts";
import { memberOf, textMap, textOf } from "./cloud-assembly.ts";
import type { FunctionModel } from "./model.ts";
import type { Resource } from "./resource-names.ts";
import type { StackValues } from "./stack-values.ts";

/** A function that can run here, or why it cannot. */
export type FunctionFound = { readonly model: FunctionModel } | { readonly reason: string; readonly advice?: string };

const OTHER_RUNTIME =
  "try it on the deployed API, or serve it on a port and give the route an HTTP proxy integration to it";

const HANDLER = /^[\w./-]+\.[\w$]+$/;
const DEFAULT_TIMEOUT_SECONDS = 3;
const DEFAULT_MEMORY_MB = 128;

/** Reads a function of the template: its code in the assembly, its handler and what it runs with. */
export function readFunction(stack: StackValues, resource: Resource, stacks: readonly StackValues[]): FunctionFound {
  const properties = stack.resolve(resource.properties);
  if (!isJson(properties)) return { reason: "it has no properties" };
  const { Runtime: runtime, Handler: handler, PackageType: packageType } = properties;
  if (packageType === "Image" || (isJson(properties.Code) && properties.Code.ImageUri !== undefined))
    return { reason: "it is a container image; only zipped Node.js functions run here", advice: OTHER_RUNTIME };
  if (typeof runtime !== "string" || !runtime.startsWith("nodejs"))
    return {
      reason: `its runtime is ${textOf(runtime, "not given")}; only Node.js functions run here`,
      advice: OTHER_RUNTIME,
    };
  if (typeof handler !== "string" || !HANDLER.test(handler) || handler.includes(".."))
    return { reason: `its handler ${JSON.stringify(handler)} is not file.export` };
  const code = codeOf(stack, resource, properties.Code);
  if ("reason" in code) return code;
  const name = stack.physicalId(resource);
  const { LogGroup: logGroup } = memberOf(properties, "LoggingConfig");
  const layers = layersOf(stacks, properties.Layers);
  return {
    model: {
      name,
      logicalId: resource.logicalId,
      arn: stack.arnOf(resource),
      region: stack.files.region,
      code: code.code,
      handler,
      runtime,
      ...(layers.length === 0 ? {} : { layers }),
      environment: textMap(memberOf(properties, "Environment").Variables),
      timeoutMs: Number(properties.Timeout ?? DEFAULT_TIMEOUT_SECONDS) * 1_000,
      memoryMb: Number(properties.MemorySize ?? DEFAULT_MEMORY_MB),
      reservedConcurrency:
        properties.ReservedConcurrentExecutions === undefined
          ? undefined
          : Number(properties.ReservedConcurrentExecutions),
      logGroup: typeof logGroup === "string" ? logGroup : `/aws/lambda/${name}`,
    },
  };
}

type Code = { readonly code: FunctionModel["code"] } | { readonly reason: string };

function codeOf(stack: StackValues, resource: Resource, code: unknown): Code {
  if (isJson(code) && typeof code.ZipFile === "string") return { code: { inline: code.ZipFile } };
  const found = findAsset(stack, resource, code);
  return "reason" in found ? found : { code: found };
}

/** Folders of a function's layers. One that is not of the assembly, such as AWS's own, is left out. */
function layersOf(stacks: readonly StackValues[], layers: unknown): readonly string[] {
  return (Array.isArray(layers) ? layers : []).flatMap((arn) => {
    for (const stack of stacks)
      for (const layer of stack.resources.values()) {
        if (layer.type !== "AWS::Lambda::LayerVersion" || stack.physicalId(layer) !== arn) continue;
        const found = findAsset(stack, layer, stack.resolve(layer.properties.Content));
        return "reason" in found ? [] : [found.directory];
      }
    return [];
  });
}
