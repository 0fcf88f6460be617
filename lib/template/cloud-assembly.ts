import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { basename, dirname, isAbsolute, join, relative, resolve } from "node:path";
import { Mistake } from "../findings/mistake.ts";
import { isJson, type Json } from "../json/json.ts";
import { jsonFaultOf } from "../json/json-fault.ts";

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
  /** False where the stack goes to the account of anyone who deploys it, and `account` is a stand-in. */
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
export function readStacks(place: string, root = place, within: readonly string[] = []): readonly StackFiles[] {
  if (statSync(place, { throwIfNoEntry: false })?.isFile()) return [looseStack(dirname(place), basename(place))];
  const file = join(place, "manifest.json");
  if (!existsSync(file)) return looseStacks(place);
  const artifacts = Object.entries(memberOf(readObject(file), "artifacts")).filter((entry): entry is [string, Json] =>
    isJson(entry[1]),
  );
  const manifests = artifacts
    .filter(([, { type }]) => type === "cdk:asset-manifest")
    .flatMap(([, artifact]) => textOf(memberOf(artifact, "properties").file) || []);
  const assets = assetsOf(root, place, manifests);
  return artifacts.flatMap(([id, artifact]) => {
    const { directoryName, templateFile, stackName } = memberOf(artifact, "properties");
    if (artifact.type === "cdk:cloud-assembly" && typeof directoryName === "string")
      return readStacks(nestedPlace(root, place, directoryName, within), root, [...within, resolve(place)]);
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

function nestedPlace(root: string, place: string, name: string, within: readonly string[]): string {
  const nested = insideOf(root, place, name);
  if (nested === resolve(place) || within.includes(nested)) throw broken(nested, "it is nested in itself");
  return nested;
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
    directory,
    readdirSync(directory).filter((one) => one.endsWith(".assets.json")),
  ),
  assetParameters: {},
});

/** Reads asset manifests, `Stack.assets.json`. */
function assetsOf(root: string, directory: string, manifests: readonly string[]): ReadonlyMap<string, string> {
  const paths = new Map<string, string>();
  for (const file of manifests.map((name) => insideOf(root, directory, name)).filter((path) => existsSync(path)))
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
    const { path, sourceHash, s3BucketParameter, s3KeyParameter, artifactHashParameter } = memberOf(entry, "data");
    if (typeof path !== "string" || typeof sourceHash !== "string") continue;
    assets.set(sourceHash, path);
    parameters[textOf(s3BucketParameter)] = "cdk-assets";
    parameters[textOf(s3KeyParameter)] = `assets/||${sourceHash}.zip`;
    if (artifactHashParameter !== undefined) parameters[textOf(artifactHashParameter)] = sourceHash;
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
  const facts = statSync(file);
  // A pipe or a device would never end.
  if (!facts.isFile()) throw broken(file, "it is not a file");
  if (facts.size > MOST_BYTES) throw broken(file, `it has ${facts.size} bytes, more than ${MOST_BYTES}`);
  const text = readFileSync(file, "utf8").replace(/^\uFEFF/, "");
  const depth = nestingOf(text);
  if (depth > DEEPEST) throw broken(file, `it is nested ${depth} deep, more than ${DEEPEST}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const { line, column } = jsonFaultOf(text);
    throw broken(file, `it is not JSON, at line ${line}, column ${column}`, cause);
  }
  if (!isJson(value)) throw broken(file, "it is not a JSON object");
  return value;
}

/** How deep lists and objects are nested in a JSON text, read once from left to right. */
function nestingOf(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inText = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (inText) {
      if (code === BACKSLASH) at += 1;
      else if (code === QUOTE) inText = false;
    } else if (code === QUOTE) inText = true;
    else if (code === OPEN_LIST || code === OPEN_OBJECT) deepest = Math.max(deepest, (depth += 1));
    else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth -= 1;
  }
  return deepest;
}

const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d];
/** A manifest of a large app has some megabytes, a template 1,000,000 bytes at most. */
const MOST_BYTES = 50_000_000;
/** CloudFormation's own limit is not published; an OpenAPI document with its schemas in a template nests some forty deep. */
const DEEPEST = 500;

/**
 * A path of the assembly as a full one. It must stay inside of it, symbolic links followed.
 * @param root the folder of the whole assembly
 * @param directory the folder from which the path starts
 */
export function insideOf(root: string, directory: string, path: string): string {
  const full = placeInside(root, directory, path);
  if (full === undefined) throw broken(resolve(directory, path), "it leads out of the assembly");
  return full;
}

/** The same, or undefined where it leads out of the assembly. */
export function placeInside(root: string, directory: string, path: string): string | undefined {
  const full = resolve(directory, path);
  const within = existsSync(full) ? relative(realpathSync(root), realpathSync(full)) : relative(resolve(root), full);
  return within.startsWith("..") || isAbsolute(within) ? undefined : full;
}

const broken = (file: string, got: string, cause?: unknown) =>
  new Mistake(
    "assembly-broken",
    {
      what: `${file} cannot be used`,
      got,
      expected: "a file of a cloud assembly, as 'cdk synth' writes it",
      fix: "synthesise it again: npx cdk synth",
    },
    { cause },
  );
