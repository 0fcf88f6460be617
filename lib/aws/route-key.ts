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
