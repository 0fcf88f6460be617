import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { Mistake } from "../findings/mistake.ts";
import { isJson, type Json } from "../json/json.ts";

/** A template's scalar as text; a template may write numbers and booleans either way. */
export const textOf = (value: unknown, whenAbsent = ""): string => {
  if (value === undefined || value === null) return whenAbsent;
  return typeof value === "string" ? value : JSON.stringify(value);
};

/** A member that is an object, else an empty one. */
export const memberOf = (parent: Json, name: string): Json => {
  const value = parent[name];
  return isJson(value) ? value : {};
};

/** A list of texts, or a single one. */
export const texts = (value: unknown): readonly string[] => {
  if (value === undefined || value === null) return [];
  return (Array.isArray(value) ? value : [value]).map((item) => textOf(item));
};

/** An object whose members are scalars, as text. */
export const textMap = (value: unknown): Readonly<Record<string, string>> =>
  isJson(value) ? Object.fromEntries(Object.entries(value).map(([name, text]) => [name, textOf(text)])) : {};

/** One stack of an assembly, as it lies there. */
export interface StackFiles {
  readonly name: string;
  /** The folder of its own assembly, from which its paths start. */
  readonly directory: string;
  /** The folder of the whole assembly, which no path leaves. A stage's assets lie there, above the stage's own folder. */
  readonly root: string;
  readonly template: Json;
  readonly account: string;
  readonly region: string;
  /** False where the stack goes to the account of whoever deploys it, and `account` is a stand-in. */
  readonly isAccountKnown: boolean;
  readonly isRegionKnown: boolean;
  /** Paths of assets by their hash and by the name of the object that they become. */
  readonly assets: ReadonlyMap<string, string>;
  /** Parameters by which CDK v1 tells a template where an asset lies. */
  readonly assetParameters: Readonly<Record<string, string>>;
}

/** Shown in ARNs and events where the stack is of no account in particular; AWS's documentation uses it too. */
const SOME_ACCOUNT = "123456789012";
const SOME_REGION = "us-east-1";

/**
 * Reads the stacks of a cloud assembly and of the assemblies nested in it. A folder without a manifest gives the templates
 * that lie in it, a template gives itself.
 * @throws Mistake `assembly-missing`, `assembly-broken`
 */
