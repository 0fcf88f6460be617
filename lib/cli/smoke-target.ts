import { formatRouteKey } from "../aws/route-key.ts";
import { readProjectEnvironment } from "../config/project.ts";
import type { ListedRoute } from "../smoke/route-request.ts";
import type { SmokeEnvironment } from "../smoke/smoke.ts";
import type { ListedRoutes } from "../smoke/template-check.ts";
import { type AuthorizerOptions, authorizerOf } from "./authorizer-source.ts";
import type { Io } from "./io.ts";

/** What a deployed API is held against: an environment of `cdk.json`, an assembly, or both. */
export interface SmokeTarget {
  readonly environment: SmokeEnvironment;
  /** Undefined where the API is held against an assembly only. */
  readonly environmentName: string | undefined;
  /** The environment's name of its stack, where it has one of its own. */
  readonly stackName: string | undefined;
  readonly listed: ListedRoutes;
}

/** @throws Mistake where neither says which authorizer it is */
export function smokeTarget(
  options: Pick<AuthorizerOptions, "env" | "context" | "assembly" | "appAssembly" | "stack" | "api">,
  io: Io,
): SmokeTarget {
  const { env, context, stack, api, appAssembly } = options;
  const { assembly = appAssembly } = options;
  const environment =
    assembly === undefined || env !== undefined ? readProjectEnvironment(io.cwd, env, context) : undefined;
  const source =
    assembly === undefined
      ? authorizerOf({ ...(environment ? { env: environment.name } : {}), ...(context ? { context } : {}) }, io, {})
      : // Of several authorizers of the assembly, that of the environment.
        authorizerOf(
          { assembly, ...(stack === undefined ? {} : { stack }), ...(api === undefined ? {} : { api }) },
          io,
          environment ? { iss: environment.issuer, aud: environment.audience } : {},
        );
  const { issuer, audience, by: authorizer, identitySource } = source.guard;
  const table = source.routes();
  const routes = table?.routes ?? [];
  const isTested = ({ guard }: (typeof routes)[number]) =>
    guard.kind === "jwt" &&
    guard.by === authorizer &&
    guard.issuer === issuer &&
    guard.audience.join() === audience.join();
  return {
    environmentName: environment?.name,
    stackName: environment?.stackName,
    environment: {
      name: environment?.name ?? assembly ?? "",
      issuer,
      audience,
      authorizer,
      identitySource: identitySource[0] ?? "",
      resultCacheSeconds: environment?.resultCacheSeconds ?? 0,
      routes: routes.flatMap((route): readonly ListedRoute[] => {
        const { key, guard } = route;
        if (guard.kind === "public") return [{ key, scopes: [], public: true }];
        return guard.kind === "jwt" && isTested(route) ? [{ key, scopes: guard.scopes, public: false }] : [];
      }),
      otherRoutes: routes.filter((route) => route.guard.kind !== "public" && !isTested(route)).map(({ key }) => key),
    },
    listed: {
      from: table?.from ?? "",
      ofTemplate: table?.ofTemplate ?? false,
      environment:
        environment && new Map(environment.routes.map((route) => [formatRouteKey(route), route.public] as const)),
    },
  };
}
