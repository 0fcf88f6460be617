import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { FunctionModel } from "../assembly/model.ts";
import { Deadline } from "./deadline.ts";
import { environmentOf } from "./function-environment.ts";
import type { FunctionHost } from "./function-host.ts";

/** How an invocation ended. */
export type Invocation = Ending & {
  /** What the function wrote meanwhile, the init of a cold start included; the last lines may be cut off. */
  readonly logLines: readonly string[];
};

type Ending =
  | { readonly kind: "result"; readonly text: string; readonly tookMs: number }
  /** The function threw, exited, ran out of memory or out of its own time: a function error of Lambda. */
  | { readonly kind: "error"; readonly message: string; readonly stack?: string }
  /** The integration's time was over first. */
  | { readonly kind: "timeout" }
  /** No environment was free and no more are allowed. */
  | { readonly kind: "throttled" };

/** How a request ended in an environment; one that never began may go to another. */
export type Outcome = Invocation | { readonly kind: "not-begun" };

const NOT_BEGUN: Outcome = { kind: "not-begun" };

type WorkerMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "log"; readonly text: string }
  | { readonly kind: "result"; readonly text: string; readonly tookMs: number; readonly isNearMemoryLimit: boolean }
  | {
      readonly kind: "error";
      readonly errorMessage: string;
      readonly stack: string;
      readonly isNearMemoryLimit: boolean;
    }
  | { readonly kind: "failed-init"; readonly errorMessage: string; readonly stack: string }
  | { readonly kind: "out-of-memory"; readonly usedMb: number };

export interface InvocationRequest {
  /** The event as JSON: it crosses into the function as text, as in Lambda. */
  readonly event: string;
  readonly requestId: string;
  /** Of the integration or authorizer that calls. */
  readonly timeoutMs: number;
}

/** A request that waits in an environment, or runs. */
interface QueuedInvocation {
  readonly request: InvocationRequest;
  readonly resolve: (outcome: Outcome) => void;
  readonly logLines: string[];
  logCharacters: number;
  /** Its number among those that were sent to the thread; 0 while it waits for the init. */
  number: number;
}

const BOOTSTRAP = join(import.meta.dirname, "function-worker.mjs");
const LONGEST_LINE = 10_000;
/** How much of an invocation's log its record keeps. */
const MOST_LOG_CHARACTERS = 262_144;
/** Lambda gives a function's init ten seconds (Lambda developer guide, "Lambda runtime environment", DOC). */
const INIT_MS = 10_000;
/** A thread cannot start in less. */
const LEAST_HEAP_MB = 16;
/** Where new objects live: they are collected more often, so that each thread takes a few megabytes less. */
const YOUNG_HEAP_MB = 4;
/** Lambda kills what takes more than its memory. */
const KILLED = "Runtime exited with error: signal: killed";

/**
 * One execution environment: a worker thread that loads the function once, runs one request at a time with the template's
 * environment variables, and ends with what it ran when that hangs, exits or takes too much memory. Requests can be sent
 * ahead, so that the thread need not be woken for each: they begin one after the other, and until one begins it can be
 * taken back.
 */
export class ExecutionEnvironment {
  readonly #model: FunctionModel;
  readonly #worker: Worker;
  /** Characters of log on their way here; the worker waits when they are too many. */
  readonly #backlog = new Int32Array(new SharedArrayBuffer(4));
  /** The number of the request that began last. A thread begins a request by counting from its predecessor's number. */
  readonly #begun = new Int32Array(new SharedArrayBuffer(4));
  readonly #host: FunctionHost;
  readonly #log: (text: string) => void;
  #state: "starting" | "ready" | "ended" = "starting";
  #isNearMemoryLimit = false;
  /** How it ended, for a request that comes too late. */
  #ending: Ending = { kind: "error", message: "Runtime exited without providing a reason" };
  /** The first one runs, the others were sent ahead. */
  #queued: QueuedInvocation[] = [];
  #sent = 0;
  /** Of the first one. */
  readonly #deadline = new Deadline();
  /** When the first one's turn came. */
  #sinceMs = 0;

