// The inside of an execution environment: one worker thread that loads a function once and answers one event at a time.
// Plain JavaScript, so that a thread starts without a compiler. Told what to load by workerData, see function-pool.ts.
import { readFileSync, statSync } from "node:fs";
import Module, { createRequire } from "node:module";
import { dirname, join, resolve, sep } from "node:path";
import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import { standIn } from "./stand-in.mjs";

const { code, handler: handlerName, context: fixed, standIns } = workerData;
standIn(new Map(standIns));

// A thread shares its process with the gateway: a function that kills "its" process ends its own environment.
const realKill = process.kill.bind(process);
process.kill = (pid, signal) => {
  if (pid !== process.pid && pid !== 0) return realKill(pid, signal);
  process.exit(1);
};

// Modules of layers are found by require, as in Lambda; `import` does not look there, in Lambda neither.
Module._initPaths();

const isFile = (path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** In Lambda nothing lies above the function's folder; here a package.json above it could make its files modules. */
function isModule(file, root) {
  if (file.endsWith(".mjs")) return true;
  if (!file.endsWith(".js")) return false;
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const manifest = join(folder, "package.json");
    if (isFile(manifest)) return JSON.parse(readFileSync(manifest, "utf8")).type === "module";
    if (folder === root || !folder.startsWith(root + sep)) return false;
  }
}

function loadCommonJs(root) {
  const before = Module._extensions[".js"];
  Module._extensions[".js"] = (module, file) => {
    if (!file.startsWith(root + sep) || isModule(file, root)) return before(module, file);
    module._compile(readFileSync(file, "utf8"), file);
  };
}

async function loadHandler() {
  if (code.inline !== undefined) return exportOf(compileInline(code.inline), handlerName.split(".").at(-1));
  const root = resolve(code.directory);
  const dot = handlerName.lastIndexOf(".");
  const path = resolve(root, handlerName.slice(0, dot));
  const file = [".js", ".mjs", ".cjs", ""].map((ending) => path + ending).find(isFile);
  if (file === undefined || !file.startsWith(root + sep))
    throw new Error(`Cannot find module '${handlerName.slice(0, dot)}'`);
  loadCommonJs(root);
  const loaded = isModule(file, root) ? await import(pathToFileURL(file).href) : createRequire(join(root, "/"))(file);
  return exportOf(loaded, handlerName.slice(dot + 1));
}

/** Inline code is index.js, CommonJS unless it uses import or export. */
function compileInline(source) {
  const module = new Module("/var/task/index.js");
  module.paths = [];
  module._compile(source, "/var/task/index.js");
  return module.exports;
}

function exportOf(loaded, name) {
  const found = loaded[name] ?? loaded.default?.[name];
  if (typeof found !== "function") throw new Error(`${handlerName} is undefined or not exported`);
  return found;
}

function contextOf(requestId, deadlineMs) {
  return {
    ...fixed,
    awsRequestId: requestId,
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, deadlineMs - Date.now()),
  };
}

/** Handlers of both styles: a promise or value, or Node's callback. */
function invoke(handler, event, context) {
  return new Promise((done, failed) => {
    const callback = (error, result) => (error ? failed(error) : done(result));
    const answer = handler(event, context, callback);
    if (handler.length < 3 || typeof answer?.then === "function") done(answer);
  });
}

const errorOf = (error) => ({
  errorType: error?.name ?? "Error",
  errorMessage: String(error?.message ?? error),
  stack: String(error?.stack ?? error),
});

/** A result that JSON cannot say is a failed function, as in Lambda. */
function resultText(result) {
  return JSON.stringify(result) ?? "null";
}

let ready;
try {
  const handler = await loadHandler();
  ready = { handler };
  parentPort.postMessage({ kind: "ready" });
} catch (error) {
  parentPort.postMessage({ kind: "failed-init", ...errorOf(error) });
}

if (ready) {
  parentPort.on("message", async ({ event, requestId, deadlineMs }) => {
    try {
      const result = await invoke(ready.handler, JSON.parse(event), contextOf(requestId, deadlineMs));
      parentPort.postMessage({ kind: "result", text: resultText(result) });
    } catch (error) {
      parentPort.postMessage({ kind: "error", ...errorOf(error) });
    }
  });
}
