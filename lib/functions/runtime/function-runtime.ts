// The inside of an execution environment: a process that loads one function once and answers one event at a time. Its
// frames: see frames.ts. What it calls after the function is loaded was taken before, so that a function that changes
// Node's modules does not change what the gateway reads.
import { writeSync } from "node:fs";
import { Socket } from "node:net";
import { getHeapStatistics } from "node:v8";
import { encodeFrame, type Frame, FrameReader } from "./frames.ts";
import { type CallHandler, callerOf, type LambdaContext } from "./handler-call.ts";
import { type FunctionCode, loadHandler } from "./handler-loading.ts";
import { openInspector } from "./inspection.ts";
import { redirectIssuers } from "./issuer-redirects.ts";
import { redirectOutput } from "./output.ts";
import { sdkAdvice } from "./runtime-sdk.ts";
import { ownFrames } from "./source-map.ts";

/** The text of the frame `init`, as JSON. */
export interface RuntimeInit {
  readonly code: FunctionCode;
  readonly handler: string;
  /** Such as `nodejs24.x`. */
  readonly runtime: string;
  /** The members of the context object that are the same for every request. */
  readonly context: Readonly<Record<string, string>>;
  readonly memoryMb: number;
  readonly timeoutMs: number;
  /** By an issuer's base URL, the loopback origin that answers instead. */
  readonly issuerRedirects: readonly (readonly [string, string])[];
  /** Where the AWS SDK is looked for, which Lambda's runtimes bring. */
  readonly sdkFolders: readonly string[];
  /** Where a debugger may attach. */
  readonly inspectPort?: number | undefined;
}

/** The gateway's end of these is in function-process.ts. */
const FROM_GATEWAY = 3;
const TO_GATEWAY = 4;
const BYTES_A_MB = 1_048_576;
/** Lambda's limit of a synchronous answer (Lambda quotas, DOC). */
const MOST_ANSWER_BYTES = 6_291_556;
/** What of an error's message and stack is handed on. */
const LONGEST_ERROR = 10_000;
/** Above this share of its memory a function gets a new environment before it fails. */
const NEAR_LIMIT_SHARE = 0.8;
const MEMORY_WATCH_MS = 100;
/** A function that answers at once is looked at less often than it is called. */
const MEMORY_PAUSE_MS = 5;
/** After a request that took longer, what the gateway has to say is read before the next one begins. */
const LONG_MS = 10;

const parse = JSON.parse.bind(JSON);
/** Undefined for what JSON has no word for. */
const stringify: (value: unknown) => string | undefined = JSON.stringify.bind(JSON);
const exit = process.exit.bind(process);
const residentBytes = process.memoryUsage.rss.bind(process.memoryUsage);
const nowOf = performance.now.bind(performance);
const soon = setImmediate;
const channel = new Socket({ fd: FROM_GATEWAY, readable: true, writable: false });

/** Writes at once and waits where the gateway has not read: a log cannot fill the memory, nor get lost at an exit. */
function send(parts: Parameters<typeof encodeFrame>[0]) {
  const frame = encodeFrame(parts);
  for (let at = 0; at < frame.length; ) at += writeSync(TO_GATEWAY, frame, at);
}

const reader = new FrameReader();
const queue: Frame[] = [];
let init: RuntimeInit | undefined;
let call: CallHandler | undefined;
let isBusy = false;
let isAnswering = false;

channel.on("data", (chunk: Buffer) => {
  for (const frame of reader.read(chunk) ?? []) receive(frame);
});
// The gateway is gone, and with it everybody who could ask.
channel.on("close", () => exit(0));
channel.on("error", () => exit(0));

function receive(frame: Frame) {
  switch (frame.kind) {
    case "init":
      init = parse(frame.text) as RuntimeInit;
      void start(init);
      return;
    case "invoke":
      queue.push(frame);
      if (!isBusy && init) void serve(init);
      return;
    case "withdraw":
      // The gateway never takes back the first one that has no answer: between two requests that is the next one.
      return send({ kind: "withdrawn", value: queue.splice(isAnswering ? 0 : 1).length });
    default:
      return;
  }
}

async function start({ code, handler, runtime, issuerRedirects, sdkFolders, memoryMb, inspectPort }: RuntimeInit) {
  redirectOutput((text) => send({ kind: "log", text }));
  process.setSourceMapsEnabled(true);
  if (inspectPort !== undefined && !(await openInspector(inspectPort)))
    send({ kind: "log", text: `no debugger: something else has the port ${inspectPort}\n` });
  redirectIssuers(new Map(issuerRedirects));
  process.on("uncaughtException", (error) => {
    send({ kind: "fatal", text: errorText(error) });
    exit(1);
  });
  setInterval(() => endIfTooBig(memoryMb), MEMORY_WATCH_MS).unref();
  try {
    call = callerOf(await loadHandler(code, handler, sdkFolders), runtime, whenIdle);
  } catch (error) {
    send({ kind: "failed-init", text: errorText(error, sdkAdvice(error)) });
    return;
  }
  send({ kind: "ready" });
}

