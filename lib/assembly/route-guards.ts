import type { HttpApiModel, RouteModel } from "./model.ts";

/** What stands before a route, as data that another process may read. */
export type RouteGuard =
  | { readonly kind: "public" }
  /** A JWT authorizer, or this project's own Lambda authorizer, which decides as one. */
  | {
      readonly kind: "jwt";
      readonly by: "native" | "lambda";
      readonly issuer: string;
      readonly audience: readonly string[];
      /** A token needs one of these; `[]` for any good token. */
      readonly scopes: readonly string[];
      readonly identitySource: readonly string[];
    }
  /** Somebody else's Lambda authorizer: only it knows what it takes. */
  | { readonly kind: "lambda"; readonly name: string; readonly identitySource: readonly string[] }
  /** Not served here, such as AWS_IAM. */
  | { readonly kind: "unserved"; readonly reason: string };

export type JwtGuard = Extract<RouteGuard, { kind: "jwt" }>;

export interface GuardedRoute {
  /** `GET /orders/{id}` or `$default`. */
  readonly key: string;
  readonly guard: RouteGuard;
}

/** An API, as far as it decides who may call which route. */
export interface GuardedApi {
  readonly name: string;
  readonly stages: readonly string[];
  readonly routes: readonly GuardedRoute[];
}

export const guardedApi = ({ name, stages, routes }: HttpApiModel): GuardedApi => ({
  name,
  stages: stages.map((stage) => stage.name),
  routes: routes.map((route) => ({ key: route.key, guard: guardOf(route) })),
});

/** What stands before one route. */
export function guardOf({ key, authorization }: Pick<RouteModel, "key" | "authorization">): RouteGuard {
  switch (authorization.kind) {
    case "none":
      return { kind: "public" };
    case "unserved":
      return { kind: "unserved", reason: authorization.reason };
    case "jwt": {
      const { issuer, audience, identitySource } = authorization.authorizer;
      return { kind: "jwt", by: "native", issuer, audience, identitySource, scopes: authorization.scopes };
    }
    case "request": {
      const { name, identitySource, mirror } = authorization.authorizer;
      const scopes = mirror?.routeScopes[key];
      if (mirror === undefined || scopes === undefined) return { kind: "lambda", name, identitySource };
      return { kind: "jwt", by: "lambda", issuer: mirror.issuer, audience: mirror.audience, identitySource, scopes };
    }
  }
}
