import type { FunctionModel } from "../assembly/model.ts";
import {
  ExecutionEnvironment,
  type Invocation,
  type InvocationRequest,
  type Surroundings,
} from "./execution-environment.ts";

interface Waiting {
  readonly request: InvocationRequest;
  readonly sinceMs: number;
  readonly resolve: (invocation: Invocation) => void;
  /** Its time is over while it still waits. */
  timer: NodeJS.Timeout | undefined;
}

/** How long a request waits for a busy environment before another one is started. */
const PATIENCE_MS = 15;
const MOST_ENVIRONMENTS = 10;
/** Lambda's limit of a synchronous request, below API Gateway's (6.23). */
const MOST_EVENT_BYTES = 6_291_456;
const TOO_LARGE: Invocation = {
  kind: "error",
  message: `Request must be smaller than ${MOST_EVENT_BYTES} bytes for the InvokeFunction operation`,
};

/**
 * The execution environments of one function: each runs one request at a time, and more are started while a request waits
 * too long, up to a bound. A function that answers at once is served by one; ten slow requests get ten.
 */
export class FunctionPool {
  readonly model: FunctionModel;
  readonly #surroundings: Surroundings;
  readonly #idle: ExecutionEnvironment[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #mostEnvironments: number;
  #growing: NodeJS.Timeout | undefined;
  #running = 0;
  #isClosed = false;

  constructor(model: FunctionModel, surroundings: Surroundings) {
    this.model = model;
    this.#surroundings = surroundings;
    this.#mostEnvironments = Math.min(MOST_ENVIRONMENTS, model.reservedConcurrency ?? MOST_ENVIRONMENTS);
  }

  /** Starts an environment ahead of the first request. */
  warm(): void {
    if (this.#idle.length + this.#running === 0 && this.#mostEnvironments > 0) this.#idle.push(this.#start());
  }

  invoke(request: InvocationRequest): Promise<Invocation> {
    if (Buffer.byteLength(request.event) > MOST_EVENT_BYTES) return Promise.resolve(TOO_LARGE);
    const { reservedConcurrency } = this.model;
    if (reservedConcurrency !== undefined && this.#running + this.#waiting.length >= reservedConcurrency)
      return Promise.resolve({ kind: "throttled" });
    const environment = this.#takeIdle() ?? (this.#running === 0 ? this.#start() : undefined);
    if (environment) return this.#run(environment, request);
    return new Promise((resolve) => {
      const waiting: Waiting = { request, resolve, sinceMs: performance.now(), timer: undefined };
      waiting.timer = setTimeout(() => this.#giveUp(waiting), request.timeoutMs);
      this.#waiting.push(waiting);
      if (!this.#growing) this.#growing = setTimeout(() => this.#grow(), PATIENCE_MS);
    });
  }

  /** Ends what is idle, and the rest when it has answered. A request that was routed before is still served. */
  close(): void {
    this.#isClosed = true;
    for (const environment of this.#idle.splice(0)) environment.close();
  }

  #takeIdle(): ExecutionEnvironment | undefined {
    for (let environment = this.#idle.pop(); environment; environment = this.#idle.pop())
      if (!environment.hasEnded) return environment;
    return undefined;
  }

  #start(): ExecutionEnvironment {
    return new ExecutionEnvironment(this.model, this.#surroundings);
  }

  async #run(environment: ExecutionEnvironment, request: InvocationRequest): Promise<Invocation> {
    this.#running += 1;
    const invocation = await environment.invoke(request);
    this.#running -= 1;
    if (invocation.kind === "error" && invocation.stack !== undefined) this.#surroundings.onLog(invocation.stack);
    this.#goOnWith(environment);
    return invocation;
  }

  #goOnWith(environment: ExecutionEnvironment) {
    if (environment.isWorn) environment.close();
    const waiting = this.#waiting.shift();
    if (waiting) {
      clearTimeout(waiting.timer);
      void this.#run(environment.hasEnded ? this.#start() : environment, waiting.request).then(waiting.resolve);
    } else if (this.#isClosed) environment.close();
    else if (!environment.hasEnded) this.#idle.push(environment);
    else if (environment.isWorn) this.warm();
  }

  /** Another environment for the one who has waited longest, if that is long enough. */
  #grow() {
    this.#growing = undefined;
    const [first] = this.#waiting;
    if (!first || this.#running >= this.#mostEnvironments) return;
    const leftMs = first.sinceMs + PATIENCE_MS - performance.now();
    if (leftMs <= 0) this.#goOnWith(this.#start());
    this.#growing = setTimeout(() => this.#grow(), leftMs <= 0 ? PATIENCE_MS : leftMs);
  }

  #giveUp(waiting: Waiting) {
    this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
    waiting.resolve({ kind: "timeout" });
  }
}
