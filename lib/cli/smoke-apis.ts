import { resolve } from "node:path";
import { Mistake } from "../findings/mistake.ts";
import { readOutputs } from "../smoke/outputs.ts";
import type { SmokeOptions } from "../smoke/smoke.ts";
import { readApiUrl } from "../smoke/url.ts";
import { readGivenFile } from "./given-file.ts";
import type { Io } from "./io.ts";
import type { SmokeTarget } from "./smoke-target.ts";

/** Where an API answers, and what its stack says of itself. */
export type DeployedApi = Pick<SmokeOptions, "url" | "outputs">;

/** The API of `--url`, or of each stack of the outputs file. @throws Mistake `url-missing`, `url-not-https`, `outputs-*` */
export function apisToAsk(
  wanted: { readonly url?: string; readonly outputs?: string; readonly stack?: string },
  { environmentName, stackName }: SmokeTarget,
  io: Io,
): readonly DeployedApi[] {
  if (wanted.url !== undefined) return [{ url: readApiUrl(wanted.url), outputs: undefined }];
  if (wanted.outputs !== undefined)
    return readOutputs({
      text: readGivenFile(resolve(io.cwd, wanted.outputs), "outputs-missing", {
        what: "the outputs file cannot be read",
        expected: "what 'cdk deploy --outputs-file' wrote",
        fix: `npx cdk deploy --outputs-file ${wanted.outputs}`,
      }),
      file: wanted.outputs,
      environment: environmentName,
      stackName,
      stack: wanted.stack,
    }).map((outputs) => ({ url: readApiUrl(outputs.url), outputs }));
  throw new Mistake("url-missing", {
    what: "no API was named",
    got: "neither --url nor --outputs",
    expected: "one of the two",
    fix:
      environmentName === undefined
        ? "npx gatehouse smoke --url URL, with the address that 'cdk deploy' printed"
        : `npx cdk deploy -c env=${environmentName} --outputs-file outputs.json, then npx gatehouse smoke --env ${environmentName} --outputs outputs.json`,
  });
}
