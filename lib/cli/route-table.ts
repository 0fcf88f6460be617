import type { GuardedApi, GuardedRoute, JwtGuard } from "../assembly/route-guards.ts";
import { splitTarget } from "../aws/http-request.ts";
import { formatRouteKey, parseRouteKey } from "../aws/route-key.ts";
import { type Match, Router } from "../aws/router.ts";
import type { NamedEnvironment } from "../config/read-environment.ts";
import { Mistake } from "../findings/mistake.ts";

/** The routes of one API, and the only answer to "which of them takes this request?". */
export class RouteTable {
  /** In words: where the routes were read. */
  readonly from: string;
  /** Whether the routes are a template's: those of `cdk.json` lack what a stack adds. */
  readonly ofTemplate: boolean;
  readonly routes: readonly GuardedRoute[];
  readonly #stages: readonly string[];
  readonly #router: Router<GuardedRoute>;

  constructor(from: string, { routes, stages }: GuardedApi, ofTemplate = true) {
    this.from = from;
    this.ofTemplate = ofTemplate;
    this.routes = routes;
    this.#stages = stages;
    this.#router = new Router(routes);
  }

  /**
   * @param given a route's key as it is written, or a request such as `GET /orders/42`, with the stage before its path or
   * without
   * @returns undefined where the API answers 404
   */
  find(given: string): Match<GuardedRoute> | undefined {
    const named = this.routes.find(({ key }) => key === given);
    if (named) return { route: named, pathParameters: undefined };
    const request = parseRouteKey(given);
    if (!request) return undefined;
    const { path } = splitTarget(request.path);
    const [, stage = "", rest = ""] = /^\/([^/]*)(.*)$/.exec(path) ?? [];
    const isStaged = stage !== "$default" && this.#stages.includes(stage);
    return this.#router.find(request.method, isStaged ? rest || "/" : path);
  }

  /** @throws Mistake `route-unknown` */
  get(given: string): GuardedRoute {
    const found = this.find(given)?.route;
    if (found) return found;
    throw new Mistake("route-unknown", {
      what: `no route takes this request: ${this.from}`,
      got: given,
      expected: `one of ${this.routes.map(({ key }) => `'${key}'`).join(", ")}`,
      fix: "API Gateway answers 404 there before it looks at a token; give one of these",
    });
  }
}

/** The API that an environment of `cdk.json` describes, without what the stack adds. */
export function apiOfEnvironment(environment: NamedEnvironment): GuardedApi {
  const { name, routes, issuer, audience, authorizer: by, identitySource } = environment;
  const guard = (scopes: readonly string[]): JwtGuard => ({
    kind: "jwt",
    by,
    issuer,
    audience,
    scopes,
    identitySource: [identitySource],
  });
  return {
    name,
    stages: ["$default"],
    routes: routes.map((route) => ({
      key: formatRouteKey(route),
      guard: route.public ? { kind: "public" } : guard(route.scopes),
    })),
  };
}
