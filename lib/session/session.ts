import type { HttpApiModel } from "../assembly/model.ts";
import type { AwsProfile } from "../functions/function-environment.ts";
import { type Gateway, type RequestRecord, startGateway } from "../gateway/gateway.ts";
import type { EmbeddedIssuer } from "../issuer/embedded-issuer.ts";
import type { IssuerEvent } from "../keys/issuer-keys.ts";
import type { SigningKey } from "../tokens/signing-keys.ts";
import { Issuers } from "./issuers.ts";

export interface LaptopOptions {
  /** The APIs to serve, each on a port of its own. */
  readonly apis: readonly HttpApiModel[];
  /** Of the first API; the next takes the next port. 0 for any. */
  readonly port: number;
  /** @default "127.0.0.1" */
  readonly host?: string | undefined;
  /** Of the first embedded issuer. 0 for any. */
  readonly issuerPort: number;
  /** Ask the issuers that the template names, instead of standing in for them. */
  readonly realIssuer: boolean;
  readonly nowMs: () => number;
  /** Made ahead of time, since it takes longer than all else. @default - made when an issuer starts */
  readonly signingKey?: Promise<SigningKey> | undefined;
  /** What functions may use of the developer's AWS configuration. @default - nothing */
  readonly awsProfile?: AwsProfile | undefined;
  readonly onRequest?: (api: HttpApiModel, record: RequestRecord) => void;
  readonly onFunctionLog?: (functionName: string, line: string) => void;
  readonly onIssuer?: (event: IssuerEvent) => void;
}

/** What runs: the APIs, and who answers for their issuers. */
export interface Laptop {
  readonly gateways: readonly Gateway[];
  /** None with `realIssuer`. */
  readonly issuers: readonly EmbeddedIssuer[];
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
export async function startLaptop(options: LaptopOptions): Promise<Laptop> {
  const issuers = new Issuers(options);
  const gateways = new Gateways(options, issuers);
  const laptop: Laptop = {
    gateways: gateways.open,
    issuers: issuers.embedded,
    reload: async (apis) => {
      await issuers.follow(apis);
      return gateways.follow(apis);
    },
    close: async () => {
      await Promise.all([...gateways.open, ...issuers.embedded].map((one) => one.close()));
    },
  };
  try {
    await laptop.reload(options.apis);
    return laptop;
  } catch (error) {
    await laptop.close();
    throw error;
  }
}

/** A gateway an API, each on a port of its own. */
class Gateways {
  readonly open: Gateway[] = [];
  readonly #options: LaptopOptions;
  readonly #issuers: Issuers;
  #opened = 0;

  constructor(options: LaptopOptions, issuers: Issuers) {
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
    const { port, host, nowMs, awsProfile, onRequest, onFunctionLog } = this.#options;
    const gateway: Gateway = await startGateway({
      api,
      port: port === 0 ? 0 : port + this.#opened,
      ...(host === undefined ? {} : { host }),
      keysFor: this.#issuers.keysFor,
      standIns: this.#issuers.standIns,
      nowMs,
      awsProfile,
      ...(onRequest ? { onRequest: (record) => onRequest(gateway.api, record) } : {}),
      ...(onFunctionLog ? { onFunctionLog } : {}),
    });
    this.#opened += 1;
    return gateway;
  }
}

const isSameApi = (one: HttpApiModel, other: HttpApiModel) =>
  one.stack === other.stack && one.logicalId === other.logicalId;
