import type { InvokePermission } from "../aws/invoke-permission.ts";
import type { StackValues } from "../template/stack-values.ts";
import type { AssemblyNotes } from "./deployment-finding.ts";
import { type FunctionFound, importedFunction, readFunction, runElsewhere } from "./function-model.ts";
import { calledFunction, type InvokePermissions } from "./invoke-permissions.ts";
import type { FunctionCall, FunctionModel } from "./model.ts";

/** A function that can run here, and whether API Gateway may call it; or why it cannot run. */
export type CallableFunction =
  | { readonly model: FunctionModel; readonly permission: InvokePermission }
  | (Extract<FunctionFound, { reason: string }> & { readonly call?: FunctionCall });

export interface FunctionPlaces {
  readonly stacks: readonly StackValues[];
  readonly permissions: InvokePermissions;
  /** The stack of the API that calls. */
  readonly home: StackValues;
  readonly notes: AssemblyNotes;
}

/**
 * Finds a function by its ARN, by itself or inside API Gateway's invocation ARN, with or without a version or an alias.
 * @param role the ARN of the role with which it is called, where the integration or the authorizer names one
 */
export function callableFunction(uri: string, role: unknown, places: FunctionPlaces): CallableFunction {
  const called = /:function:/.test(uri) ? calledFunction(uri) : undefined;
  if (called?.name.includes("${stageVariables."))
    return { reason: `${called.name} is chosen by a stage variable, which is not followed for functions` };
  for (const stack of called ? places.stacks : [])
    for (const resource of stack.resources.values())
      if (called && resource.type === "AWS::Lambda::Function" && stack.physicalId(resource) === called.name) {
        const found = readFunction(stack, resource, places.stacks, places.notes);
        const permission = places.permissions.of(called, places.home, role);
        return "reason" in found
          ? { ...found, call: { permission, function: { name: called.name } } }
          : { ...found, permission };
      }
  const invokeUrl = called && places.home.invokeUrlGiven(undefined, called.name);
  if (called && invokeUrl !== undefined)
    return {
      model: importedFunction(called.name, called.arn, invokeUrl),
      // Who may call it stands where the function is deployed; what the template adds to that is shown only.
      permission: { by: "assumption", template: places.permissions.of(called, places.home, role) },
    };
  const [, unknown] = /^\{(.+)\}$/.exec(uri) ?? [];
  return {
    reason: `${(unknown ?? uri) || "(none)"} is not a function of the assembly`,
    ...(called ? { advice: runElsewhere(called.name) } : {}),
  };
}
