import { DEFAULT_ROUTE_KEY, parseRouteKey } from "../aws/route-key.ts";
import { Router } from "../aws/router.ts";

/** A route as the template or the environment lists it. */
export interface ListedRoute {
  /** `GET /orders/{id}` or `$default`. */
  readonly key: string;
  /** `[]`: any good token. */
  readonly scopes: readonly string[];
  readonly public: boolean;
}

/** A route with a request that it takes and no other route does. */
export interface SmokeRoute extends ListedRoute {
  readonly method: string;
  readonly path: string;
}

/** Stands for `{id}`, and for the segments of `{proxy+}`. */
const PARAMETER = "gatehouse-smoke";
/** Safe ones first: what is let through must not change anything. */
const METHODS = ["GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"];
/** How many segments a greedy variable is given at most, until no other route takes the path. */
const MOST_SEGMENTS = 5;

/**
 * Finds a request for each route, by the router of the gateway itself: `ANY /x` beside `GET /x` is asked with HEAD, and
 * `GET /{proxy+}` beside `GET /{id}` with a longer path.
 * @returns also the routes of which others take every request that was tried
 */
export function requestsOf(listed: readonly ListedRoute[]): {
  readonly routes: readonly SmokeRoute[];
  readonly hidden: readonly ListedRoute[];
} {
  const router = new Router(listed);
  const found = listed.map((route) => ({ route, request: requestOf(route, router) }));
  return {
    routes: found.flatMap(({ route, request }) => (request ? [{ ...route, ...request }] : [])),
    hidden: found.flatMap(({ route, request }) => (request ? [] : [route])),
  };
}

function requestOf(route: ListedRoute, router: Router<ListedRoute>): Pick<SmokeRoute, "method" | "path"> | undefined {
  const { method, path } = parseRouteKey(route.key === DEFAULT_ROUTE_KEY ? "ANY /{proxy+}" : route.key) ?? {};
  if (method === undefined || path === undefined) return undefined;
  for (const one of method === "ANY" ? METHODS : [method])
    for (const filled of pathsOf(path))
      if (router.find(one, filled)?.route === route) return { method: one, path: filled };
  return undefined;
}

/** The path with its variables filled in, a greedy one with one segment, then with more. */
function pathsOf(path: string): readonly string[] {
  const filled = path.replace(/\{[^}+]+\}/g, PARAMETER);
  if (!filled.includes("+}")) return [filled];
  return Array.from({ length: MOST_SEGMENTS }, (_, more) =>
    filled.replace(/\{[^}]+\+\}/, Array.from({ length: more + 1 }, () => PARAMETER).join("/")),
  );
}
