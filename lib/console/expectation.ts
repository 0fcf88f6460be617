import type { RouteModel } from "../assembly/model.ts";
import { guardOf } from "../assembly/route-guards.ts";
import { Router } from "../aws/router.ts";
import { authorize } from "../rules/authorize.ts";
import { credentialAt, readIdentitySource } from "../rules/identity-source.ts";
import { identityReader } from "./identity-reader.ts";
import { integrationText } from "./overview.ts";
import type { ConsoleSession, RunningApi } from "./session.ts";
import { verdictViewOf } from "./verdict.ts";
import type { Expectation } from "./wire.ts";

/** What API Gateway does with a credential on a route. @param nowMs milliseconds since 1970 */
export async function expectationOf(
  session: ConsoleSession,
  route: RouteModel,
  credential: string | undefined,
  nowMs: number,
): Promise<Expectation> {
  const integration = integrationText(route.integration);
  const { key: routeKey } = route;
  const guard = guardOf(route);
  switch (guard.kind) {
    case "public":
      return { kind: "public", routeKey, integration };
    case "unserved":
      return { kind: "open", routeKey, reason: guard.reason };
    case "lambda":
      return { kind: "open", routeKey, reason: `the Lambda authorizer ${guard.name} decides by its own code` };
    case "jwt": {
      const { issuer, audience, scopes } = guard;
      const decision = await authorize(
        { credential, configuration: { issuer, audience }, scopes },
        session.keysFor(issuer),
        nowMs / 1_000,
        { thorough: true },
      );
      return { kind: "verdict", routeKey, integration, verdict: verdictViewOf(decision, guard) };
    }
  }
}

/** The same for a request that is about to be sent. @param path with its query */
export async function expectationOfRequest(
  session: ConsoleSession,
  { api }: RunningApi,
  request: { readonly method: string; readonly path: string; readonly headers: readonly (readonly [string, string])[] },
  nowMs: number,
): Promise<Expectation> {
  const [path = "", query = ""] = splitOnce(request.path, "?");
  const routePath = routePathOf(api.stages, path);
  const route = routePath === undefined ? undefined : new Router(api.routes).find(request.method, routePath)?.route;
  if (!route) return { kind: "no-route" };
  const guard = guardOf(route);
  const source = readIdentitySource((guard.kind === "jwt" ? guard.identitySource[0] : undefined) ?? "");
  const credential = source && credentialAt(source, identityReader(request.headers.flat(), query));
  return expectationOf(session, route, credential, nowMs);
}

/** The path below a stage that it names in full, else the whole one of `$default` (6.1, DOC). */
function routePathOf(stages: readonly { readonly name: string }[], path: string): string | undefined {
  const [, first = "", rest = ""] = /^\/([^/]*)(.*)$/.exec(path) ?? [];
  if (first !== "$default" && stages.some(({ name }) => name === first)) return rest === "" ? "/" : rest;
  return stages.some(({ name }) => name === "$default") ? path : undefined;
}

function splitOnce(text: string, mark: string): readonly string[] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
