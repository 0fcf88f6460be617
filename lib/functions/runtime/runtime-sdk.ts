// Lambda's Node.js runtimes bring the AWS SDK; this machine has none. What a function does not carry itself of it is taken
// from where the app finds it.
import Module, { createRequire, register } from "node:module";
import { join } from "node:path";

/** What the runtimes bring (Lambda developer guide, "Runtime-included SDK versions", DOC). */
const BROUGHT = /^(@aws-sdk|@smithy)\/[^/]+|^aws-sdk$/;

/** Node's own module loader, as far as its types leave it out. */
const loader = Module as unknown as {
  _resolveFilename(request: string, ...others: unknown[]): string;
};

/**
 * Lets `require` find the runtime's own packages.
 * @param folders of the app, the nearest first
 */
export function provideSdk(folders: readonly string[]): void {
  const resolveFilename = loader._resolveFilename.bind(loader);
  let isLooking = false;
  loader._resolveFilename = function resolveBrought(request: string, ...others: unknown[]) {
    try {
      return resolveFilename(request, ...others);
    } catch (error) {
      // To look in a folder comes by here too.
      if (isLooking || !BROUGHT.test(request)) throw error;
      isLooking = true;
      const found = findIn(folders, request);
      isLooking = false;
      if (found === undefined) throw error;
      return found;
    }
  };
}

/**
 * Lets `import` find them too, from the next module on: in a thread of Node's own, so only where an import has failed.
 * @param error why a module could not be loaded
 * @returns whether another try may succeed
 */
export function provideSdkToModules(folders: readonly string[], error: unknown): boolean {
  if (folders.length === 0 || !BROUGHT.test(missingIn(error))) return false;
  register(`data:text/javascript,${encodeURIComponent(RESOLVE_HOOK)}`, { data: folders });
  return true;
}

/** The same for modules: `createRequire` finds what the app's own `import` would. */
const RESOLVE_HOOK = `
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
let folders = [];
export function initialize(given) { folders = given; }
export async function resolve(specifier, context, next) {
  try { return await next(specifier, context); } catch (error) {
    if (!${BROUGHT}.test(specifier)) throw error;
    for (const folder of folders)
      try { return { url: pathToFileURL(createRequire(folder + "/").resolve(specifier)).href, shortCircuit: true }; } catch {}
    throw error;
  }
}`;

/** What a person can do about an error that the runtime's own packages would have spared; empty for any other. */
export function sdkAdvice(error: unknown): string {
  const [missing] = BROUGHT.exec(missingIn(error)) ?? [];
  return missing === undefined
    ? ""
    : `Lambda's Node.js runtimes bring ${missing}, and it is not installed here: npm install --save-dev ${missing}, in the app's folder`;
}

const missingIn = (error: unknown) =>
  error instanceof Error ? (/Cannot find (?:module|package) '([^']+)'/.exec(error.message)?.[1] ?? "") : "";

function findIn(folders: readonly string[], request: string): string | undefined {
  for (const folder of folders)
    try {
      return createRequire(join(folder, "/")).resolve(request);
    } catch {
      // The next folder may have it.
    }
  return undefined;
}
