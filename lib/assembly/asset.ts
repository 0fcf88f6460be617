import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { unzipSync } from "fflate";
import { isJson } from "../json/json.ts";
import { insideOf, textOf } from "./cloud-assembly.ts";
import type { Resource } from "./resource-names.ts";
import type { StackValues } from "./stack-values.ts";

/** An asset as a folder, or why it cannot be had. */
export type AssetFound = { readonly directory: string } | { readonly reason: string };

/**
 * Finds what a function's `Code` or a layer's `Content` names: by the CDK's own note on the resource, by an asset
 * manifest, or as a path in the assembly, as `aws cloudformation package` takes it.
 * @param content the property, resolved
 */
export function findAsset({ files }: StackValues, { metadata }: Resource, content: unknown): AssetFound {
  const { directory, root, assets } = files;
  const key = isJson(content) ? textOf(content.S3Key) : textOf(content);
  const noted = metadata["aws:asset:path"];
  if (typeof noted === "string" && isAbsolute(noted) && !existsSync(resolve(root, noted)))
    return { reason: `its code is at ${noted}, which is not there` };
  const object = key.replace(/^.*\//, "");
  const hash = object.replace(/\.zip$/, "");
  const found = [noted, assets.get(key), assets.get(object), assets.get(hash), `asset.${hash}`, `asset.${object}`]
    .concat(key === "" ? [] : [key, object, hash])
    .find((path) => typeof path === "string" && existsSync(resolve(directory, path)));
  if (typeof found !== "string") return { reason: `its code ${JSON.stringify(key)} is not in the assembly` };
  const full = insideOf(root, directory, found);
  return { directory: statSync(full).isDirectory() ? full : unzipped(full) };
}

/** Folders that zip files were unpacked into in this process, by path and time of change. */
const unpacked = new Map<string, string>();

/** A zipped asset, unpacked into the system's temporary folder until the process ends. */
function unzipped(file: string): string {
  const key = `${file} ${statSync(file).mtimeMs}`;
  const before = unpacked.get(key);
  if (before !== undefined) return before;
  const target = mkdtempSync(join(tmpdir(), "gatehouse-asset-"));
  if (unpacked.size === 0) process.once("exit", removeUnpacked);
  for (const [name, bytes] of Object.entries(unzipSync(readFileSync(file)))) {
    if (name.endsWith("/") || name.split("/").includes("..") || name.startsWith("/")) continue;
    mkdirSync(dirname(join(target, name)), { recursive: true });
    writeFileSync(join(target, name), bytes);
  }
  unpacked.set(key, target);
  return target;
}

function removeUnpacked() {
  for (const folder of unpacked.values()) rmSync(folder, { recursive: true, force: true });
}
