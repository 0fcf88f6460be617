import { type SmokeFinding, smokeFinding } from "./result.ts";
import type { ListedRoute } from "./route-request.ts";

/** The routes that were read, and what the environment of `cdk.json` says of them. */
export interface ListedRoutes {
  /** In words: where the routes were read. */
  readonly from: string;
  /** Whether they are the template's, with what a stack adds. */
  readonly ofTemplate: boolean;
  /** The environment's own, by key: whether each is public; undefined where no environment was named. */
  readonly environment: ReadonlyMap<string, boolean> | undefined;
}

/** Finds routes that the template opens, and of which the environment says nothing or says otherwise. */
export function checkTemplate(
  routes: readonly ListedRoute[],
  { from, ofTemplate, environment }: ListedRoutes,
): readonly SmokeFinding[] {
  if (!environment) return [];
  const expected = "open routes are those that the environment lists as public";
  if (!ofTemplate)
    return [
      smokeFinding("template", "skipped", {
        expected,
        got: `the routes are of ${from}: one that a stack opens is not seen`,
        fix: "synthesise the environment, or give --assembly DIR",
      }),
    ];
  const open = routes.filter((route) => route.public).map(({ key }) => key);
  const opened = open.filter((key) => environment.get(key) === false);
  if (opened.length > 0)
    return [
      smokeFinding("template", "fail", {
        expected,
        got: `open in ${from}, and protected in cdk.json: ${opened.join(", ")}`,
        fix: "put the authorizer on the route in the stack, or list it as public",
      }),
    ];
  const unlisted = open.filter((key) => !environment.has(key));
  return [
    unlisted.length > 0
      ? smokeFinding("template", "warn", {
          expected,
          got: `open in ${from}, and not in cdk.json: ${unlisted.join(", ")}`,
          fix: "put an authorizer on it, unless everybody may call it",
        })
      : smokeFinding("template", "pass", { expected, got: `the routes are of ${from}` }),
  ];
}
