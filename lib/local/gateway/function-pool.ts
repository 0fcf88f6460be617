import type { FunctionModel } from "../assembly/model.ts";
import {
  ExecutionEnvironment,
  type Invocation,
  type InvocationRequest,
  type Surroundings,
} from "./execution-environment.ts";

interface Waiting {
  readonly request: InvocationRequest;
  readonly resolve: (invocation: Invocation) => void;
}

/** How long a request waits for a busy environment before another one is started. */
const PATIENCE_MS = 15;
const MOST_ENVIRONMENTS = 10;

/**
 * The execution environments of one function: each runs one request at a time, and more are started while requests wait,
 * up to a bound. A function that answers at once is served by one; ten slow requests get ten.
 */
export class FunctionPool {
  readonly #model: FunctionModel;
  readonly #surroundings: Surroundings;
  readonly #all = new Set<ExecutionEnvironment>();
  readonly #idle: ExecutionEnvironment[] = [];
  readonly #waiting: Waiting[] = [];
  #growing: NodeJS.Timeout | undefined;
  #running = 0;
  #isClosed = false;

  constructor(model: FunctionModel, surroundings: Surroundings) {
    this.#model = model;
    this.#surroundings = surroundings;
  }

  get model(): FunctionModel {
    return this.#model;
  }

  /** Starts an environment ahead of the first request. */
  warm(): void {
    if (this.#all.size === 0) this.#idle.push(this.#start());
  }

  invoke(request: InvocationRequest): Promise<Invocation> {
    const { reservedConcurrency } = this.#model;
    if (reservedConcurrency !== undefined && this.#running + this.#waiting.length >= reservedConcurrency)
      return Promise.resolve({ kind: "throttled" });
    const environment = this.#takeIdle() ?? (this.#all.size === 0 ? this.#start() : undefined);
    if (environment) return this.#run(environment, request);
    return new Promise((resolve) => {
      this.#waiting.push({ request, resolve });
      this.#growing ??= setTimeout(() => this.#grow(), PATIENCE_MS);
    });
  }

  /** Lets what runs finish and ends the rest. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#growing);
    for (const environment of this.#idle.splice(0)) environment.close();
    if (this.#running === 0) for (const environment of this.#all) environment.close();
  }

  #takeIdle(): ExecutionEnvironment | undefined {
    for (let environment = this.#idle.pop(); environment; environment = this.#idle.pop())
      if (!environment.hasEnded) return environment;
    return undefined;
  }

  #start(): ExecutionEnvironment {
    const environment = new ExecutionEnvironment(this.#model, this.#surroundings, (ended) => this.#all.delete(ended));
    this.#all.add(environment);
    return environment;
  }

  async #run(environment: ExecutionEnvironment, request: InvocationRequest): Promise<Invocation> {
    this.#running += 1;
    const invocation = await environment.invoke(request);
    this.#running -= 1;
    if (invocation.kind === "error" && invocation.stack !== undefined) this.#surroundings.onLog(invocation.stack);
    this.#next(environment);
    return invocation;
  }

  #next(environment: ExecutionEnvironment) {
    const waiting = this.#waiting.shift();
    if (waiting)
      void this.#run(environment.hasEnded ? this.#start() : environment, waiting.request).then(waiting.resolve);
    else if (this.#isClosed) environment.close();
    else if (!environment.hasEnded) this.#idle.push(environment);
  }

  #grow() {
    this.#growing = undefined;
    if (
      this.#waiting.length === 0 ||
      this.#all.size >= Math.min(MOST_ENVIRONMENTS, this.#model.reservedConcurrency ?? MOST_ENVIRONMENTS)
    )
      return;
    this.#next(this.#start());
    if (this.#waiting.length > 0) this.#growing = setTimeout(() => this.#grow(), PATIENCE_MS);
  }
}
