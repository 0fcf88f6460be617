import { isDeepStrictEqual } from "node:util";
import type { FunctionModel, HttpApiModel, JwtAuthorizerModel, RouteModel, StageModel } from "../assembly/model.ts";
import { Router } from "../aws/router.ts";
import type { AwsProfile } from "../functions/function-environment.ts";
import { FunctionPool } from "../functions/function-pool.ts";
import type { FindKey } from "../rules/decision.ts";
import { type IdentitySource, readIdentitySource } from "../rules/identity-source.ts";
import { RequestAuthorizer } from "./request-authorizer.ts";
import { TokenBucket } from "./token-bucket.ts";

/** A JWT authorizer with all that it needs to decide. */
export interface ServedJwt {
  readonly kind: "jwt";
  readonly model: JwtAuthorizerModel;
  readonly source: IdentitySource;
  readonly scopes: readonly string[];
  readonly findKey: FindKey;
}

export type ServedAuthorizer =
  | { readonly kind: "none" }
  | ServedJwt
  | { readonly kind: "request"; readonly authorizer: RequestAuthorizer }
  | { readonly kind: "unserved"; readonly reason: string };

/** A route, ready to serve. */
export interface ServedRoute {
  readonly key: string;
  readonly authorizer: ServedAuthorizer;
  readonly integration: RouteModel["integration"];
  /** Of a Lambda integration. */
  readonly pool: FunctionPool | undefined;
}

/** A stage, ready to serve. */
export interface ServedStage {
  readonly model: StageModel;
  readonly bucket: TokenBucket | undefined;
  readonly routeBuckets: ReadonlyMap<string, TokenBucket>;
}

export interface ServingOptions {
  readonly keysFor: (issuer: string) => FindKey;
  readonly nowMs: () => number;
  readonly onFunctionLog: (functionName: string, line: string) => void;
  /** By origin, the loopback origin that answers a function's requests instead. */
  readonly standIns: ReadonlyMap<string, string>;
  /** See `Surroundings`. */
  readonly awsProfile: AwsProfile | undefined;
}

/** What a state of the API takes over from the one before it. */
interface Before {
  readonly stages: ReadonlyMap<string, ServedStage>;
  readonly pools: ReadonlyMap<string, FunctionPool>;
  readonly requestAuthorizers: ReadonlyMap<string, RequestAuthorizer>;
}

const NOTHING: Before = { stages: new Map(), pools: new Map(), requestAuthorizers: new Map() };

/** One API with its routes compiled and its functions' environments: what a reload replaces as a whole. */
export class Serving {
  readonly api: HttpApiModel;
  readonly router: Router<ServedRoute>;
  readonly #stages: ReadonlyMap<string, ServedStage>;
  readonly #pools = new Map<string, FunctionPool>();
  /** One a Lambda authorizer, however many routes name it: its cache is shared by them (8.9, DOC). */
  readonly #requestAuthorizers = new Map<string, RequestAuthorizer>();
  readonly #options: ServingOptions;
  #before: Before = NOTHING;
  #requests = 0;
  #onDrained: (() => void) | undefined;

  /** @param before what it takes the place of: functions, Lambda authorizers and stages that did not change go on as they are */
  constructor(api: HttpApiModel, options: ServingOptions, before?: Serving) {
    this.api = api;
    this.#options = options;
    if (before)
      this.#before = { stages: before.#stages, pools: before.#pools, requestAuthorizers: before.#requestAuthorizers };
    this.#stages = new Map(api.stages.map((stage) => [stage.name, this.#stage(stage)]));
    this.router = new Router(api.routes.map((route) => this.#serve(route)));
    this.#before = NOTHING;
  }

  /** A request begins; `end` must follow. */
  begin(): void {
    this.#requests += 1;
  }

  end(): void {
    this.#requests -= 1;
    if (this.#requests === 0) this.#onDrained?.();
  }

  /** When the last request is answered. Called once, when no new one can begin. */
  drained(): Promise<void> {
    return this.#requests === 0 ? Promise.resolve() : new Promise((resolve) => (this.#onDrained = resolve));
  }

  /** A stage that the path names in full, else `$default`, and the path without the stage (6.1, DOC). */
  stageOf(path: string): { readonly stage: ServedStage; readonly routePath: string } | undefined {
    const end = path.indexOf("/", 1);
    const first = path.slice(1, end < 0 ? undefined : end);
    const named = first === "$default" ? undefined : this.#stages.get(first);
    if (named) return { stage: named, routePath: end < 0 ? "/" : path.slice(end) };
    const stage = this.#stages.get("$default");
    return stage && { stage, routePath: path };
  }

  /** Starts one environment of each function, so that the first request does not wait for it. */
  warm(): void {
    for (const pool of this.#pools.values()) pool.warm();
  }

  /** Ends the functions' environments, each after its request; those that `successor` took over go on. */
  close(successor?: Serving): void {
    const goesOn = successor ? successor.#pools : NOTHING.pools;
    for (const [arn, pool] of this.#pools) if (goesOn.get(arn) !== pool) pool.close();
  }

  #stage(model: StageModel): ServedStage {
    const before = this.#before.stages.get(model.name);
    return before && isDeepStrictEqual(before.model, model) ? before : serveStage(model, this.#options.nowMs());
  }

  #serve({ key, authorization, integration }: RouteModel): ServedRoute {
    return {
      key,
      integration,
      authorizer: this.#guard(authorization),
      pool: integration.kind === "lambda" ? this.#poolOf(integration.function) : undefined,
    };
  }

  #guard(authorization: RouteModel["authorization"]): ServedAuthorizer {
    const { keysFor, nowMs } = this.#options;
    switch (authorization.kind) {
      case "none":
      case "unserved":
        return authorization;
      case "jwt": {
        const { authorizer: model, scopes } = authorization;
        const [expression = ""] = model.identitySource;
        const source = readIdentitySource(expression);
        if (!source || model.identitySource.length > 1)
          return {
            kind: "unserved",
            reason: `the identity source ${model.identitySource.join(", ")} is not known (1.6)`,
          };
        return { kind: "jwt", model, source, scopes, findKey: keysFor(model.issuer) };
      }
      case "request": {
        const { authorizer } = authorization;
        const pool = this.#poolOf(authorizer.function);
        const before = this.#before.requestAuthorizers.get(authorizer.id);
        const unchanged = before && isDeepStrictEqual(before.model, authorizer) ? before : undefined;
        const known = this.#requestAuthorizers.get(authorizer.id) ?? unchanged;
        const served = known ?? new RequestAuthorizer(authorizer, pool, nowMs);
        this.#requestAuthorizers.set(authorizer.id, served);
        return { kind: "request", authorizer: served };
      }
    }
  }

  #poolOf(model: FunctionModel): FunctionPool {
    const found = this.#pools.get(model.arn);
    if (found) return found;
    const before = this.#before.pools.get(model.arn);
    const pool = before && isDeepStrictEqual(before.model, model) ? before : this.#newPool(model);
    this.#pools.set(model.arn, pool);
    return pool;
  }

  #newPool(model: FunctionModel): FunctionPool {
    const { onFunctionLog, ...surroundings } = this.#options;
    return new FunctionPool(model, { ...surroundings, onLog: (line) => onFunctionLog(model.name, line) });
  }
}

const serveStage = (model: StageModel, nowMs: number): ServedStage => ({
  model,
  bucket: model.throttle && new TokenBucket(model.throttle, nowMs),
  routeBuckets: new Map(
    Object.entries(model.routeThrottles).map(([key, throttle]) => [key, new TokenBucket(throttle, nowMs)]),
  ),
});
