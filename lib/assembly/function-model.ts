import { arnParts } from "../aws/arn.ts";
import { isJson, type Json } from "../json/json.ts";
import { type AssetFound, findAsset } from "../template/asset.ts";
import { memberOf, textMap, textOf } from "../template/cloud-assembly.ts";
import type { Resource } from "../template/resource-names.ts";
import type { StackValues } from "../template/stack-values.ts";
import { type AssemblyNotes, noteOnce } from "./deployment-finding.ts";
import type { FunctionModel } from "./model.ts";
import { openTexts } from "./open-texts.ts";
import { placeholder } from "./placeholders.ts";
import { asUnserved } from "./unserved.ts";

/** A function that can run here, or why it cannot. */
export type FunctionFound = { readonly model: FunctionModel } | { readonly reason: string; readonly advice?: string };

/** @param id the function's logical id, or its name where it has none here */
export const runElsewhere = (id: string) =>
  `run it with the runtime interface emulator or 'sam local start-lambda', and say where: --invoke ${id}=URL`;

const HANDLER = /^[\w./-]+\.[\w$]+$/;
const DEFAULT_TIMEOUT_SECONDS = 3;
const DEFAULT_MEMORY_MB = 128;

/**
 * Reads a function of the template: its code in the assembly, its handler and what it runs with. Notes what it would have
 * when deployed and has not here.
 */
export function readFunction(
  stack: StackValues,
  resource: Resource,
  stacks: readonly StackValues[],
  notes: AssemblyNotes,
): FunctionFound {
  const properties = stack.resolve(resource.properties);
  if (!isJson(properties)) return { reason: "it has no properties" };
  const name = stack.physicalId(resource);
  const invokeUrl = stack.invokeUrlGiven(resource.logicalId, textOf(properties.FunctionName, name));
  if (invokeUrl !== undefined) return invokedElsewhere(stack, resource, properties, { name, invokeUrl });
  const advice = runElsewhere(resource.logicalId);
  const { Runtime: runtime, Handler: handler, PackageType: packageType } = properties;
  if (packageType === "Image" || (isJson(properties.Code) && properties.Code.ImageUri !== undefined))
    return { reason: "it is a container image; only zipped Node.js functions run here", advice };
  if (typeof runtime !== "string" || !runtime.startsWith("nodejs"))
    return {
      reason: `its runtime is ${textOf(runtime, "not given")}; only Node.js functions run here`,
      advice,
    };
  if (typeof handler !== "string" || !HANDLER.test(handler) || handler.includes(".."))
    return { reason: `its handler ${JSON.stringify(handler)} is not file.export` };
  const numbers = numbersOf(properties);
  if ("reason" in numbers) return numbers;
  const code = codeOf(stack, resource, properties.Code);
  if ("reason" in code) return code;
  const place = `${stack.files.name}/${resource.logicalId}`;
  const layers = layersOf(stacks, properties.Layers, place, notes);
  noteFileSystems(properties, place, notes);
  return {
    model: {
      ...identityOf(stack, resource, properties, name),
      ...numbers,
      code: code.code,
      handler,
      runtime,
      ...(layers.length === 0 ? {} : { layers }),
      environment: variablesOf(stack, resource, properties, notes),
      ...(properties.VpcConfig === undefined ? {} : { inVpc: true }),
    },
  };
}

/** A function that another program runs: with its own code, variables and layers, whatever the template says of them. */
function invokedElsewhere(
  stack: StackValues,
  resource: Resource,
  properties: Json,
  { name, invokeUrl }: { readonly name: string; readonly invokeUrl: string },
): FunctionFound {
  const numbers = numbersOf(properties);
  if ("reason" in numbers) return numbers;
  return {
    model: {
      ...identityOf(stack, resource, properties, name),
      ...numbers,
      code: { invokeUrl },
      handler: textOf(properties.Handler),
      runtime: textOf(properties.Runtime),
      environment: textMap(memberOf(properties, "Environment").Variables),
    },
  };
}

function identityOf(stack: StackValues, resource: Resource, properties: Json, name: string) {
  const { LogGroup: logGroup } = memberOf(properties, "LoggingConfig");
  return {
    name,
    logicalId: resource.logicalId,
    arn: stack.arnOf(resource),
    region: stack.files.region,
    logGroup: typeof logGroup === "string" ? logGroup : logGroupOf(name),
  };
}

const logGroupOf = (name: string) => `/aws/lambda/${name}`;

/** The longest that Lambda lets a function run: that of one whose own time is not known. */
const LONGEST_RUN_MS = 900_000;

