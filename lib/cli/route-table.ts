import { formatRouteKey, parseRouteKey } from "../aws/route-key.ts";
import { type Match, Router } from "../aws/router.ts";
import type { NamedEnvironment } from "../config/read-environment.ts";
import { Mistake } from "../findings/mistake.ts";

/** A route, as far as a token's way needs it. */
export interface KnownRoute {
  /** `GET /orders/{id}` or `$default`. */
  readonly key: string;
  /** Whether no token is asked for. */
  readonly isPublic: boolean;
  /** A token needs one of these; `[]` for any good token. */
  readonly scopes: readonly string[];
}

/** The routes of one API, and the only answer to "which of them takes this request?". */
export class RouteTable {
  /** In words: whose routes they are. */
  readonly owner: string;
  readonly routes: readonly KnownRoute[];
  readonly #router: Router<KnownRoute>;

  constructor(owner: string, routes: readonly KnownRoute[]) {
    this.owner = owner;
    this.routes = routes;
    this.#router = new Router(routes);
  }

  /** @param given a route's key as it is written, or a request such as `GET /orders/42`; undefined where the API answers 404 */
  find(given: string): Match<KnownRoute> | undefined {
    const named = this.routes.find(({ key }) => key === given);
    if (named) return { route: named, pathParameters: undefined };
    const request = parseRouteKey(given);
    return request && this.#router.find(request.method, request.path);
  }

  /** @throws Mistake `route-unknown` */
  get(given: string): KnownRoute {
    const found = this.find(given)?.route;
    if (found) return found;
    throw new Mistake("route-unknown", {
      what: `${this.owner} has no such route`,
      got: given,
      expected: `one of ${this.routes.map(({ key }) => `'${key}'`).join(", ")}`,
      fix: "API Gateway answers 404 there before it looks at a token; give one of these",
    });
  }
}

/** The routes that an environment of `cdk.json` lists. */
export const routesOfEnvironment = ({ name, routes }: NamedEnvironment): RouteTable =>
  new RouteTable(
    `the environment ${name}`,
    routes.map(({ method, path, scopes, public: isPublic }) => ({
      key: formatRouteKey({ method, path }),
      isPublic,
      scopes,
    })),
  );
