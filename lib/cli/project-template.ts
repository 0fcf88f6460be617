import { statSync } from "node:fs";
import { join } from "node:path";
import { readAssembly } from "../assembly/read-assembly.ts";
import { type GuardedApi, guardedApi } from "../assembly/route-guards.ts";
import { findProject } from "../config/project.ts";
import type { NamedEnvironment } from "../config/read-environment.ts";
import { Mistake } from "../findings/mistake.ts";

/** The API of an environment in an assembly that was synthesised before. */
export interface SynthesisedApi {
  readonly api: GuardedApi;
  /** Relative to the project. */
  readonly directory: string;
  readonly synthesisedAtMs: number;
}

/**
 * Finds the newest assembly of the project that holds an environment's API: what `gatehouse local`, `npm run synth` or
 * `cdk synth` wrote.
 * @returns undefined where there is none, or none newer than `cdk.json`
 */
export function synthesisedApi(environment: NamedEnvironment, cwd: string): SynthesisedApi | undefined {
  const { name } = environment;
  const project = findProject(cwd);
  if (project === undefined) return undefined;
  const changedAtMs = changedAt(join(project, "cdk.json")) ?? 0;
  const found = [join(".gatehouse", `cdk.out.${name}`), `cdk.out.${name}`, "cdk.out"]
    .flatMap((directory) => {
      const synthesisedAtMs = changedAt(join(project, directory, "manifest.json"));
      return synthesisedAtMs !== undefined && synthesisedAtMs > changedAtMs ? [{ directory, synthesisedAtMs }] : [];
    })
    .toSorted((one, other) => other.synthesisedAtMs - one.synthesisedAtMs);
  for (const { directory, synthesisedAtMs } of found) {
    const api = apisIn(join(project, directory)).find((one) => isApiOf(environment, one));
    if (api) return { api, directory, synthesisedAtMs };
  }
  return undefined;
}

/** Whether an API trusts the issuer and the audience of an environment. */
export const isApiOf = ({ issuer, audience }: NamedEnvironment, { routes }: GuardedApi): boolean =>
  routes.some(
    ({ guard }) => guard.kind === "jwt" && guard.issuer === issuer && guard.audience.join() === audience.join(),
  );

const changedAt = (file: string) => statSync(file, { throwIfNoEntry: false })?.mtimeMs;

/** None where the assembly is broken or half written: the environment's own routes count then. */
function apisIn(directory: string): readonly GuardedApi[] {
  try {
    return readAssembly(directory).apis.map(guardedApi);
  } catch (error) {
    if (error instanceof Mistake) return [];
    throw error;
  }
}