/** A function that no template here makes, and that another program runs. @param arn whole */
export const importedFunction = (name: string, arn: string, invokeUrl: string): FunctionModel => ({
  name,
  logicalId: name,
  arn,
  region: arnParts(arn)[3] ?? "",
  code: { invokeUrl },
  handler: "",
  runtime: "",
  environment: {},
  timeoutMs: LONGEST_RUN_MS,
  memoryMb: DEFAULT_MEMORY_MB,
  reservedConcurrency: undefined,
  logGroup: logGroupOf(name),
});

type Numbers = Pick<FunctionModel, "timeoutMs" | "memoryMb" | "reservedConcurrency">;

/** What Lambda takes. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const RANGES = { Timeout: [1, 900], MemorySize: [128, 10_240], ReservedConcurrentExecutions: [0, 100_000] } as const;

/** The numbers that a function runs with, or which of them is not one that Lambda takes. */
function numbersOf(properties: Json): Numbers | { readonly reason: string; readonly advice?: string } {
  for (const [name, [least, most]] of Object.entries(RANGES)) {
    const value = properties[name];
    if (value === undefined) continue;
    const number = Number(value);
    if (!Number.isInteger(number) || number < least || number > most)
      return {
        reason: `its ${name} ${JSON.stringify(value)} is not a whole number from ${least} to ${most}`,
        ...(typeof value === "string" && value.startsWith("{")
          ? { advice: "give the parameter that holds it a value: --parameters NAME=VALUE" }
          : {}),
      };
  }
  const {
    Timeout = DEFAULT_TIMEOUT_SECONDS,
    MemorySize = DEFAULT_MEMORY_MB,
    ReservedConcurrentExecutions: own,
  } = properties;
  return {
    timeoutMs: Number(Timeout) * 1_000,
    memoryMb: Number(MemorySize),
    reservedConcurrency: own === undefined ? undefined : Number(own),
  };
}

type Code = { readonly code: FunctionModel["code"] } | { readonly reason: string; readonly advice?: string };

function codeOf(stack: StackValues, resource: Resource, code: unknown): Code {
  if (isJson(code) && typeof code.ZipFile === "string") return { code: { inline: code.ZipFile } };
  const found = findAsset(stack, resource, code);
  return "reason" in found ? found : { code: found };
}

/** The variables of the template and, above them, those that a person gave. What only a deployment knows is noted. */
function variablesOf(
  stack: StackValues,
  { logicalId, properties: raw }: Resource,
  properties: Json,
  { placeholders }: AssemblyNotes,
): FunctionModel["environment"] {
  const { name } = stack.files;
  const given = stack.variablesGiven(logicalId, textOf(properties.FunctionName, `${name}-${logicalId}`));
  const variables = textMap(memberOf(properties, "Environment").Variables);
  const rawVariables = memberOf(memberOf(raw, "Environment"), "Variables");
  for (const [variable, text] of Object.entries(variables))
    if (!Object.hasOwn(given, variable) && openTexts(rawVariables[variable], text).length > 0)
      noteOnce(placeholders, placeholder(`${name}/${logicalId} ${variable}`, text, "the function gets this text"));
  return { ...variables, ...given };
}

/** Folders of a function's layers. One that is not of the assembly, such as AWS's own, is left out and noted. */
function layersOf(
  stacks: readonly StackValues[],
  layers: unknown,
  place: string,
  { unserved }: AssemblyNotes,
): readonly string[] {
  return (Array.isArray(layers) ? layers : []).flatMap((arn) => {
    const found = layerOf(stacks, arn);
    if ("directory" in found) return [found.directory];
    noteOnce(
      unserved,
      asUnserved(place, "layer", {
        what: `the layer ${textOf(arn)} ${found.reason}`,
        fix: "the function runs without it: bundle what it needs with the function's own code, or install it where the app finds it",
      }),
    );
    return [];
  });
}

function layerOf(stacks: readonly StackValues[], arn: unknown): AssetFound {
  for (const stack of stacks)
    for (const layer of stack.resources.values())
      if (layer.type === "AWS::Lambda::LayerVersion" && stack.physicalId(layer) === arn)
        return findAsset(stack, layer, stack.resolve(layer.properties.Content));
  return { reason: "is not of the assembly" };
}

function noteFileSystems(properties: Json, place: string, { unserved }: AssemblyNotes) {
  if (!Array.isArray(properties.FileSystemConfigs) || properties.FileSystemConfigs.length === 0) return;
  noteOnce(
    unserved,
    asUnserved(place, "file system", {
      what: "its file system is not mounted",
      fix: "the function finds an ordinary folder, or none, at its LocalMountPath",
    }),
  );
}