export function readStacks(place: string, root = place): readonly StackFiles[] {
  if (statSync(place, { throwIfNoEntry: false })?.isFile()) return [looseStack(dirname(place), basename(place))];
  const file = join(place, "manifest.json");
  if (!existsSync(file)) return looseStacks(place);
  const artifacts = Object.entries(memberOf(readObject(file), "artifacts")).filter((entry): entry is [string, Json] =>
    isJson(entry[1]),
  );
  const manifests = artifacts
    .filter(([, { type }]) => type === "cdk:asset-manifest")
    .flatMap(([, artifact]) => textOf(memberOf(artifact, "properties").file) || []);
  const assets = assetsOf(place, manifests);
  return artifacts.flatMap(([id, artifact]) => {
    const { directoryName, templateFile, stackName } = memberOf(artifact, "properties");
    if (artifact.type === "cdk:cloud-assembly" && typeof directoryName === "string")
      return readStacks(insideOf(root, place, directoryName), root);
    if (artifact.type !== "aws:cloudformation:stack" || typeof templateFile !== "string") return [];
    const [account = "", region = ""] = textOf(artifact.environment)
      .replace(/^aws:\/\//, "")
      .split("/");
    const noted = notedAssets(artifact);
    const isAccountKnown = /^\d{12}$/.test(account);
    const isRegionKnown = /^[a-z]+(-[a-z]+)+-\d+$/.test(region) && !region.startsWith("unknown");
    return [
      {
        name: textOf(stackName, id),
        directory: place,
        root,
        template: readObject(insideOf(root, place, templateFile)),
        account: isAccountKnown ? account : SOME_ACCOUNT,
        region: isRegionKnown ? region : SOME_REGION,
        isAccountKnown,
        isRegionKnown,
        assets: new Map([...assets, ...noted.assets]),
        assetParameters: noted.parameters,
      },
    ];
  });
}

/** Templates without a manifest: `*.template.json`, else any JSON with `Resources`. Nested ones are found by their parents. */
function looseStacks(directory: string): readonly StackFiles[] {
  const names = existsSync(directory) ? readdirSync(directory).filter((name) => name.endsWith(".json")) : [];
  const templates = names.filter((name) => name.endsWith(".template.json") && !name.endsWith(".nested.template.json"));
  const found = (templates.length > 0 ? templates : names.filter((name) => !name.endsWith(".assets.json")))
    .map((name) => looseStack(directory, name))
    .filter(({ template }) => isJson(template.Resources));
  if (found.length === 0) readObject(join(directory, "manifest.json"));
  return found;
}

const looseStack = (directory: string, name: string): StackFiles => ({
  name: name.replace(/(\.template)?\.json$/, ""),
  directory,
  root: directory,
  template: readObject(join(directory, name)),
  account: SOME_ACCOUNT,
  region: SOME_REGION,
  isAccountKnown: false,
  isRegionKnown: false,
  assets: assetsOf(
    directory,
    readdirSync(directory).filter((one) => one.endsWith(".assets.json")),
  ),
  assetParameters: {},
});

/** Reads asset manifests, `Stack.assets.json`. */
function assetsOf(directory: string, manifests: readonly string[]): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const file of manifests.map((name) => join(directory, name)).filter((path) => existsSync(path)))
    for (const [hash, entry] of Object.entries(memberOf(readObject(file), "files"))) {
      const path = isJson(entry) ? memberOf(entry, "source").path : undefined;
      if (!isJson(entry) || typeof path !== "string") continue;
      paths.set(hash, path);
      for (const destination of Object.values(memberOf(entry, "destinations")))
        if (isJson(destination)) paths.set(textOf(destination.objectKey), path);
    }
  return paths;
}

/** CDK v1 notes its assets in the stack's metadata, and hands their places to the template as parameters. */
function notedAssets(artifact: Json) {
  const assets = new Map<string, string>();
  const parameters: Record<string, string> = {};
  for (const entry of Object.values(memberOf(artifact, "metadata")).flat()) {
    if (!isJson(entry) || entry.type !== "aws:cdk:asset") continue;
    const { path, sourceHash, s3BucketParameter, s3KeyParameter } = memberOf(entry, "data");
    if (typeof path !== "string" || typeof sourceHash !== "string") continue;
    assets.set(sourceHash, path);
    parameters[textOf(s3BucketParameter)] = "cdk-assets";
    parameters[textOf(s3KeyParameter)] = `assets/||${sourceHash}.zip`;
  }
  return { assets, parameters };
}

/** Reads a JSON object of the assembly. */
export function readObject(file: string): Json {
  if (!existsSync(file))
    throw new Mistake("assembly-missing", {
      what: "there is no cloud assembly",
      got: `no ${file}`,
      expected: "a folder that 'cdk synth' wrote, with its manifest.json, or with templates in JSON",
      fix: "npx cdk synth, then give its output folder: --assembly cdk.out",
    });
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8").replace(/^\uFEFF/, ""));
  } catch (cause) {
    throw broken(file, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (!isJson(value)) throw broken(file, "no JSON object");
  return value;
}

/**
 * A path of the assembly as a full one. It must stay inside of it, symbolic links followed.
 * @param root the folder of the whole assembly
 * @param directory the folder from which the path starts
 */
export function insideOf(root: string, directory: string, path: string): string {
  const full = resolve(directory, path);
  const within = existsSync(full) ? relative(realpathSync(root), realpathSync(full)) : relative(resolve(root), full);
  if (within.startsWith("..") || isAbsolute(within)) throw broken(full, "it leads out of the assembly");
  return full;
}

const broken = (file: string, got: string, cause?: unknown) =>
  new Mistake(
    "assembly-broken",
    {
      what: `${file} cannot be used`,
      got,
      expected: "a file of a cloud assembly, as 'cdk synth' writes it",
      fix: "synthesise it anew: npx cdk synth",
    },
    { cause },
  );
