import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { Mistake } from "../findings/mistake.ts";
import { isJson, type Json } from "../json/json.ts";
import { jsonFaultOf } from "../json/json-fault.ts";

/** A folder as `init` finds it. */
export interface ProjectFolder {
  readonly directory: string;
  /** The folder's own name. */
  readonly name: string;
  /** Whether a new app is to be made: no app, and nothing that one could disturb. */
  readonly isNew: boolean;
  /** The text of a file; undefined where there is none. @throws Mistake `init-unreadable` */
  read(path: string): string | undefined;
  /** A JSON object in a file; `{}` where there is none. @throws Mistake `init-unreadable` */
  readJson(path: string): Json;
}

/** What a folder may hold and still be empty to a new app: what git, editors and package managers leave. */
const NEUTRAL = /^(\..*|node_modules|package\.json|package-lock\.json|yarn\.lock|pnpm-lock\.yaml|README\.md|LICENSE)$/;

/** Looks at a folder. @throws Mistake `init-no-app` where it is neither a CDK app nor empty */
export function projectFolder(directory: string): ProjectFolder {
  const isApp = existsSync(join(directory, "cdk.json"));
  const strangers = isApp ? [] : readdirSync(directory).filter((name) => !NEUTRAL.test(name));
  if (strangers.length > 0)
    throw new Mistake("init-no-app", {
      what: "this folder is neither a CDK app nor empty",
      got: `no cdk.json, and ${strangers.slice(0, 3).join(", ")}${strangers.length > 3 ? ` and ${strangers.length - 3} more` : ""} in ${directory}`,
      expected: "the folder of a CDK app's cdk.json, or an empty one",
      fix: "cd to the app; or mkdir orders && cd orders && npx gatehouse init",
    });
  const read = (path: string) => readText(directory, path);
  return { directory, name: basename(directory), isNew: !isApp, read, readJson: (path) => jsonIn(path, read(path)) };
}

function readText(directory: string, path: string): string | undefined {
  try {
    return readFileSync(join(directory, path), "utf8");
  } catch (cause) {
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
    if (code === "ENOENT") return undefined;
    throw new Mistake(
      "init-unreadable",
      {
        what: `${path} cannot be read`,
        got: code,
        expected: "a file, or none",
        fix: code === "EISDIR" ? `rename the folder ${path}` : `correct the permissions of ${path}`,
      },
      { cause },
    );
  }
}

function jsonIn(path: string, text: string | undefined): Json {
  if (text === undefined) return {};
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    const { line, column } = jsonFaultOf(text);
    throw notJson(path, `no JSON from line ${line}, column ${column} on`, `correct ${path}:${line}:${column}`);
  }
  if (isJson(value)) return value;
  throw notJson(path, "JSON of another kind", `make it a JSON object, or remove ${path}`);
}

const notJson = (path: string, got: string, fix: string) =>
  new Mistake("init-unreadable", { what: `${path} is not a JSON object`, got, expected: "a JSON object", fix });
