import { isDeepStrictEqual } from "node:util";
import type { DeploymentFinding, FunctionModel, HttpApiModel, RouteModel, Unserved } from "../../assembly/model.ts";
import { functionsOf, routeWith } from "./functions.ts";

/** What a person could notice of a reload. */
export interface Differences {
  /** Functions with other code or settings, by name. */
  readonly functions: readonly string[];
  readonly added: readonly RouteModel[];
  readonly removed: readonly RouteModel[];
  /** Routes that ask for other tokens or lead elsewhere. */
  readonly changed: readonly RouteModel[];
  /** Whatever else: `CORS`, `stages`, a whole API by its name. */
  readonly other: readonly string[];
  /** What is there now and cannot be served. */
  readonly unserved: readonly Unserved[];
  /** What AWS refuses of it now. */
  readonly findings: readonly DeploymentFinding[];
}

/** What was, or is, served of an assembly. */
export interface Served {
  readonly apis: readonly HttpApiModel[];
  readonly unserved: readonly Unserved[];
  readonly findings: readonly DeploymentFinding[];
}

export const isNothing = ({ functions, added, removed, changed, other, unserved, findings }: Differences): boolean =>
  [functions, added, removed, changed, other, unserved, findings].every((list) => list.length === 0);

/** Compares what was served with what is served now. */
export function differencesOf(
  { apis: before, unserved: was, findings: known }: Served,
  { apis: after, unserved, findings }: Served,
): Differences {
  const pairs = after.flatMap((api) => {
    const old = before.find((one) => one.stack === api.stack && one.logicalId === api.logicalId);
    return old ? [{ old, api }] : [];
  });
  const come = after.filter((api) => !pairs.some((pair) => pair.api === api));
  const gone = before.filter((api) => !pairs.some((pair) => pair.old === api));
  const routes = pairs.map(({ old, api }) => routesBetween(old, api));
  return {
    functions: functionsBetween(before, after),
    added: routes.flatMap(({ added }) => added),
    removed: routes.flatMap(({ removed }) => removed),
    changed: routes.flatMap(({ changed }) => changed),
    other: [
      ...pairs.flatMap(({ old, api }) => [
        ...(isDeepStrictEqual(old.cors, api.cors) ? [] : ["CORS"]),
        ...(isDeepStrictEqual(old.stages, api.stages) ? [] : ["stages"]),
      ]),
      ...come.map(({ name }) => `the API ${name} is new`),
      ...gone.map(({ name }) => `the API ${name} is gone`),
    ],
    unserved: unserved.filter((one) => !was.some((other) => isDeepStrictEqual(one, other))),
    findings: findings.filter((one) => !known.some((other) => isDeepStrictEqual(one, other))),
  };
}

function routesBetween({ routes: before }: HttpApiModel, { routes: after }: HttpApiModel) {
  const old = new Map(before.map((route) => [route.key, route]));
  const keys = new Set(after.map(({ key }) => key));
  return {
    added: after.filter(({ key }) => !old.has(key)),
    removed: before.filter(({ key }) => !keys.has(key)),
    changed: after.filter((route) => {
      const was = old.get(route.key);
      return was !== undefined && !isDeepStrictEqual(withoutCode(was), withoutCode(route));
    }),
  };
}

/** A route whose function has other code is still the same route. */
const withoutCode = (route: RouteModel) => routeWith(route, ({ arn }) => ({ arn }) as FunctionModel);

function functionsBetween(before: readonly HttpApiModel[], after: readonly HttpApiModel[]): readonly string[] {
  const old = new Map(functionsOf(before).map((model) => [model.arn, model]));
  const changed = functionsOf(after)
    .filter(({ arn }) => old.has(arn))
    .filter((model) => !isDeepStrictEqual(old.get(model.arn), model));
  return [...new Set(changed.map(({ name }) => name))];
}
