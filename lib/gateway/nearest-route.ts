import { parseRouteKey } from "../aws/route-key.ts";
import { editDistance } from "../findings/did-you-mean.ts";

/** The route that comes closest to a request which none takes, and why it does not take it. */
export interface NearestRoute {
  readonly key: string;
  readonly why: string;
}

/** Longer segments and paths are compared by their length only: who sends them decides how long they are. */
const LONGEST_SEGMENT = 60;
const MOST_SEGMENTS = 30;
/** A method costs less than any difference of the paths. */
const OTHER_METHOD = 0.4;
/** Another word is further away than a segment too many. */
const OTHER_WORD = 1.5;

/**
 * Finds the route that was probably meant. Routes compare paths as they were sent, with their case and a slash at the end
 * (6.2, DOC; 6.5, OBS1).
 * @param path without the stage
 */
export function nearestRoute(method: string, path: string, keys: readonly string[]): NearestRoute | undefined {
  const sent = path.slice(1).split("/");
  if (sent.length > MOST_SEGMENTS) return undefined;
  const ranked = keys.flatMap((key) => {
    const route = parseRouteKey(key);
    if (route === undefined) return [];
    const { cost, why } = compare(sent, route.path.slice(1).split("/"));
    const takesMethod = route.method === "ANY" || route.method === method;
    const reason = why ?? (takesMethod ? undefined : `it takes ${route.method}, not ${method}`);
    return reason === undefined ? [] : [{ key, why: reason, cost: cost + (takesMethod ? 0 : OTHER_METHOD) }];
  });
  const [best] = ranked.toSorted((one, other) => one.cost - other.cost);
  return best && { key: best.key, why: best.why };
}

/** How far a path is from a route's, and the first difference in words. */
function compare(sent: readonly string[], route: readonly string[]): { cost: number; why: string | undefined } {
  let cost = 0;
  let why: string | undefined;
  for (const [at, segment] of route.entries()) {
    if (/^\{.+\+\}$/.test(segment)) return { cost, why };
    const found = sent[at];
    if (found === undefined) break;
    const difference = differenceOf(found, segment);
    if (difference === undefined) continue;
    cost += difference.cost;
    why ??= difference.why;
  }
  const extra = sent.length - route.length;
  if (extra === 1 && sent.at(-1) === "") return { cost: cost + 0.5, why: why ?? "the request ends in a slash" };
  if (extra !== 0) why ??= `it has ${route.length} segment${route.length === 1 ? "" : "s"}, the request ${sent.length}`;
  return { cost: cost + Math.abs(extra), why };
}

function differenceOf(sent: string, route: string): { readonly cost: number; readonly why: string } | undefined {
  if (route.startsWith("{") && route.endsWith("}"))
    return sent === "" ? { cost: 0.5, why: `nothing stands for ${route}` } : undefined;
  if (sent === route) return undefined;
  if (sent.toLowerCase() === route.toLowerCase()) return { cost: 0.2, why: `"${sent}" is not "${route}": case counts` };
  const longest = Math.max(sent.length, route.length);
  const distance = longest > LONGEST_SEGMENT ? longest : editDistance(sent, route);
  const share = distance / longest;
  return { cost: share > 0.5 ? OTHER_WORD : share, why: `"${sent}" is not "${route}"` };
}
