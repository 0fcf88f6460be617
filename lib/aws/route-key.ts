/** A route key in its parts; `$default` has neither. */
export interface RouteKey {
  /** `GET` or `ANY`. */
  readonly method: string;
  /** Such as `/orders/{id}` or `/{proxy+}`. */
  readonly path: string;
}

/** The route that takes what no other takes. */
export const DEFAULT_ROUTE_KEY = "$default";

/** Splits `GET /orders/{id}`; undefined for `$default` and for what is not a route key. */
export function parseRouteKey(key: string): RouteKey | undefined {
  const [, method, path] = /^([A-Z]+) (\/\S*)$/.exec(key) ?? [];
  return method === undefined || path === undefined ? undefined : { method, path };
}

export const formatRouteKey = ({ method, path }: RouteKey): string => `${method} ${path}`;

/** What API Gateway says to a route key at deployment: a slash at the end (6.5, OBS1), a greedy variable before it (6.4, DOC). */
export function routeKeyFault(key: string): string | undefined {
  if (key === DEFAULT_ROUTE_KEY) return undefined;
  const path = /^(?:GET|PUT|POST|DELETE|OPTIONS|HEAD|PATCH|ANY) (\/\S*)$/.exec(key)?.[1];
  if (path === undefined) return `its route key ${JSON.stringify(key)} is not 'METHOD /path' or $default`;
  if (path !== "/" && path.endsWith("/")) return "its route key ends in a slash, which API Gateway refuses";
  return /\+\}./.test(path) ? "a greedy variable may stand at the end of a route key only" : undefined;
}
