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

/** What is wrong with a route key beside the others of its API. */
export interface RouteProblem {
  readonly code: "route-twice" | "variable-conflict" | "variable-twice" | "colon-path";
  /** The place of the key in the list. */
  readonly index: number;
  /** What was seen. */
  readonly got: string;
}

/** Finds keys that AWS does not take together (9.2, 9.4), and variables that are not what they look like (9.3). */
export function routeProblems(keys: readonly string[]): readonly RouteProblem[] {
  const firstOf = new Map<string, number>();
  /** By the path before it, the first variable at a place and the route that names it. */
  const variables = new Map<string, { readonly name: string; readonly key: string }>();
  return keys.flatMap((key, index) => {
    const before = firstOf.get(key);
    if (before !== undefined) return [{ code: "route-twice", index, got: key }];
    firstOf.set(key, index);
    const segments = parseRouteKey(key)?.path.slice(1).split("/") ?? [];
    const problems: RouteProblem[] = [];
    const own = new Set<string>();
    let place = "";
    for (const segment of segments) {
      const [, name, greedy] = /^\{(.+?)(\+?)\}$/.exec(segment) ?? [];
      if (segment.startsWith(":")) problems.push({ code: "colon-path", index, got: `${key}: ${segment}` });
      if (name === undefined) place += `/${segment}`;
      else {
        if (own.has(name)) problems.push({ code: "variable-twice", index, got: `${key}: {${name}}` });
        own.add(name);
        place += `/{${greedy}}`;
        const known = variables.get(place);
        if (!known) variables.set(place, { name, key });
        else if (known.name !== name)
          problems.push({
            code: "variable-conflict",
            index,
            got: `${key} beside ${known.key}: {${name}} and {${known.name}}`,
          });
      }
    }
    return problems;
  });
}
