import type { EventContext } from "../aws/event.ts";
import {
  authorizerSources,
  type InvokePermission,
  type InvokeVerdict,
  invokeVerdict,
  type RefusalCause,
  routeSources,
} from "../aws/invoke-permission.ts";

/** A call that AWS would not let API Gateway make: the function is not called and the client gets a 500. */
export interface RefusedCall {
  /** `$context.integrationErrorMessage` (6.29, OBS+; for a role 6.31, OBS1), or the authorizer's text (8.11, DOC). */
  readonly error: string;
  /** Why, in our own words. */
  readonly reason: string;
}

type Caller = "integration" | "authorizer";

/** Asked for each request; the answer for one stage, route and method does not change. */
const verdicts = new WeakMap<InvokePermission, Map<string, InvokeVerdict>>();

/** Whether AWS would refuse the call of a route's function. */
export function refusedIntegration(
  permission: InvokePermission,
  { api, stage, routeKey }: EventContext,
  method: string,
): RefusedCall | undefined {
  const known = verdicts.get(permission) ?? new Map<string, InvokeVerdict>();
  if (known.size === 0) verdicts.set(permission, known);
  const key = `${stage.name} ${method} ${routeKey}`;
  const verdict = known.get(key) ?? invokeVerdict(permission, routeSources(api, stage.name, routeKey, method));
  known.set(key, verdict);
  return refusedCall(verdict, "integration");
}

/** Whether AWS would refuse the call of an authorizer's function. */
export const refusedAuthorizer = (
  permission: InvokePermission,
  { api }: EventContext,
  authorizerId: string,
): RefusedCall | undefined =>
  refusedCall(invokeVerdict(permission, authorizerSources(api, authorizerId)), "authorizer");

const refusedCall = (verdict: InvokeVerdict, caller: Caller): RefusedCall | undefined =>
  verdict.kind === "refused" ? { error: textOf(verdict.cause, caller), reason: verdict.reason } : undefined;

const textOf = (cause: RefusalCause, caller: Caller): string =>
  cause === "role"
    ? `API Gateway doesn't have permissions to assume the IAM role configured on the ${caller}. Check the permissions and try again.`
    : `The IAM role configured on the ${caller} or API Gateway doesn't have permissions to call the ${caller}. Check the permissions and try again${caller === "integration" ? "." : ""}`;
