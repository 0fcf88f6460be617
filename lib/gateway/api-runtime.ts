import { isDeepStrictEqual } from "node:util";
import type {
  DomainModel,
  FunctionModel,
  HttpApiModel,
  RequestAuthorizerModel,
  RouteModel,
  StageModel,
} from "../assembly/model.ts";
import { Router } from "../aws/router.ts";
import type { FunctionHost } from "../functions/function-host.ts";
import { type FunctionRunner, runnerOf } from "../functions/function-runner.ts";
import type { RouteAuthorizer } from "./authorizers/authorizer.ts";
import { type AuthorizerParts, authorizerOf } from "./authorizers/authorizers.ts";
import { RequestAuthorizer } from "./authorizers/request-authorizer.ts";
import type { RouteIntegration } from "./integrations/integration.ts";
import { integrationOf } from "./integrations/integrations.ts";
import { hostNameOf, knownHosts } from "./known-hosts.ts";
import { TokenBucket } from "./token-bucket.ts";

/** A route, ready to serve. */
export interface ServedRoute {
  readonly key: string;
  readonly authorizer: RouteAuthorizer;
  readonly integration: RouteIntegration;
}

/** A stage, ready to serve. */
export interface ServedStage {
  readonly model: StageModel;
  readonly bucket: TokenBucket | undefined;
  readonly routeBuckets: ReadonlyMap<string, TokenBucket>;
}

/** Where a request goes in an API. */
export interface Placed {
  readonly stage: ServedStage;
  /** The path without the stage. */
  readonly routePath: string;
  /** The path that functions see. */
  readonly seenPath: string;
  /** The custom domain that it came by. @default - none */
  readonly domainName?: string;
  /** Of the domain's mapping; empty for the whole domain. */
  readonly mappingKey?: string;
}

/** What an API is run with. */
export interface ApiRuntimeParts extends Omit<AuthorizerParts, "requestAuthorizer"> {
  /** Its clock is that of throttles and caches, too. */
  readonly functionHost: FunctionHost;
  /** Host names that are taken besides the API's own. */
  readonly allowedHosts: readonly string[];
}

/** What a state of the API takes over from the one before it. */
interface Before {
  readonly stages: ReadonlyMap<string, ServedStage>;
  readonly runners: ReadonlyMap<string, FunctionRunner>;
  readonly requestAuthorizers: ReadonlyMap<string, RequestAuthorizer>;
}

const NOTHING: Before = { stages: new Map(), runners: new Map(), requestAuthorizers: new Map() };

/** One API with its routes compiled and its functions' environments: what a reload replaces as a whole. */
export class ApiRuntime {
  readonly api: HttpApiModel;
  readonly nowMs: () => number;
  /** Whether the gateway answers to the name in a Host header. */
  readonly knowsHost: (host: string | undefined) => boolean;
  readonly router: Router<ServedRoute>;
  readonly #stages: ReadonlyMap<string, ServedStage>;
  readonly #domains: ReadonlyMap<string, DomainModel>;
  readonly #runners = new Map<string, FunctionRunner>();
  /** One a Lambda authorizer, however many routes name it: its cache is shared by them (8.9, DOC). */
  readonly #requestAuthorizers = new Map<string, RequestAuthorizer>();
  readonly #parts: ApiRuntimeParts;
  #before: Before = NOTHING;
  #requests = 0;
  #onDrained: (() => void) | undefined;

  /** @param before what it replaces: functions, Lambda authorizers and stages that did not change go on as they are */
  constructor(api: HttpApiModel, parts: ApiRuntimeParts, before?: ApiRuntime) {
    this.api = api;
    this.nowMs = parts.functionHost.nowMs;
    this.knowsHost = knownHosts(api, parts.allowedHosts);
    this.#parts = parts;
    if (before)
      this.#before = {
        stages: before.#stages,
        runners: before.#runners,
        requestAuthorizers: before.#requestAuthorizers,
      };
    this.#domains = new Map(api.domains?.map((one) => [one.name, one]));
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

