import { randomBytes } from "node:crypto";
import type { LocalFunction } from "../assembly/model.ts";
import { Deadline } from "./deadline.ts";
import { environmentOf } from "./function-environment.ts";
import type { FunctionHost } from "./function-host.ts";
import { type FunctionProcess, type ProcessEnd, startFunctionProcess } from "./function-process.ts";
import type { Frame } from "./runtime/frames.ts";

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
  /** Only the process that was asked knows it: a function that writes frames of its own does not. 0 while it waits for the init. */
  secret: number;
}

const LONGEST_LINE = 10_000;
/** A stack with its cause, as the runtime cuts it, and a little more. */
const LONGEST_ERROR = 10_100;
/** How much of an invocation's log its record keeps. */
const MOST_LOG_CHARACTERS = 262_144;
/** Lambda gives a function's init ten seconds (Lambda developer guide, "Lambda runtime environment", DOC). */
const INIT_MS = 10_000;
/** Lambda kills what takes more than its memory. */
const KILLED = "Runtime exited with error: signal: killed";
/** What Node writes before it aborts a process whose heap is full. */
const HEAP_IS_FULL = "heap out of memory";
/** As the runtime's log calls them. */
const SIGNALS: Readonly<Record<string, string>> = {
  SIGABRT: "aborted",
  SIGKILL: "killed",
  SIGSEGV: "segmentation fault",
  SIGTERM: "terminated",
};

/**
 * One execution environment: a process that loads the function once, runs one request at a time with the template's
 * environment variables, and ends with what it ran when that hangs, exits or takes too much memory. Requests can be sent
 * ahead, so that the process need not be woken for each: they begin one after the other, and until one begins it can be
 * taken back. Why a process and not a thread: docs/decisions/functions-in-processes.md.
 */
export class ExecutionEnvironment {
  readonly #model: LocalFunction;
  readonly #process: FunctionProcess;
  readonly #host: FunctionHost;
  readonly #log: (text: string) => void;
  #state: "starting" | "ready" | "ended" = "starting";
  #isNearMemoryLimit = false;
  #isWithdrawing = false;
  #isHeapFull = false;
  /** How it ended, for a request that comes too late. */
  #ending: Ending = { kind: "error", message: "Runtime exited without providing a reason" };
  /** The first one runs, the others were sent ahead. */
  #queued: QueuedInvocation[] = [];
  /** Whether everything that it said before its end has been read. */
  #isSettled = false;
  /** Of the first one. */
  readonly #deadline = new Deadline();
  /** When the first one's turn came. */
  #sinceMs = 0;

