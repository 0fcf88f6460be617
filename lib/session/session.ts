import type { HttpApiModel } from "../assembly/model.ts";
import type { FunctionHost } from "../functions/function-host.ts";
import { type Gateway, startGateway } from "../gateway/gateway.ts";
import type { RequestRecord } from "../gateway/request-record.ts";
import type { EmbeddedIssuer } from "../issuer/embedded-issuer.ts";
import type { HeldKeys, IssuerEvent } from "../keys/issuer-keys.ts";
import type { FindKey } from "../rules/key-answer.ts";
import type { SigningKey } from "../tokens/signing-keys.ts";
import { Issuers, type StandIn } from "./issuers.ts";

export interface SessionOptions {
  /** The APIs to serve, each on a port of its own. */
  readonly apis: readonly HttpApiModel[];
  /** Of the first API; the next takes the next port. 0 for any. */
  readonly port: number;
  /** @default "127.0.0.1" */
  readonly host?: string | undefined;
  /** Host names that the gateways take besides the APIs' own; `*` for any. */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Of the first embedded issuer. 0 for any. */
  readonly issuerPort: number;
  /** Ask the issuers that the template names, instead of standing in for them. */
  readonly realIssuer: boolean;
  /** PEM of the only authorities that vouch for the real issuers. @default - those that come with Node */
  readonly ca?: string | undefined;
  /** What the embedded issuers answer as, and to whom. @default - Identity Server 7.1, made-up users */
  readonly standIn?: StandIn | undefined;
  /** The session's clock, too. Its redirects are the session's own: the embedded issuers. */
  readonly functionHost: Omit<FunctionHost, "issuerRedirects">;
  /** Made ahead of time, since it takes longer than all else. @default - made when an issuer starts */
  readonly signingKey?: Promise<SigningKey> | undefined;
  readonly onRequest?: (record: RequestRecord) => void;
  readonly onIssuer?: (event: IssuerEvent) => void;
}

/** What runs: the APIs, and who answers for their issuers. */
export interface Session {
  readonly gateways: readonly Gateway[];
  /** None with `realIssuer`. */
  readonly issuers: readonly EmbeddedIssuer[];
  /** Finds the keys of an issuer in the cache that the gateways share. */
  readonly keysFor: (issuer: string) => FindKey;
  readonly heldKeysOf: (issuer: string) => HeldKeys | undefined;
  /**
   * Serves other states of the APIs from the next request on. Ports, issuers, their keys and the keys that were fetched
   * stay; so does a function's environment where the function is the same.
   * @throws Mistake `port-taken`, `issuer-unreachable`: then what was served goes on
   */
  reload(apis: readonly HttpApiModel[]): Promise<Reloaded>;
  close(): Promise<void>;
}

export interface Reloaded {
  /** When the last request that began before is answered. */
  readonly drained: Promise<void>;
}

/**
 * Starts everything. The APIs' own issuer strings stay as the template has them; only the address behind them changes.
 * @throws Mistake `port-taken`, `issuer-unreachable`
 */
export async function startSession(options: SessionOptions): Promise<Session> {
  const issuers = new Issuers({ ...options, nowMs: options.functionHost.nowMs });
  const gateways = new Gateways(options, issuers);
  const session: Session = {
    gateways: gateways.open,
    issuers: issuers.embedded,
    keysFor: issuers.keysFor,
    heldKeysOf: issuers.heldKeysOf,
    reload: async (apis) => {
      await issuers.follow(apis);
      return gateways.follow(issuers.served(apis));
    },
    close: async () => {
      await Promise.all([...gateways.open, ...issuers.embedded].map((one) => one.close()));
    },
  };
  try {
    await session.reload(options.apis);
    return session;
  } catch (error) {
    await session.close();
    throw error;
  }
}

/** A gateway an API, each on a port of its own. */
class Gateways {
  readonly open: Gateway[] = [];
  readonly #options: SessionOptions;
  readonly #issuers: Issuers;
  #opened = 0;

  constructor(options: SessionOptions, issuers: Issuers) {
    this.#options = options;
    this.#issuers = issuers;
  }

  /** An API keeps its port; one that takes the place of another takes its port. */
  async follow(apis: readonly HttpApiModel[]): Promise<Reloaded> {
    const left = new Set(this.open);
    const take = (gateway: Gateway | undefined) => {
      if (gateway) left.delete(gateway);
      return gateway;
    };
    const known = apis.map((api) => ({ api, gateway: take([...left].find((one) => isSameApi(one.api, api))) }));
    const placed = known.map(({ api, gateway }) => ({ api, gateway: gateway ?? take([...left][0]) }));
    // What may fail comes first.
    for (const { api, gateway } of placed) if (!gateway) this.open.push(await this.#start(api));
    const drained = placed.flatMap(({ api, gateway }) => gateway?.reload(api) ?? []);
    for (const gateway of left) {
      this.open.splice(this.open.indexOf(gateway), 1);
      drained.push(gateway.close());
    }
    return { drained: Promise.all(drained).then(() => undefined) };
  }

  async #start(api: HttpApiModel): Promise<Gateway> {
    const { port, host, allowedHosts, functionHost, onRequest } = this.#options;
    const gateway = await startGateway({
      api,
      port: port === 0 ? 0 : port + this.#opened,
      ...(host === undefined ? {} : { host }),
      allowedHosts,
      keysFor: this.#issuers.keysFor,
      heldKeysOf: this.#issuers.heldKeysOf,
      functionHost: { ...functionHost, issuerRedirects: this.#issuers.issuerRedirects },
      ...(onRequest ? { onRequest } : {}),
    });
    this.#opened += 1;
    return gateway;
  }
}

const isSameApi = (one: HttpApiModel, other: HttpApiModel) =>
  one.stack === other.stack && one.logicalId === other.logicalId;