  constructor(model: FunctionModel, host: FunctionHost) {
    this.#model = model;
    this.#host = host;
    this.#log = lineByLine((line) => this.#takeLine(line));
    const { variables, context } = environmentOf(model, host.awsProfile, host.nowMs());
    const { code, handler, runtime, memoryMb } = model;
    this.#worker = new Worker(BOOTSTRAP, {
      workerData: {
        code,
        handler,
        runtime,
        context,
        memoryMb,
        backlog: this.#backlog,
        begun: this.#begun,
        originRedirects: [...host.originRedirects],
      },
      env: variables,
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: {
        maxOldGenerationSizeMb: Math.max(LEAST_HEAP_MB, memoryMb),
        maxYoungGenerationSizeMb: YOUNG_HEAP_MB,
      },
    });
    // What Node itself writes in the thread, such as a warning; the function's own output comes as messages.
    for (const stream of [this.#worker.stdout, this.#worker.stderr]) stream.setEncoding("utf8").on("data", this.#log);
    this.#worker.on("message", (message: WorkerMessage) => this.#receive(message));
    this.#worker.on("error", (error) => this.#fail(error));
    this.#worker.on("exit", (exitCode) => this.#exit(exitCode));
    this.#worker.unref();
  }

  get hasEnded(): boolean {
    return this.#state === "ended";
  }

  /** Little of its memory is left: it should not serve another request. */
  get isNearMemoryLimit(): boolean {
    return this.#isNearMemoryLimit;
  }

  /** How many requests it has, the running one included. */
  get load(): number {
    return this.#queued.length;
  }

  /** Whether its init is done, so that requests may be sent ahead. */
  get isReady(): boolean {
    return this.#state === "ready";
  }

  /** For how long the running request has been running. */
  get ranMs(): number {
    return performance.now() - this.#sinceMs;
  }

  /** Runs a request, after those that it was given before. */
  invoke(request: InvocationRequest): Promise<Outcome> {
    if (this.#state === "ended") return Promise.resolve({ ...this.#ending, logLines: [] });
    return new Promise((resolve) => {
      const queued: QueuedInvocation = { request, resolve, logLines: [], logCharacters: 0, number: 0 };
      const isFirst = this.#queued.push(queued) === 1;
      if (this.#state === "ready") this.#send(queued);
      if (isFirst) this.#begin(request);
    });
  }

  /** Gives back what has not begun. */
  withdraw(): void {
    const begun = Atomics.exchange(this.#begun, 0, this.#sent);
    const withdrawn = this.#queued.filter(({ number }) => number > begun);
    this.#queued = this.#queued.filter(({ number }) => number <= begun);
    if (this.#queued.length === 0) this.#deadline.lift();
    // The last one first: anyone who puts them at the head of a queue has them in their order.
    for (const { resolve } of withdrawn.toReversed()) resolve(NOT_BEGUN);
  }

  close(): void {
    this.#end(this.#ending);
  }

  #send(queued: QueuedInvocation) {
    const { event, requestId } = queued.request;
    queued.number = this.#sent += 1;
    this.#worker.postMessage({ event, requestId, number: queued.number, timeoutMs: this.#model.timeoutMs });
  }

  /** The time of the first one runs from now on. */
  #begin({ timeoutMs }: InvocationRequest) {
    this.#sinceMs = performance.now();
    if (this.#state === "ready") this.#limit(timeoutMs);
    else {
      const limitMs = Math.min(INIT_MS, timeoutMs);
      this.#deadline.set(limitMs, () => this.#runOut(limitMs, "Init"));
    }
  }

  /** @param leftMs of the integration's time */
  #limit(leftMs: number) {
    const ownMs = this.#model.timeoutMs;
    this.#deadline.set(Math.min(ownMs, leftMs), () => this.#runOut(ownMs, "Task"));
  }

  /** A function that runs out of its own time is a function error; the integration's own limit is a 503 (6.20). */
  #runOut(limitMs: number, phase: "Init" | "Task") {
    const isOwn = limitMs < (this.#queued[0]?.request.timeoutMs ?? 0);
    const message = `${phase} timed out after ${(limitMs / 1_000).toFixed(2)} seconds`;
    this.#log(`${message}\n`);
    this.#end(isOwn ? { kind: "error", message } : { kind: "timeout" });
  }

  #receive(message: WorkerMessage) {
    switch (message.kind) {
      case "log":
        this.#log(message.text);
        Atomics.sub(this.#backlog, 0, message.text.length);
        Atomics.notify(this.#backlog, 0);
        return;
      case "ready":
        return this.#becomeReady();
      case "failed-init":
        return this.#end({ kind: "error", message: message.errorMessage, stack: message.stack });
      case "out-of-memory":
        return this.#runOutOfMemory(`${message.usedMb} MB of buffers`);
      case "error":
        this.#isNearMemoryLimit = message.isNearMemoryLimit;
        return this.#finish({ kind: "error", message: message.errorMessage, stack: message.stack });
      case "result":
        this.#isNearMemoryLimit = message.isNearMemoryLimit;
        return this.#finish({ kind: "result", text: message.text, tookMs: message.tookMs });
    }
  }

  #becomeReady() {
    if (this.#state !== "starting") return;
    this.#state = "ready";
    this.#deadline.lift();
    for (const queued of this.#queued) this.#send(queued);
    const [first] = this.#queued;
    if (first) this.#limit(first.request.timeoutMs - this.ranMs);
  }

  /** What the function threw outside of a request, or a promise that nobody waited for. */
  #fail(error: Error & { readonly code?: string }) {
    if (error.code === "ERR_WORKER_OUT_OF_MEMORY") this.#runOutOfMemory("its heap");
    else this.#end({ kind: "error", message: error.message, stack: error.stack ?? error.message });
  }

  #runOutOfMemory(by: string) {
    this.#log(`ended: ${by} needed more than the function's MemorySize of ${this.#model.memoryMb} MB\n`);
    this.#end({ kind: "error", message: KILLED });
  }

  #exit(code: number) {
    this.#log("\n");
    const message = "Runtime exited without providing a reason";
    this.#end({ kind: "error", message: code === 0 ? message : `Runtime exited with error: exit status ${code}` });
  }

  #finish(ending: Ending) {
    this.#deadline.lift();
    this.#takeStack(ending);
    const done = this.#queued.shift();
    const [next] = this.#queued;
    if (next) this.#begin(next.request);
    done?.resolve({ ...ending, logLines: done.logLines });
  }

  #end(ending: Ending) {
    if (this.#state === "ended") return;
    this.#state = "ended";
    if (this.#queued.length > 0) this.#takeStack(ending);
    this.#ending = ending;
    this.#deadline.close();
    const begun = Atomics.exchange(this.#begun, 0, this.#sent);
    void this.#worker.terminate();
    const [first, ...ahead] = this.#queued;
    this.#queued = [];
    for (const { number, resolve, logLines } of ahead.toReversed())
      resolve(number > begun ? NOT_BEGUN : { ...ending, logLines });
    first?.resolve({ ...ending, logLines: first.logLines });
  }

  /** Whatever is written while a request runs belongs to it. */
  #takeLine(line: string) {
    const [running] = this.#queued;
    if (running && running.logCharacters < MOST_LOG_CHARACTERS) {
      running.logLines.push(line);
      running.logCharacters += line.length;
    }
    this.#host.onLog(this.#model.name, line);
  }

  #takeStack(ending: Ending) {
    if (ending.kind === "error" && ending.stack !== undefined) this.#takeLine(ending.stack);
  }
}

/** Hands text over line by line; a line without end is cut, so that a function's log cannot fill the memory. */
function lineByLine(onLine: (line: string) => void): (text: string) => void {
  let rest = "";
  return (text) => {
    const lines = (rest + text).split("\n");
    rest = (lines.pop() ?? "").slice(0, LONGEST_LINE);
    for (const line of lines) if (line !== "") onLine(line.slice(0, LONGEST_LINE));
  };
}