  constructor(model: LocalFunction, host: FunctionHost) {
    this.#model = model;
    this.#host = host;
    this.#log = lineByLine((line) => this.#takeLine(line));
    const { variables, context } = environmentOf(model, host, host.nowMs());
    const { code, handler, runtime, memoryMb, timeoutMs } = model;
    const issuerRedirects = [...host.issuerRedirects];
    const { sdkFolders = [], inspectPortOf } = host;
    const inspectPort = inspectPortOf?.(model.name);
    this.#process = startFunctionProcess({
      init: { code, handler, runtime, context, memoryMb, timeoutMs, issuerRedirects, sdkFolders, inspectPort },
      variables,
      onFrame: (frame) => this.#receive(frame),
      onText: (text) => {
        this.#isHeapFull ||= text.includes(HEAP_IS_FULL);
        this.#log(text);
      },
      onEnd: (end) => this.#settle(end),
    });
  }

  /** A function that waits in a breakpoint has no time limit. */
  get #isInspected(): boolean {
    return this.#host.inspectPortOf !== undefined;
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
    return this.#state === "ready" && !this.#isWithdrawing;
  }

  /** For how long the running request has been running. */
  get ranMs(): number {
    return performance.now() - this.#sinceMs;
  }

  /** Runs a request, after those that it was given before. */
  invoke(request: InvocationRequest): Promise<Outcome> {
    if (this.#isSettled) return Promise.resolve({ ...this.#ending, logLines: [] });
    return new Promise((resolve) => {
      const queued: QueuedInvocation = { request, resolve, logLines: [], logCharacters: 0, secret: 0 };
      const isFirst = this.#queued.push(queued) === 1;
      if (this.#state === "ready") this.#send(queued);
      if (isFirst && this.#state !== "ended") this.#begin(request);
    });
  }

  /** Asks for those back that have not begun. They end as `not-begun` when the function's process has said which. */
  withdraw(): void {
    if (this.#isWithdrawing || this.#queued.length < 2 || this.#state !== "ready") return;
    this.#isWithdrawing = true;
    this.#process.send({ kind: "withdraw" });
  }

  close(): void {
    this.#end(this.#ending);
  }

  #send(queued: QueuedInvocation) {
    const { event, requestId } = queued.request;
    queued.secret = newSecret();
    this.#process.send({ kind: "invoke", secret: queued.secret, text: `${requestId}\n${event}` });
  }

  /** The time of the first one runs from now on. */
  #begin({ timeoutMs }: InvocationRequest) {
    this.#sinceMs = performance.now();
    if (this.#isInspected) return;
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

  #receive({ kind, secret, value, isNearMemoryLimit, text }: Frame) {
    switch (kind) {
      case "log":
        return this.#log(text);
      case "ready":
        return this.#becomeReady();
      case "failed-init":
      case "fatal":
        return this.#end(errorIn(text));
      case "out-of-memory":
        return this.#runOutOfMemory(`${value} MB of buffers`);
      case "withdrawn":
        return this.#takeBack(value);
      case "error":
      case "result":
        // An answer to nobody's question is made up.
        if (this.#queued[0]?.secret !== secret || secret === 0) return;
        this.#isNearMemoryLimit = isNearMemoryLimit;
        if (kind === "error") return this.#finish(errorIn(text));
        return this.#finish(resultOf(text, value));
      default:
        return;
    }
  }

  /** The last so many of the queue never began. The last one first: at the head of a queue they are then in their order. */
  #takeBack(count: number) {
    if (!this.#isWithdrawing) return;
    this.#isWithdrawing = false;
    // The one that runs cannot be taken back, whatever the function says.
    const at = Math.max(1, this.#queued.length - Math.max(0, Math.trunc(count) || 0));
    for (const { resolve } of this.#queued.splice(at).toReversed()) resolve(NOT_BEGUN);
  }

  #becomeReady() {
    if (this.#state !== "starting") return;
    this.#state = "ready";
    this.#deadline.lift();
    for (const queued of this.#queued) this.#send(queued);
    const [first] = this.#queued;
    if (first && !this.#isInspected) this.#limit(first.request.timeoutMs - this.ranMs);
  }

  #runOutOfMemory(by: string) {
    this.#log(`ended: ${by} needed more than the function's MemorySize of ${this.#model.memoryMb} MB\n`);
    this.#end({ kind: "error", message: KILLED });
  }

  #finish(ending: Ending) {
    this.#deadline.lift();
    this.#takeStack(ending);
    const done = this.#queued.shift();
    const [next] = this.#queued;
    if (next && this.#state !== "ended") this.#begin(next.request);
    done?.resolve({ ...ending, logLines: done.logLines });
  }

  /** What is under way is answered when the process is gone and all that it said is read. */
  #end(ending: Ending) {
    if (this.#state === "ended") return;
    this.#state = "ended";
    if (this.#queued.length > 0) this.#takeStack(ending);
    this.#ending = ending;
    this.#deadline.close();
    this.#process.kill();
  }

  #settle(end: ProcessEnd) {
    this.#log("\n");
    if (this.#isHeapFull) this.#runOutOfMemory("its heap");
    else this.#end({ kind: "error", message: endingText(end) });
    this.#isSettled = true;
    // Frames arrive in order: anyone who comes after the first one without an answer never began.
    const [first, ...ahead] = this.#queued;
    this.#queued = [];
    for (const { resolve } of ahead.toReversed()) resolve(NOT_BEGUN);
    first?.resolve({ ...this.#ending, logLines: first.logLines });
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
    if (ending.kind !== "error" || ending.stack === undefined) return;
    for (const line of ending.stack.split("\n")) this.#takeLine(line);
  }
}

const endingText = ({ exitCode, signal, fault }: ProcessEnd): string => {
  if (fault !== undefined) return `Runtime exited with error: ${fault}`;
  if (signal) return `Runtime exited with error: signal: ${SIGNALS[signal] ?? signal}`;
  return exitCode ? `Runtime exited with error: exit status ${exitCode}` : "Runtime exited without providing a reason";
};

/** An error as the function's process says it. */
function errorIn(text: string): Ending {
  const { message, stack } = (parsed(text) ?? {}) as { readonly message?: unknown; readonly stack?: unknown };
  return {
    kind: "error",
    message: String(message).slice(0, LONGEST_ERROR),
    stack: String(stack).slice(0, LONGEST_ERROR),
  };
}

/** The result has to be JSON: anyone who reads it relies on that. */
const resultOf = (text: string, tookMs: number): Ending => ({ kind: "result", text, tookMs: Math.max(0, tookMs || 0) });

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const SECRET_BYTES = 6;
const secrets = { pool: randomBytes(SECRET_BYTES * 512), at: 0 };

/** 48 random bits, never 0. */
function newSecret(): number {
  if (secrets.at === secrets.pool.length) Object.assign(secrets, { pool: randomBytes(SECRET_BYTES * 512), at: 0 });
  secrets.at += SECRET_BYTES;
  return secrets.pool.readUIntBE(secrets.at - SECRET_BYTES, SECRET_BYTES) || 1;
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
