import { existsSync, readFileSync, realpathSync } from "node:fs";
import { join, relative } from "node:path";
import { Mistake } from "../../mistake.ts";

/** A JSON object of a template. */
export type Json = Readonly<Record<string, unknown>>;

export const isJson = (value: unknown): value is Json =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** A template's scalar as text; a template may write numbers and booleans either way. */
export const textOf = (value: unknown, whenAbsent = ""): string => {
  if (value === undefined || value === null) return whenAbsent;
  return typeof value === "string" ? value : JSON.stringify(value);
};

/** One stack of an assembly, as it lies there. */
export interface StackFiles {
  readonly name: string;
  /** The folder of its own assembly; assets are found in it. */
  readonly directory: string;
  readonly template: Json;
  readonly account: string;
  readonly region: string;
}

/** Shown in ARNs and events where the stack is of no account in particular; AWS's documentation uses it too. */
const SOME_ACCOUNT = "123456789012";
const SOME_REGION = "us-east-1";

/**
 * Reads the stacks of a cloud assembly and of the assemblies nested in it.
 * @throws Mistake `assembly-missing`, `assembly-broken`
 */
export function readStacks(directory: string): readonly StackFiles[] {
  const manifest = readObject(join(directory, "manifest.json"));
  const artifacts = isJson(manifest.artifacts) ? manifest.artifacts : {};
  return Object.entries(artifacts).flatMap(([id, artifact]) => {
    if (!isJson(artifact)) return [];
    const properties = isJson(artifact.properties) ? artifact.properties : {};
    if (artifact.type === "cdk:cloud-assembly" && typeof properties.directoryName === "string")
      return readStacks(insideOf(directory, properties.directoryName));
    if (artifact.type !== "aws:cloudformation:stack" || typeof properties.templateFile !== "string") return [];
    const [account = "", region = ""] = textOf(artifact.environment)
      .replace(/^aws:\/\//, "")
      .split("/");
    return [
      {
        name: typeof properties.stackName === "string" ? properties.stackName : id,
        directory,
        template: readObject(insideOf(directory, properties.templateFile)),
        account: /^\d{12}$/.test(account) ? account : SOME_ACCOUNT,
        region: /^[a-z]+(-[a-z]+)+-\d+$/.test(region) && !region.startsWith("unknown") ? region : SOME_REGION,
      },
    ];
  });
}

/** Reads a JSON object of the assembly. */
export function readObject(file: string): Json {
  if (!existsSync(file))
    throw new Mistake("assembly-missing", {
      what: "there is no cloud assembly",
      got: `no ${file}`,
      expected: "a folder that 'cdk synth' wrote, with its manifest.json",
      fix: "npx cdk synth, then give its output folder: --assembly cdk.out",
    });
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (cause) {
    throw broken(file, cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (!isJson(value)) throw broken(file, "no JSON object");
  return value;
}

/** A path of the assembly that must stay inside of it, symbolic links followed. */
export function insideOf(directory: string, path: string): string {
  const full = join(directory, path);
  if (!existsSync(full)) return full;
  const within = relative(realpathSync(directory), realpathSync(full));
  if (within.startsWith("..")) throw broken(full, "it leads out of the assembly");
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
