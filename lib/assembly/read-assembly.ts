import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { Mistake } from "../findings/mistake.ts";
import { insideOf, memberOf, readObject, readStacks } from "../template/cloud-assembly.ts";
import { GivenValues, type KnownValues } from "../template/given-values.ts";
import { nestedTemplatePath } from "../template/nested-template.ts";
import { Resolution } from "../template/resolution.ts";
import { type StackSurroundings, StackValues } from "../template/stack-values.ts";
import { checkGivenParameters } from "../template/template-parameters.ts";
import { readApi } from "./api-model.ts";
import { checkStack } from "./check-stack.ts";
import type { AssemblyNotes } from "./deployment-finding.ts";
import { foreignApis, isHttpApi } from "./foreign-apis.ts";
import { InvokePermissions } from "./invoke-permissions.ts";
import { leftOut } from "./left-out.ts";
import type { Assembly, Unserved } from "./model.ts";
import { asUnserved } from "./unserved.ts";

export interface ReadAssemblyOptions {
  /** What a person knows of the deployment. @default - nothing */
  readonly values?: KnownValues | undefined;
  /** Values of parameters, as `cdk deploy --parameters` takes them: `Name`, or `Stack:Name` for one stack only. */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  /** Take it that API Gateway may call every function, whatever the assembly says. @default false */
  readonly assumePermissions?: boolean | undefined;
}

/**
 * Reads what a cloud assembly would deploy and answers the HTTP APIs in it, and by name what else is there that a client
 * could call and that is not served.
 * @param place a folder that `cdk synth` wrote, of any CDK app in any style; or templates in JSON without a manifest
 * @throws Mistake `assembly-missing`, `assembly-broken`, `api-missing`, `parameter-unknown`, `parameter-not-allowed`
 */
export function readAssembly(
  place: string,
  { parameters = {}, assumePermissions = false, values: known }: ReadAssemblyOptions = {},
): Assembly {
  const full = resolve(place);
  const stacks: StackValues[] = [];
  const shared = { siblings: () => stacks, resolution: new Resolution(), values: new GivenValues(known) };
  for (const files of readStacks(full)) {
    const given = parametersOf(files.name, parameters);
    const stack = new StackValues(files, { ...shared, given: (name) => given[name] });
    stacks.push(stack);
  }
  checkGivenParameters(
    parameters,
    stacks.map(({ files: { name }, parameters: defined }) => ({ name, parameters: defined })),
  );
  // Conditions and parameters may look at any stack, so all of them are known before the first is read.
  stacks.push(...stacks.flatMap((stack) => nestedIn(stack, shared, [])));
  const unserved = stacks.flatMap((stack) => [...leftOut(stack), ...openParameters(stack)]);
  const notes: AssemblyNotes = { unserved, findings: stacks.flatMap(checkStack), placeholders: [] };
  const permissions = new InvokePermissions(stacks, assumePermissions);
  const own = stacks.flatMap((stack) =>
    [...stack.resources.values()].filter((one) => isHttpApi(stack, one)).map((resource) => ({ stack, resource })),
  );
  const ids = new Set(own.map(({ stack, resource }) => stack.physicalId(resource)));
  const apis = [
    ...own.map(({ stack, resource }) =>
      readApi({ stack, api: resource, apiId: stack.physicalId(resource), stacks, permissions, notes }),
    ),
    ...foreignApis(stacks, ids, notes).map((foreign) => readApi({ ...foreign, stacks, permissions, notes })),
  ];
  for (const entry of shared.values.unused)
    unserved.push(
      asUnserved(entry, "value", {
        what: "nothing that is served asks for it",
        fix: "correct its name, or take it away",
      }),
    );
  const { findings, placeholders } = notes;
  if (apis.length > 0) return { directory: full, apis, unserved, findings, placeholders };
  throw new Mistake("api-missing", {
    what: "the assembly holds no HTTP API",
    got: `${stacks.length} stack(s) in ${full}${unserved.map(({ name, type, what }) => `; ${name} (${type}): ${what}`).join("")}`,
    expected: "an AWS::ApiGatewayV2::Api of protocol HTTP",
    fix: "give the assembly of an app with an HTTP API, or choose another environment",
  });
}

function parametersOf(stack: string, parameters: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const entries = Object.entries(parameters);
  const own = entries.filter(([name]) => name.startsWith(`${stack}:`));
  return Object.fromEntries([
    ...entries.filter(([name]) => !name.includes(":")),
    ...own.map(([name, value]) => [name.slice(stack.length + 1), value]),
  ]);
}

const openParameters = (stack: StackValues): readonly Unserved[] =>
  stack.openParameters.map((name) =>
    asUnserved(`${stack.files.name}/${name}`, "parameter", {
      what: "it has no default and was given no value",
      fix: `--parameters ${name}=VALUE`,
    }),
  );

/** Templates that a template deploys as nested stacks, with what it passes to them. */
function nestedIn(
  stack: StackValues,
  surroundings: Omit<StackSurroundings, "given">,
  within: readonly string[],
): readonly StackValues[] {
  return [...stack.resources.values()].flatMap((resource) => {
    if (resource.type !== "AWS::CloudFormation::Stack") return [];
    const path = nestedTemplatePath(stack, resource);
    if (path === undefined) return [];
    const file = insideOf(stack.files.root, stack.files.directory, path);
    if (!existsSync(file)) return [];
    if (within.includes(file)) throw nestedInItself(stack, resource.logicalId);
    const files = { ...stack.files, name: `${stack.files.name}-${resource.logicalId}`, template: readObject(file) };
    // Resolved when asked for: it may be what another nested stack gives.
    const passed = memberOf(resource.properties, "Parameters");
    const given = (name: string) => stack.resolve(passed[name]);
    const nested = new StackValues(files, { ...surroundings, given, passed: Object.keys(passed) });
    stack.nest(resource.logicalId, nested);
    return [nested, ...nestedIn(nested, surroundings, [...within, file])];
  });
}

const nestedInItself = ({ files }: StackValues, logicalId: string) =>
  new Mistake("template-circular", {
    what: "a nested stack deploys the template that it is in",
    got: `${files.name}: ${logicalId}`,
    expected: "nested stacks without a circle",
    fix: "synthesise the app again: npx cdk synth",
  });
