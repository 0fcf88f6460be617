import { textOf } from "../template/cloud-assembly.ts";
import type { Resource } from "../template/resource-names.ts";
import type { StackValues } from "../template/stack-values.ts";
import type { ApiToRead } from "./api-model.ts";
import type { AssemblyNotes } from "./deployment-finding.ts";
import { asUnserved } from "./unserved.ts";

/** Whether a resource is an API that is served here. */
export const isHttpApi = (stack: StackValues, { type, properties }: Resource): boolean =>
  type === "AWS::ApiGatewayV2::Api" && stack.resolve(properties.ProtocolType) !== "WEBSOCKET";

/** What belongs to an API and names it by its id. */
const PARTS = new Set(
  ["Route", "Integration", "Authorizer", "Stage", "ApiMapping"].map((one) => `AWS::ApiGatewayV2::${one}`),
);

/**
 * The APIs outside of the assembly to which it adds routes, such as one that another app exports. They are served with what
 * the assembly adds; every part of an API that is not of the assembly is noted.
 * @param own the ids of the assembly's own APIs
 */
export function foreignApis(
  stacks: readonly StackValues[],
  own: ReadonlySet<string>,
  { unserved }: AssemblyNotes,
): readonly Pick<ApiToRead, "stack" | "api" | "apiId" | "isForeign">[] {
  const parts = stacks.flatMap((stack) => {
    const sockets = new Set(
      [...stack.resources.values()]
        .filter((one) => one.type === "AWS::ApiGatewayV2::Api")
        .map((one) => stack.physicalId(one)),
    );
    return [...stack.resources.values()]
      .filter(({ type }) => PARTS.has(type))
      .map((resource) => ({ stack, resource, apiId: textOf(stack.resolve(resource.properties.ApiId)) }))
      .filter(({ apiId }) => !own.has(apiId) && !sockets.has(apiId));
  });
  const found = new Map<string, Pick<ApiToRead, "stack" | "api" | "apiId" | "isForeign">>();
  for (const { stack, resource, apiId } of parts)
    if (resource.type === "AWS::ApiGatewayV2::Route" && !found.has(apiId))
      found.set(apiId, { stack, api: standIn(apiId), apiId, isForeign: true });
  for (const { stack, resource, apiId } of parts)
    unserved.push(
      asUnserved(`${stack.files.name}/${resource.logicalId}`, resource.type, {
        what: `it is of the API ${apiId || "(none)"}, which is not of the assembly`,
        fix: found.has(apiId)
          ? "what the assembly adds to that API is served as an API of its own; its other routes are not"
          : "serve the assembly of that API",
      }),
    );
  return [...found.values()];
}

const standIn = (apiId: string): Resource => ({
  logicalId: apiId,
  type: "AWS::ApiGatewayV2::Api",
  properties: { Name: apiId },
  metadata: {},
});
