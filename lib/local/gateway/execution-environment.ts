import { delimiter, join } from "node:path";
import { Worker } from "node:worker_threads";
import type { FunctionModel } from "../assembly/model.ts";

/** How an invocation ended. */
export type Invocation =
  | { readonly kind: "result"; readonly text: string }
  /** The function threw, exited, ran out of memory or out of its own time: a function error of Lambda. */
  | { readonly kind: "error"; readonly message: string; readonly stack?: string }
  /** The integration's time was over first. */
  | { readonly kind: "timeout" }
  /** No environment was free and no more are allowed. */
  | { readonly kind: "throttled" };

type WorkerMessage =
  | { readonly kind: "ready" }
  | { readonly kind: "result"; readonly text: string }
  | { readonly kind: "error" | "failed-init"; readonly errorMessage: string; readonly stack: string };

export interface InvocationRequest {
  /** The event as JSON: it crosses into the function as text, as in Lambda. */
  readonly event: string;
  readonly requestId: string;
  /** Of the integration or authorizer that calls. */
  readonly timeoutMs: number;
}

/** What surrounds a function on this machine. */
export interface Surroundings {
  /** Takes each line that the function writes. */
  readonly onLog: (line: string) => void;
  /** The origins that a function may ask for, and the loopback ones that answer instead: the embedded issuers. */
  readonly standIns: ReadonlyMap<string, string>;
}

const BOOTSTRAP = join(import.meta.dirname, "function-worker.mjs");
const LONGEST_LINE = 10_000;

/**
 * One execution environment: a worker thread that runs one request at a time with the template's environment variables,
 * and ends with what it ran when that hangs, exits or takes too much memory.
 */
export class ExecutionEnvironment {
  readonly #model: FunctionModel;
  readonly #worker: Worker;
  readonly #onEnd: (environment: ExecutionEnvironment) => void;
  #finish: ((invocation: Invocation) => void) | undefined;
  #ready: Promise<Invocation | undefined>;
  #hasEnded = false;

  constructor(model: FunctionModel, surroundings: Surroundings, onEnd: (environment: ExecutionEnvironment) => void) {
    const { onLog, standIns } = surroundings;
    this.#model = model;
    this.#onEnd = onEnd;
    this.#worker = new Worker(BOOTSTRAP, {
      workerData: { code: model.code, handler: model.handler, context: fixedContext(model), standIns: [...standIns] },
      env: environmentOf(model),
      execArgv: [],
      stdout: true,
      stderr: true,
      resourceLimits: { maxOldGenerationSizeMb: Math.max(16, model.memoryMb), maxYoungGenerationSizeMb: 16 },
    });
    for (const stream of [this.#worker.stdout, this.#worker.stderr]) eachLine(stream, onLog);
    this.#ready = new Promise((resolve) => {
      this.#worker.on("message", (message: WorkerMessage) => this.#receive(message, resolve));
      this.#worker.on("error", (error) => this.#end({ kind: "error", message: error.message }, resolve));
      this.#worker.on("exit", (code) =>
        this.#end({ kind: "error", message: `Runtime exited with error: exit status ${code}` }, resolve),
      );
    });
    this.#worker.unref();
  }

  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  async invoke({ event, requestId, timeoutMs }: InvocationRequest): Promise<Invocation> {
    const failedInit = await this.#ready;
    if (failedInit) return failedInit;
    const ownMs = this.#model.timeoutMs;
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => {
          const seconds = (ownMs / 1_000).toFixed(2);
          this.#end(
            // A function that runs out of its own time is a function error; the integration's own limit is a 503 (6.20).
            ownMs < timeoutMs
              ? { kind: "error", message: `Task timed out after ${seconds} seconds` }
              : { kind: "timeout" },
          );
          this.close();
        },
        Math.min(ownMs, timeoutMs),
      );
      this.#finish = (invocation) => {
        clearTimeout(timer);
        this.#finish = undefined;
        resolve(invocation);
      };
      this.#worker.postMessage({ event, requestId, deadlineMs: Date.now() + ownMs });
    });
  }

  close(): void {
    this.#hasEnded = true;
    void this.#worker.terminate();
  }

  #receive(message: WorkerMessage, ready: (failed: Invocation | undefined) => void) {
    switch (message.kind) {
      case "ready":
        return ready(undefined);
      case "failed-init":
        this.#end({ kind: "error", message: message.errorMessage, stack: message.stack }, ready);
        return this.close();
      case "error":
        return this.#finish?.({ kind: "error", message: message.errorMessage, stack: message.stack });
      case "result":
        return this.#finish?.({ kind: "result", text: message.text });
    }
  }

  #end(invocation: Invocation, ready?: (failed: Invocation | undefined) => void) {
    if (!this.#hasEnded) {
      this.#hasEnded = true;
      this.#onEnd(this);
    }
    ready?.(invocation);
    this.#finish?.(invocation);
  }
}

/** The context's members that are the same for every request. */
const fixedContext = ({ name, arn, memoryMb, logGroup }: FunctionModel) => ({
  functionName: name,
  functionVersion: "$LATEST",
  invokedFunctionArn: arn,
  memoryLimitInMB: String(memoryMb),
  logGroupName: logGroup,
  logStreamName: "local/[$LATEST]",
});

/** The template's variables and those that Lambda sets; of the developer's shell only what a program needs to run. */
function environmentOf({
  name,
  handler,
  memoryMb,
  region,
  logGroup,
  code,
  environment,
  layers = [],
}: FunctionModel): Record<string, string> {
  return {
    // What a layer brings: /opt/nodejs in Lambda, the last of them first, since it would have overwritten the others.
    NODE_PATH: layers
      .toReversed()
      .flatMap((layer) => [join(layer, "nodejs", "node_modules"), join(layer, "nodejs", "node24", "node_modules")])
      .join(delimiter),
    PATH: process.env.PATH ?? "",
    HOME: process.env.HOME ?? "/tmp",
    TZ: ":UTC",
    LANG: "en_US.UTF-8",
    _HANDLER: handler,
    ...("directory" in code ? { LAMBDA_TASK_ROOT: code.directory } : {}),
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(memoryMb),
    AWS_LAMBDA_LOG_GROUP_NAME: logGroup,
    AWS_LAMBDA_LOG_STREAM_NAME: "local/[$LATEST]",
    AWS_LAMBDA_INITIALIZATION_TYPE: "on-demand",
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    ...environment,
  };
}

/** Hands a stream over line by line; a line without end is cut, so that a function's log cannot fill the memory. */
function eachLine(stream: NodeJS.ReadableStream, onLine: (line: string) => void) {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = (lines.pop() ?? "").slice(0, LONGEST_LINE);
    for (const line of lines) onLine(line.slice(0, LONGEST_LINE));
  });
  stream.on("end", () => {
    if (rest !== "") onLine(rest);
  });
}
