// How a function's code is found and loaded in its process, as Lambda's runtime does it.
import { readFileSync, realpathSync, statSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { dirname, join, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import type { Handler } from "./handler-call.ts";
import { provideSdk, provideSdkToModules } from "./runtime-sdk.ts";
import { withSourceMap } from "./source-map.ts";

/** A folder, or the source of one file. */
export type FunctionCode = { readonly directory: string } | { readonly inline: string };

/** Node's own module loader, as far as its types leave it out. */
interface NodeModule {
  paths: string[];
  exports: unknown;
  _compile(source: string, path: string): void;
}

const Modules = Module as unknown as {
  new (path: string): NodeModule;
  readonly _extensions: Record<string, (module: NodeModule, path: string) => void>;
  _initPaths(): void;
};

/**
 * Loads `file.export` from a folder or from inline code.
 * @param sdkFolders where the AWS SDK is looked for, which Lambda's runtimes bring
 * @throws where there is no such file or export, or where the code throws while it is loaded
 */
export async function loadHandler(
  code: FunctionCode,
  handlerName: string,
  sdkFolders: readonly string[],
): Promise<Handler> {
  // Modules of layers are found by require, as in Lambda; `import` does not look there, in Lambda neither.
  Modules._initPaths();
  provideSdk(sdkFolders);
  const dot = handlerName.lastIndexOf(".");
  const exportName = handlerName.slice(dot + 1);
  if ("inline" in code) return exportOf(compileInline(code.inline), exportName, handlerName);
  const root = realpathSync(resolve(code.directory));
  const file = fileOf(root, handlerName.slice(0, dot));
  const loaded = isModule(file, root)
    ? await importModule(pathToFileURL(file).href, sdkFolders)
    : loadCommonJs(file, root);
  return exportOf(loaded, exportName, handlerName);
}

async function importModule(url: string, sdkFolders: readonly string[]): Promise<unknown> {
  try {
    return await import(url);
  } catch (error) {
    if (!provideSdkToModules(sdkFolders, error)) throw error;
    // Another name for the same file: Node remembers that the first one failed.
    return import(`${url}?again`);
  }
}

const isFile = (path: string) => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** The handler's file; a link out of the function's folder is not a part of what would be deployed. */
function fileOf(root: string, name: string): string {
  const path = resolve(root, name);
  const found = [".js", ".mjs", ".cjs", ""].map((ending) => path + ending).find(isFile);
  if (found === undefined) throw new Error(`Cannot find module '${name}'`);
  const file = realpathSync(found);
  if (!file.startsWith(root + sep))
    throw new Error(`Cannot find module '${name}': it leads out of the function's folder`);
  return file;
}

/** In Lambda nothing lies above the function's folder; here a package.json above it could make its files modules. */
function isModule(file: string, root: string): boolean {
  if (file.endsWith(".mjs")) return true;
  if (!file.endsWith(".js")) return false;
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (isFile(manifest))
      return (JSON.parse(readFileSync(manifest, "utf8")) as { readonly type?: unknown }).type === "module";
    if (folder === root || !folder.startsWith(root + sep)) return false;
  }
}

function loadCommonJs(file: string, root: string): unknown {
  const before = Modules._extensions[".js"];
  Modules._extensions[".js"] = (module, path) => {
    if (!path.startsWith(root + sep) || isModule(path, root)) return before?.(module, path);
    module._compile(withSourceMap(readFileSync(path, "utf8"), path, root), path);
  };
  return createRequire(join(root, "/"))(file);
}

/** Inline code is `index.js`, CommonJS. */
function compileInline(source: string): unknown {
  const module = new Modules("/var/task/index.js");
  module.paths = [];
  module._compile(source, "/var/task/index.js");
  return module.exports;
}

function exportOf(loaded: unknown, name: string, handlerName: string): Handler {
  const exported = loaded as { readonly default?: Readonly<Record<string, unknown>> } & Readonly<
    Record<string, unknown>
  >;
  const found = exported[name] ?? exported.default?.[name];
  if (typeof found !== "function") throw new Error(`${handlerName} is undefined or not exported`);
  return found as Handler;
}
