import type { LocalFunction } from "../assembly/model.ts";
import { tooLarge } from "./event-size.ts";
import { ExecutionEnvironment, type Invocation, type InvocationRequest } from "./execution-environment.ts";
import type { FunctionHost } from "./function-host.ts";

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
/** Those who will be served so soon are left to the environments that run: waking another process takes longer. */
const SHORT_WAIT_MS = 3;
/** A function that takes less is one that computes: a second process would not answer sooner. */
const QUICK_MS = 1;
/** How many requests one environment has at a time, the running one included. */
const MOST_AT_ONCE = 8;
/** How long an environment is kept that nobody needs; the last one stays. */
const KEEP_IDLE_MS = 10_000;
/** The share of the latest answer in what an answer is expected to take. */
const LATEST_SHARE = 0.2;
const MOST_ENVIRONMENTS = 10;

/**
 * The execution environments of one function: each runs one request at a time, and more are started while a request waits
 * too long, up to a bound. A function that answers at once is served by one, however many wait: a second one would only
 * take memory and the processor from the first. Its next requests are sent ahead, so that its process does not fall asleep
 * between two. Ten slow requests get ten.
 */
export class FunctionPool {
  readonly model: LocalFunction;
  readonly #host: FunctionHost;
  /** The one that was used last at the end. */
  readonly #idle: Idle[] = [];
  readonly #busy = new Set<ExecutionEnvironment>();
  readonly #waiting: Waiting[] = [];
  readonly #mostEnvironments: number;
  #shrinking: NodeJS.Timeout | undefined;
  /** Requests that environments have. */
  #queued = 0;
  /** When an environment last began with a request. */
  #lastBeganMs = 0;
  /** What the function has lately taken for an answer, by the clock of its own process. Not short until it is known. */
  #usualMs = SHORT_WAIT_MS;
  /** Whether it will look again by itself. */
  #isLooking = false;
  #isClosed = false;

  constructor(model: LocalFunction, host: FunctionHost) {
    this.model = model;
    this.#host = host;
    const most = host.inspectPortOf === undefined ? MOST_ENVIRONMENTS : 1;
    this.#mostEnvironments = Math.min(most, model.reservedConcurrency ?? most);
  }

  /** Starts an environment ahead of the first request. */
  warm(): void {
    if (this.#idle.length + this.#busy.size === 0 && this.#mostEnvironments > 0) this.#rest(this.#start());
  }

  invoke(request: InvocationRequest): Promise<Invocation> {
    const refused = tooLarge(request.event);
    if (refused) return Promise.resolve(refused);
    const { reservedConcurrency } = this.model;
    if (reservedConcurrency !== undefined && this.#queued + this.#waiting.length >= reservedConcurrency)
      return Promise.resolve({ kind: "throttled", logLines: [] });
    return new Promise((resolve) => {
      this.#waiting.push({ request, resolve, sinceMs: performance.now() });
      this.#serveWaiting();
    });
  }

  /** Ends what is idle, and the rest when it has answered. A request that was routed before is still served. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#shrinking);
    for (const { environment } of this.#idle.splice(0)) environment.close();
  }

  #serveWaiting() {
    while (this.#waiting.length > 0) {
      const environment = this.#choose();
      if (!environment) break;
      this.#serveNext(environment);
    }
    if (this.#waiting.length > 0 || this.#queued > this.#busy.size) this.#lookAgainSoon();
  }

  /** Who serves the next request now; nobody where it is better off waiting for those that run. */
  #choose(): ExecutionEnvironment | undefined {
    if (this.#busy.size === 0) return this.#takeIdle() ?? this.#start();
    const shortMs = this.#usualMs < QUICK_MS ? PATIENCE_MS : SHORT_WAIT_MS;
    if (this.#expectedWaitMs() > shortMs) return this.#takeIdle();
    for (const one of this.#busy)
      if (one.isReady && !one.isNearMemoryLimit && one.load < MOST_AT_ONCE && one.ranMs <= shortMs) return one;
    return undefined;
  }

  #takeIdle(): ExecutionEnvironment | undefined {
    for (let idle = this.#idle.pop(); idle; idle = this.#idle.pop())
      if (!idle.environment.hasEnded) return idle.environment;
    return undefined;
  }

  #start(): ExecutionEnvironment {
    return new ExecutionEnvironment(this.model, this.#host);
  }

  #serveNext(environment: ExecutionEnvironment) {
    const waiting = this.#waiting.shift();
    if (waiting) void this.#run(environment, waiting);
  }

  async #run(environment: ExecutionEnvironment, waiting: Waiting): Promise<void> {
    this.#queued += 1;
    this.#busy.add(environment);
    if (environment.load === 0) this.#lastBeganMs = performance.now();
    const outcome = await environment.invoke(waiting.request);
    this.#queued -= 1;
    if (outcome.kind === "result") this.#usualMs += (outcome.tookMs - this.#usualMs) * LATEST_SHARE;
    if (outcome.kind === "not-begun") this.#waiting.unshift(waiting);
    else waiting.resolve(outcome);
    this.#goOnAfter(environment);
    this.#serveWaiting();
  }

  #goOnAfter(environment: ExecutionEnvironment) {
    if (environment.isNearMemoryLimit && environment.load > 0) environment.withdraw();
    if (environment.load > 0) {
      this.#lastBeganMs = performance.now();
      return;
    }
    if (!this.#busy.delete(environment)) return;
    if (environment.isNearMemoryLimit || this.#isClosed) environment.close();
    if (!environment.hasEnded) this.#rest(environment);
    else if (environment.isNearMemoryLimit && !this.#isClosed) this.warm();
  }

  /**
   * How long the last one that waits will have to, as far as one can tell, if nothing but what runs now serves it. The time
   * for which the latest has been running counts by half: a process that the system let wait is not a slow function.
   */
  #expectedWaitMs(): number {
    const environments = Math.max(1, this.#busy.size);
    const before = this.#queued - this.#busy.size + this.#waiting.length;
    return (performance.now() - this.#lastBeganMs) / 2 + (this.#usualMs * before) / environments;
  }

  /** Takes back what was sent ahead to one that takes long, and starts another one for who has waited long. */
  #lookAgain() {
    this.#isLooking = false;
    for (const one of this.#busy) if (one.load > 1 && one.ranMs > PATIENCE_MS) one.withdraw();
    this.#giveUp();
    const [first] = this.#waiting;
    const hasWaitedLong = first !== undefined && performance.now() - first.sinceMs >= PATIENCE_MS;
    if (hasWaitedLong && this.#expectedWaitMs() > PATIENCE_MS) {
      const environment = this.#takeIdle() ?? (this.#busy.size < this.#mostEnvironments ? this.#start() : undefined);
      if (environment) this.#serveNext(environment);
    }
    this.#serveWaiting();
  }

  /** After the answers that are there already: where the gateway itself is behind, the function is not slow. */
  #lookAgainSoon() {
    if (this.#isLooking) return;
    this.#isLooking = true;
    setTimeout(() => setImmediate(() => this.#lookAgain()), PATIENCE_MS);
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
      waiting.resolve({ kind: "timeout", logLines: [] });
    }
  }
}