async function serve(given: RuntimeInit) {
  isBusy = true;
  for (let next = queue.shift(); next; next = queue.shift()) {
    const tookMs = await answer(next, given);
    // Two turns of the event loop: the first may have looked for what arrived already.
    if (tookMs > LONG_MS) await new Promise<void>((done) => soon(() => soon(done)));
  }
  isBusy = false;
}

async function answer({ text, secret }: Frame, { context, memoryMb, timeoutMs }: RuntimeInit): Promise<number> {
  const lineEnd = text.indexOf("\n");
  const startedAt = nowOf();
  isAnswering = true;
  let said: Parameters<typeof encodeFrame>[0];
  try {
    const event = parse(text.slice(lineEnd + 1)) as unknown;
    const result = await call?.(event, contextOf(context, text.slice(0, lineEnd), Date.now() + timeoutMs));
    said = { kind: "result", text: resultText(result) };
  } catch (error) {
    said = { kind: "error", text: errorText(error) };
  }
  const tookMs = nowOf() - startedAt;
  isAnswering = false;
  send({ ...said, secret, value: tookMs, isNearMemoryLimit: watchAfterRequest(memoryMb) });
  return tookMs;
}

const contextOf = (fixed: RuntimeInit["context"], requestId: string, deadlineMs: number): LambdaContext => ({
  ...fixed,
  clientContext: undefined,
  identity: undefined,
  awsRequestId: requestId,
  getRemainingTimeInMillis: () => deadlineMs - Date.now(),
});

/** Calls back when the event loop has nothing left to do but to wait for the gateway. */
function whenIdle(callback: () => void): () => void {
  const listener = () => {
    channel.ref();
    callback();
  };
  channel.unref();
  process.once("beforeExit", listener);
  return () => {
    process.off("beforeExit", listener);
    channel.ref();
  };
}

/** What Node itself takes does not count: Lambda's runtime has it, too, but not within the same bounds. */
const ownBytes = residentBytes();
let watchedAtMs = 0;
let isNearLimit = false;

/** Looks at the memory after a request; a function that blocks its process keeps the interval from it. */
function watchAfterRequest(memoryMb: number): boolean {
  const nowMs = nowOf();
  if (nowMs - watchedAtMs < MEMORY_PAUSE_MS) return isNearLimit;
  watchedAtMs = nowMs;
  endIfTooBig(memoryMb);
  isNearLimit = getHeapStatistics().used_heap_size > memoryMb * BYTES_A_MB * NEAR_LIMIT_SHARE;
  return isNearLimit;
}

/** The heap has a limit of its own; this is for buffers, shared ones included, and what libraries take by themselves. */
function endIfTooBig(memoryMb: number) {
  const heap = getHeapStatistics();
  const bytes = Math.max(heap.external_memory, residentBytes() - ownBytes - heap.total_heap_size);
  if (bytes <= memoryMb * BYTES_A_MB) return;
  send({ kind: "out-of-memory", value: Math.ceil(bytes / BYTES_A_MB) });
  exit(1);
}

/** A result that JSON cannot say, or that is too long, is a failed function, as in Lambda. */
function resultText(result: unknown): string {
  let text: string;
  try {
    text = stringify(result) ?? "null";
  } catch (cause) {
    throw new Error("Unable to stringify response body", { cause });
  }
  if (text.length > MOST_ANSWER_BYTES / 4 && Buffer.byteLength(text) > MOST_ANSWER_BYTES)
    throw new Error(`Response payload size exceeded maximum allowed payload size (${MOST_ANSWER_BYTES} bytes).`);
  return text;
}

/**
 * Message and stack as JSON. Anything may be thrown: null, a proxy, an error whose message throws.
 * @param advice written below the stack
 */
function errorText(error: unknown, advice = ""): string {
  const [message, stack] = messageAndStack(error);
  return stringify({ message: cut(message), stack: [cut(ownFrames(stack)), advice].join("\n").trim() }) ?? "";
}

/** What an error usually has; nothing of it is sure. */
interface Thrown {
  readonly message?: unknown;
  readonly stack?: unknown;
  readonly cause?: unknown;
}

const textOf: (value: unknown) => string = String;

function messageAndStack(error: unknown): readonly [string, string] {
  try {
    const { message, stack, cause } = (error ?? {}) as Thrown;
    const { stack: causeStack }: Thrown = Object(cause);
    const because = cause === undefined ? "" : `\ncaused by ${textOf(causeStack ?? cause)}`;
    return [textOf(message ?? error), textOf(stack ?? error) + because];
  } catch {
    return ["an error that cannot be read", ""];
  }
}

const cut = (text: string) => (text.length > LONGEST_ERROR ? `${text.slice(0, LONGEST_ERROR)} … (cut)` : text);