  /**
   * The stage of a request, and the path that its routes are compared with. Behind a custom domain the longest mapping key
   * that the path begins with chooses the stage (6.9, DOC), and the path that functions see has the stage's name in the
   * key's place (6.8, UNK).
   * @param host the Host header
   */
  placeOf(host: string | undefined, path: string): Placed | undefined {
    const domain = this.#domains.get(hostNameOf(host ?? ""));
    if (!domain) {
      const placed = this.#stageOf(path);
      return placed && { ...placed, seenPath: path };
    }
    const mapping = domain.mappings
      .filter(({ key }) => key === "" || path === `/${key}` || path.startsWith(`/${key}/`))
      .toSorted((one, other) => other.key.length - one.key.length)[0];
    const stage = mapping && this.#stages.get(mapping.stage);
    if (!mapping || !stage) return undefined;
    const routePath = (mapping.key === "" ? path : path.slice(mapping.key.length + 1)) || "/";
    const seenPath = stage.model.name === "$default" ? routePath : `/${stage.model.name}${routePath}`;
    return { stage, routePath, seenPath, domainName: domain.name, mappingKey: mapping.key };
  }

  /** A stage that the path names in full, else `$default`, and the path without the stage (6.1, DOC). */
  #stageOf(path: string): { readonly stage: ServedStage; readonly routePath: string } | undefined {
    const end = path.indexOf("/", 1);
    const first = path.slice(1, end < 0 ? undefined : end);
    const named = first === "$default" ? undefined : this.#stages.get(first);
    if (named) return { stage: named, routePath: end < 0 ? "/" : path.slice(end) };
    const stage = this.#stages.get("$default");
    return stage && { stage, routePath: path };
  }

  /** Starts one environment of each function, so that the first request does not wait for it. */
  warm(): void {
    for (const runner of this.#runners.values()) runner.warm();
  }

  /** Ends the functions' environments, each after its request; those that `successor` took over go on. */
  close(successor?: ApiRuntime): void {
    const goesOn = successor ? successor.#runners : NOTHING.runners;
    for (const [arn, runner] of this.#runners) if (goesOn.get(arn) !== runner) runner.close();
  }

  #stage(model: StageModel): ServedStage {
    const before = this.#before.stages.get(model.name);
    return before && isDeepStrictEqual(before.model, model) ? before : serveStage(model, this.nowMs());
  }

  #serve({ key, authorization, integration }: RouteModel): ServedRoute {
    return {
      key,
      authorizer: authorizerOf(authorization, {
        ...this.#parts,
        requestAuthorizer: (model) => this.#requestAuthorizer(model),
      }),
      integration: integrationOf(integration, { runnerOf: (model) => this.#runnerOf(model) }),
    };
  }

  #requestAuthorizer(model: RequestAuthorizerModel): RequestAuthorizer {
    const runner = this.#runnerOf(model.function);
    const before = this.#before.requestAuthorizers.get(model.id);
    const unchanged = before && isDeepStrictEqual(before.model, model) ? before : undefined;
    const served =
      this.#requestAuthorizers.get(model.id) ?? unchanged ?? new RequestAuthorizer(model, runner, this.nowMs);
    this.#requestAuthorizers.set(model.id, served);
    return served;
  }

  #runnerOf(model: FunctionModel): FunctionRunner {
    const found = this.#runners.get(model.arn);
    if (found) return found;
    const before = this.#before.runners.get(model.arn);
    const runner =
      before && isDeepStrictEqual(before.model, model) ? before : runnerOf(model, this.#parts.functionHost);
    this.#runners.set(model.arn, runner);
    return runner;
  }
}

const serveStage = (model: StageModel, nowMs: number): ServedStage => ({
  model,
  bucket: model.throttle && new TokenBucket(model.throttle, nowMs),
  routeBuckets: new Map(
    Object.entries(model.routeThrottles).map(([key, throttle]) => [key, new TokenBucket(throttle, nowMs)]),
  ),
});
