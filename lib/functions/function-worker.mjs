// The inside of an execution environment: a thread that loads one function once and answers one event at a time. Plain
// JavaScript, so that a thread starts without a compiler. Told what to load by workerData, see execution-environment.ts.
import { getHeapStatistics } from "node:v8";
import { parentPort, workerData } from "node:worker_threads";
import { callerOf } from "./handler-call.mjs";
import { loadHandler } from "./handler-loading.mjs";
import { redirectOrigins } from "./origin-redirects.mjs";
import { redirectOutput } from "./worker-output.mjs";

const {
  code,
  handler: handlerName,
  runtime,
  context: fixedContext,
  memoryMb,
  backlog,
  begun,
  originRedirects,
} = workerData;
const BYTES_A_MB = 1_048_576;
/** Lambda's limit of a synchronous answer (Lambda quotas, DOC). */
const MOST_ANSWER_BYTES = 6_291_556;
/** Above this share of its memory a function gets a new environment before it fails. */
const WORN_SHARE = 0.8;
const MEMORY_WATCH_MS = 100;
/** A function that answers at once is looked at less often than it is called. */
const MEMORY_PAUSE_MS = 5;

redirectOutput(parentPort, backlog);
redirectOrigins(new Map(originRedirects));
guardProcess();
watchMemory();
await serve();

/** A thread shares its process with the gateway: a function that ends "its" process ends its own environment. */
function guardProcess() {
  const { kill, pid } = process;
  const own = new Set([pid, -pid, 0, -1]);
  process.kill = (target, signal) => {
    if (!own.has(target)) return kill.call(process, target, signal);
    if (signal !== 0) process.exit(1);
    return true;
  };
  // Lambda starts a function in its own folder; a thread cannot change the directory of the process.
  if (code.directory !== undefined) process.cwd = () => code.directory;
}

/** Buffers do not count among a thread's resource limits, so they are watched. */
function watchMemory() {
  setInterval(endIfTooBig, MEMORY_WATCH_MS).unref();
}

let watchedAtMs = 0;
let isNearMemoryLimit = false;

/** Looks at the memory after a request; a function that blocks its thread keeps the interval from it. */
function watchAfterRequest() {
  const nowMs = performance.now();
  if (nowMs - watchedAtMs < MEMORY_PAUSE_MS) return;
  watchedAtMs = nowMs;
  endIfTooBig();
  isNearMemoryLimit = getHeapStatistics().used_heap_size > memoryMb * BYTES_A_MB * WORN_SHARE;
}

function endIfTooBig() {
  const { external_memory: bytes } = getHeapStatistics();
  if (bytes <= memoryMb * BYTES_A_MB) return;
  parentPort.postMessage({ kind: "out-of-memory", usedMb: Math.ceil(bytes / BYTES_A_MB) });
  process.exit(1);
}

/** Calls back when the event loop has nothing left to do but to wait for the gateway. */
function whenIdle(callback) {
  const listener = () => {
    parentPort.ref();
    callback();
  };
  parentPort.unref();
  process.once("beforeExit", listener);
  return () => {
    process.off("beforeExit", listener);
    parentPort.ref();
  };
}

function contextOf(requestId, deadlineMs) {
  return {
    ...fixedContext,
    clientContext: undefined,
    identity: undefined,
    awsRequestId: requestId,
    getRemainingTimeInMillis: () => deadlineMs - Date.now(),
  };
}

async function serve() {
  let call;
  try {
    call = callerOf(await loadHandler(code, handlerName), runtime, whenIdle);
  } catch (error) {
    parentPort.postMessage({ kind: "failed-init", ...errorOf(error) });
    return;
  }
  const given = [];
  let isBusy = false;
  parentPort.on("message", async (message) => {
    given.push(message);
    if (isBusy) return;
    isBusy = true;
    for (let next = given.shift(); next; next = given.shift()) if (begins(next.number)) await answer(call, next);
    isBusy = false;
  });
  parentPort.postMessage({ kind: "ready" });
}

/** Whether a request begins now. One that was taken back meanwhile belongs to somebody else. */
const begins = (number) => Atomics.compareExchange(begun, 0, number - 1, number) === number - 1;

async function answer(call, { event, requestId, timeoutMs }) {
  let said;
  const startedAt = performance.now();
  try {
    const result = await call(JSON.parse(event), contextOf(requestId, Date.now() + timeoutMs));
    const text = resultText(result);
    said = { kind: "result", text, tookMs: performance.now() - startedAt };
  } catch (error) {
    said = { kind: "error", ...errorOf(error) };
  }
  watchAfterRequest();
  parentPort.postMessage({ ...said, isNearMemoryLimit });
}

/** A result that JSON cannot say, or that is too long, is a failed function, as in Lambda. */
function resultText(result) {
  let text;
  try {
    text = JSON.stringify(result) ?? "null";
  } catch (cause) {
    throw new Error("Unable to stringify response body", { cause });
  }
  if (text.length > MOST_ANSWER_BYTES / 4 && Buffer.byteLength(text) > MOST_ANSWER_BYTES)
    throw new Error(`Response payload size exceeded maximum allowed payload size (${MOST_ANSWER_BYTES} bytes).`);
  return text;
}

/** Anything may be thrown: null, a proxy, an error whose message throws. */
function errorOf(error) {
  try {
    const cause = error?.cause === undefined ? "" : `\ncaused by ${String(error.cause?.stack ?? error.cause)}`;
    return { errorMessage: String(error?.message ?? error), stack: String(error?.stack ?? error) + cause };
  } catch {
    return { errorMessage: "an error that cannot be read", stack: "" };
  }
}
