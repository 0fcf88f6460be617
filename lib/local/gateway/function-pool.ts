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
}

interface Idle {
  readonly environment: ExecutionEnvironment;
  readonly sinceMs: number;
}

/** How long a request waits for a busy environment before another one is started. */
const PATIENCE_MS = 15;
/** Those who will be served so soon are left to the environments that run: waking another thread takes longer. */
const SHORT_WAIT_MS = 3;
/** How long an environment is kept that nobody needs; the last one stays. */
const KEEP_IDLE_MS = 10_000;
/** The share of the latest answer in what an answer is expected to take. */
const LATEST_SHARE = 0.2;
const MOST_ENVIRONMENTS = 10;
/** Lambda's limit of a synchronous request, below API Gateway's (6.23). */
const MOST_EVENT_BYTES = 6_291_456;
const TOO_LARGE: Invocation = {
  kind: "error",
  message: `Request must be smaller than ${MOST_EVENT_BYTES} bytes for the InvokeFunction operation`,
};

/**
 * The execution environments of one function: each runs one request at a time, and more are started while a request waits
 * too long, up to a bound. A function that answers at once is served by one, however many wait: a second one would only
 * take memory and the processor from the first. Ten slow requests get ten.
 */
export class FunctionPool {
  readonly model: FunctionModel;
  readonly #surroundings: Surroundings;
  /** The one that was used last at the end. */
  readonly #idle: Idle[] = [];
  readonly #waiting: Waiting[] = [];
  readonly #mostEnvironments: number;
  #growing: NodeJS.Timeout | undefined;
  #shrinking: NodeJS.Timeout | undefined;
  #running = 0;
  /** When a request was last given to an environment; while anybody waits, that one is still running. */
  #lastBeganMs = 0;
  /** What the function has lately taken for an answer, by the clock of its own thread. */
  #usualMs = 0;
  #isClosed = false;

  constructor(model: FunctionModel, surroundings: Surroundings) {
    this.model = model;
    this.#surroundings = surroundings;
    this.#mostEnvironments = Math.min(MOST_ENVIRONMENTS, model.reservedConcurrency ?? MOST_ENVIRONMENTS);
  }

  /** Starts an environment ahead of the first request. */
  warm(): void {
    if (this.#idle.length + this.#running === 0 && this.#mostEnvironments > 0) this.#rest(this.#start());
  }

  invoke(request: InvocationRequest): Promise<Invocation> {
    if (Buffer.byteLength(request.event) > MOST_EVENT_BYTES) return Promise.resolve(TOO_LARGE);
    const { reservedConcurrency } = this.model;
    if (reservedConcurrency !== undefined && this.#running + this.#waiting.length >= reservedConcurrency)
      return Promise.resolve({ kind: "throttled" });
    const isSoon = this.#running > 0 && this.#expectedWaitMs(this.#waiting.length + 1) <= SHORT_WAIT_MS;
    const environment = isSoon ? undefined : (this.#takeIdle() ?? (this.#running === 0 ? this.#start() : undefined));
    if (environment) return this.#run(environment, request);
    return new Promise((resolve) => {
      this.#waiting.push({ request, resolve, sinceMs: performance.now() });
      if (!this.#growing) this.#lookAgainIn(PATIENCE_MS);
    });
  }

  /** Ends what is idle, and the rest when it has answered. A request that was routed before is still served. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#shrinking);
    for (const { environment } of this.#idle.splice(0)) environment.close();
  }

  #takeIdle(): ExecutionEnvironment | undefined {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop())
      if (!idle.environment.hasEnded) return idle.environment;
    return undefined;
  }

  #start(): ExecutionEnvironment {
    return new ExecutionEnvironment(this.model, this.#surroundings);
  }

  async #run(environment: ExecutionEnvironment, request: InvocationRequest): Promise<Invocation> {
    this.#running += 1;
    this.#lastBeganMs = performance.now();
    const invocation = await environment.invoke(request);
    this.#running -= 1;
    if (invocation.kind === "result") this.#usualMs += (invocation.tookMs - this.#usualMs) * LATEST_SHARE;
    if (invocation.kind === "error" && invocation.stack !== undefined) this.#surroundings.onLog(invocation.stack);
    this.#goOnWith(environment);
    return invocation;
  }

  #goOnWith(environment: ExecutionEnvironment) {
    if (environment.isWorn) environment.close();
    const isNeeded = this.#running === 0 || this.#expectedWaitMs(this.#waiting.length) > SHORT_WAIT_MS;
    if (this.#waiting.length > 0 && isNeeded) this.#serveNext(environment.hasEnded ? this.#start() : environment);
    else if (this.#isClosed) environment.close();
    else if (!environment.hasEnded) this.#rest(environment);
    else if (environment.isWorn) this.warm();
  }

  #serveNext(environment: ExecutionEnvironment) {
    const waiting = this.#waiting.shift();
    if (!waiting) return;
    void this.#run(environment, waiting.request).then(waiting.resolve);
  }

  /**
   * How long so many have to wait for those that run now, as far as one can tell. The time for which the last has been
   * running counts by half: a thread that the system let wait is no slow function.
   */
  #expectedWaitMs(waiting: number): number {
    const ranMs = performance.now() - this.#lastBeganMs;
    return ranMs / 2 + (this.#usualMs * waiting) / Math.max(1, this.#running);
  }

  /** Another environment for the one who has waited longest, if that is long enough and more will. */
  #grow() {
    this.#growing = undefined;
    this.#giveUp();
    const [first] = this.#waiting;
    if (!first) return;
    const leftMs = first.sinceMs + PATIENCE_MS - performance.now();
    if (leftMs <= 0 && this.#expectedWaitMs(this.#waiting.length) > PATIENCE_MS) {
      const environment = this.#takeIdle() ?? (this.#running < this.#mostEnvironments ? this.#start() : undefined);
      if (environment) this.#serveNext(environment);
    }
    this.#lookAgainIn(leftMs <= 0 ? PATIENCE_MS : leftMs);
  }

  /** After the answers that are there already: where the gateway itself is behind, the function is not slow. */
  #lookAgainIn(ms: number) {
    this.#growing = setTimeout(() => setImmediate(() => this.#grow()), ms);
  }

  #rest(environment: ExecutionEnvironment) {
    this.#idle.push({ environment, sinceMs: performance.now() });
    if (this.#idle.length > 1) this.#shrinking ??= setTimeout(() => this.#shrink(), KEEP_IDLE_MS).unref();
  }

  /** Ends those that nobody has needed for a while. */
  #shrink() {
    this.#shrinking = undefined;
    const untilMs = performance.now() - KEEP_IDLE_MS;
    while (this.#idle.length > 1 && (this.#idle[0]?.sinceMs ?? 0) <= untilMs) this.#idle.shift()?.environment.close();
    if (this.#idle.length > 1) this.#shrinking = setTimeout(() => this.#shrink(), KEEP_IDLE_MS).unref();
  }

  /** Answers those whose time was over while they waited. */
  #giveUp() {
    const nowMs = performance.now();
    for (const waiting of this.#waiting.filter(({ sinceMs, request }) => nowMs - sinceMs >= request.timeoutMs)) {
      this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
      waiting.resolve({ kind: "timeout" });
    }
  }
}
