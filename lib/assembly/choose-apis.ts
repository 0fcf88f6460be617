import { Mistake } from "../findings/mistake.ts";
import type { Assembly, HttpApiModel } from "./model.ts";

export interface ApiChoice {
  /** The name of a stack. */
  readonly stack?: string | undefined;
  /** The name or the logical id of an API. */
  readonly api?: string | undefined;
}

/** The APIs of an assembly that a person asked for; all of them unless told. @throws Mistake `api-unknown` */
export function chooseApis({ apis }: Assembly, { stack, api }: ApiChoice): readonly HttpApiModel[] {
  const chosen = apis.filter(
    (one) =>
      (stack === undefined || one.stack === stack) && (api === undefined || one.name === api || one.logicalId === api),
  );
  if (chosen.length > 0) return chosen;
  throw new Mistake("api-unknown", {
    what: "the assembly has no such HTTP API",
    got: [stack === undefined ? [] : `--stack ${stack}`, api === undefined ? [] : `--api ${api}`].flat().join(" "),
    expected: apis.map((one) => `--stack ${one.stack} --api ${one.name}`).join(", or "),
    fix: "take one of these, or leave both out to serve all of them, each on a port of its own",
  });
}
