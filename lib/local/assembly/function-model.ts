import { existsSync, mkdirSync, mkdtempSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { unzipSync } from "fflate";
import { insideOf, isJson, readObject } from "./cloud-assembly.ts";
import type { FunctionModel } from "./model.ts";
import type { Resource, StackValues } from "./stack-values.ts";

/** A function that can run here, or why it cannot. */
export type FunctionFound = { readonly model: FunctionModel } | { readonly reason: string };

const HANDLER = /^[\w./-]+\.[\w$]+$/;
const DEFAULT_TIMEOUT_SECONDS = 3;
const DEFAULT_MEMORY_MB = 128;

/** Reads a function of the template: its code in the assembly, its handler and what it runs with. */
export function readFunction(stack: StackValues, resource: Resource): FunctionFound {
  const properties = stack.resolve(resource.properties);
  if (!isJson(properties)) return { reason: "it has no properties" };
  const { Runtime: runtime, Handler: handler, PackageType: packageType } = properties;
  if (packageType === "Image") return { reason: "it is a container image; only zipped Node.js functions run here" };
  if (typeof runtime !== "string" || !runtime.startsWith("nodejs"))
    return { reason: `its runtime is ${String(runtime)}; only Node.js functions run here` };
  if (typeof handler !== "string" || !HANDLER.test(handler) || handler.includes(".."))
    return { reason: `its handler ${JSON.stringify(handler)} is not file.export` };
  const code = codeOf(stack, resource, isJson(properties.Code) ? properties.Code : {});
  if ("reason" in code) return code;
  const name = stack.physicalId(resource);
  const environment = isJson(properties.Environment) ? properties.Environment.Variables : undefined;
  const logging = isJson(properties.LoggingConfig) ? properties.LoggingConfig.LogGroup : undefined;
  return {
    model: {
      name,
      logicalId: resource.logicalId,
      arn: stack.arnOf(resource),
      region: stack.files.region,
      code: code.code,
      handler,
      environment: textMap(environment),
      timeoutMs: Number(properties.Timeout ?? DEFAULT_TIMEOUT_SECONDS) * 1_000,
      memoryMb: Number(properties.MemorySize ?? DEFAULT_MEMORY_MB),
      reservedConcurrency:
        properties.ReservedConcurrentExecutions === undefined
          ? undefined
          : Number(properties.ReservedConcurrentExecutions),
      logGroup: typeof logging === "string" ? logging : `/aws/lambda/${name}`,
    },
  };
}

type CodeFound = { readonly code: FunctionModel["code"] } | { readonly reason: string };

function codeOf(stack: StackValues, resource: Resource, code: Readonly<Record<string, unknown>>): CodeFound {
  if (typeof code.ZipFile === "string") return { code: { inline: code.ZipFile } };
  const { directory } = stack.files;
  const path = assetPath(directory, resource.metadata["aws:asset:path"], code.S3Key);
  if (path === undefined) return { reason: `its code ${JSON.stringify(code.S3Key ?? null)} is not in the assembly` };
  const full = insideOf(directory, path);
  if (!existsSync(full)) return { reason: `its code ${path} is not in the assembly` };
  return { code: { directory: statSync(full).isDirectory() ? full : unzipped(full) } };
}

/** By the CDK's own note on the resource, else by the asset manifest that names the same object. */
function assetPath(directory: string, noted: unknown, key: unknown): string | undefined {
  if (typeof noted === "string" && existsSync(join(directory, noted))) return noted;
  if (typeof key !== "string") return undefined;
  const hash = key.replace(/^.*\//, "").replace(/\.zip$/, "");
  return (
    noticedIn(directory, hash) ??
    [`asset.${hash}`, `asset.${hash}.zip`].find((name) => existsSync(join(directory, name)))
  );
}

/** The path that an asset manifest of the assembly gives for a hash. */
function noticedIn(directory: string, hash: string): string | undefined {
  const { artifacts } = readObject(join(directory, "manifest.json"));
  for (const artifact of Object.values(isJson(artifacts) ? artifacts : {})) {
    if (!isJson(artifact) || artifact.type !== "cdk:asset-manifest" || !isJson(artifact.properties)) continue;
    const { file } = artifact.properties;
    if (typeof file !== "string" || !existsSync(join(directory, file))) continue;
    const { files } = readObject(join(directory, file));
    const entry = isJson(files) ? files[hash] : undefined;
    if (isJson(entry) && isJson(entry.source) && typeof entry.source.path === "string") return entry.source.path;
  }
  return undefined;
}

/** A zipped asset, unpacked into the system's temporary folder. */
function unzipped(file: string): string {
  const target = mkdtempSync(join(tmpdir(), "gatehouse-asset-"));
  for (const [name, bytes] of Object.entries(unzipSync(readFileSync(file)))) {
    if (name.endsWith("/") || name.split("/").includes("..") || name.startsWith("/")) continue;
    mkdirSync(dirname(join(target, name)), { recursive: true });
    writeFileSync(join(target, name), bytes);
  }
  return target;
}

const textMap = (value: unknown): Readonly<Record<string, string>> =>
  isJson(value) ? Object.fromEntries(Object.entries(value).map(([name, text]) => [name, String(text)])) : {};
