import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { unzipSync } from "fflate";
import { isJson } from "../json/json.ts";
import { placeInside, textOf } from "./cloud-assembly.ts";
import type { Resource } from "./resource-names.ts";
import type { StackValues } from "./stack-values.ts";

/** An asset as a folder, or why it cannot be had. */
export type AssetFound = { readonly directory: string } | { readonly reason: string; readonly advice?: string };

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
  const full = placeInside(root, directory, found);
  if (full === undefined)
    return {
      reason: `its code at ${found} lies outside of the assembly`,
      advice: "synthesise without --no-staging, so that the code is copied into the assembly",
    };
  return statSync(full).isDirectory() ? { directory: full } : unzipped(full);
}

/** Folders that zip files were unpacked into in this process, by path and time of change. */
const unpacked = new Map<string, string>();

/** What Lambda takes: a function's code and layers unzipped. https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const MOST_UNZIPPED_BYTES = 262_144_000;

/** A zipped asset, unpacked into the system's temporary folder until the process ends, or why it cannot be. */
function unzipped(file: string): AssetFound {
  const { mtimeMs, ino } = statSync(file);
  const key = `${file} ${ino} ${mtimeMs}`;
  const before = unpacked.get(key);
  if (before !== undefined) return { directory: before };
  const target = mkdtempSync(join(tmpdir(), "gatehouse-asset-"));
  if (unpacked.size === 0) process.once("exit", removeUnpacked);
  // Remembered before it is filled: what is half unpacked goes with the process too.
  unpacked.set(key, target);
  try {
    unzipInto(target, file);
  } catch (error) {
    unpacked.delete(key);
    rmSync(target, { recursive: true, force: true });
    return {
      reason: `its zip file ${file} cannot be unpacked: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
  return { directory: target };
}

function unzipInto(target: string, file: string): void {
  let bytesLeft = MOST_UNZIPPED_BYTES;
  // The sizes that the zip file announces are counted before anything is inflated, and fflate makes no more than they say.
  const files = unzipSync(readFileSync(file), {
    filter: ({ originalSize }) => {
      bytesLeft -= originalSize;
      if (bytesLeft < 0) throw new Error(`it holds more than the ${MOST_UNZIPPED_BYTES} bytes that Lambda takes`);
      return true;
    },
  });
  for (const [name, bytes] of Object.entries(files)) {
    if (name.endsWith("/") || name.split("/").includes("..") || name.startsWith("/")) continue;
    mkdirSync(dirname(join(target, name)), { recursive: true });
    writeFileSync(join(target, name), bytes);
  }
}

function removeUnpacked() {
  for (const folder of unpacked.values()) rmSync(folder, { recursive: true, force: true });
}
