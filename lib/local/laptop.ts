import { randomBytes } from "node:crypto";
import { discoveryUrlOf, readDiscovery } from "../keys/discovery.ts";
import { documentFetcher, type FetchDocument } from "../keys/fetch-document.ts";
import { IssuerFault } from "../keys/issuer-fault.ts";
import { type IssuerEvent, IssuerKeys } from "../keys/issuer-keys.ts";
import { Mistake } from "../mistake.ts";
import type { FindKey } from "../rules/decision.ts";
import type { HttpApiModel, RouteModel } from "./assembly/model.ts";
import { type Gateway, type RequestRecord, startGateway } from "./gateway/gateway.ts";
import { type EmbeddedIssuer, startEmbeddedIssuer } from "./issuer/embedded-issuer.ts";
import type { SigningKey } from "./issuer/signing-keys.ts";

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
  readonly onRequest?: (api: HttpApiModel, record: RequestRecord) => void;
  readonly onFunctionLog?: (functionName: string, line: string) => void;
  readonly onIssuer?: (event: IssuerEvent) => void;
}

/** What runs: the APIs, and who answers for their issuers. */
export interface Laptop {
  readonly gateways: readonly Gateway[];
  /** None with `realIssuer`. */
  readonly issuers: readonly EmbeddedIssuer[];
  close(): Promise<void>;
}

/** An issuer that the authorizers of the APIs name, and what they and their routes ask of its tokens. */
export interface NamedIssuer {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly scopes: readonly string[];
}

/** The issuers of the APIs' JWT authorizers and mirrors, in the order in which they are met. */
export function issuersOf(apis: readonly HttpApiModel[]): readonly NamedIssuer[] {
  const found = new Map<string, { audience: Set<string>; scopes: Set<string> }>();
  for (const { authorization } of apis.flatMap(({ routes }) => routes)) {
    const trust = trustOf(authorization);
    if (trust === undefined) continue;
    const { issuer, audience, scopes } = trust;
    const one = found.get(issuer) ?? { audience: new Set<string>(), scopes: new Set<string>() };
    for (const each of audience) one.audience.add(each);
    for (const each of scopes) one.scopes.add(each);
    found.set(issuer, one);
  }
  return [...found].map(([issuer, { audience, scopes }]) => ({ issuer, audience: [...audience], scopes: [...scopes] }));
}

const trustOf = (authorization: RouteModel["authorization"]): NamedIssuer | undefined =>
  authorization.kind === "jwt"
    ? { ...authorization.authorizer, scopes: authorization.scopes }
    : authorization.kind === "request"
      ? authorization.authorizer.mirror
      : undefined;

/**
 * Starts everything. The APIs' own issuer strings stay as the template has them; only the address behind them changes.
 * @throws Mistake `port-taken`, `issuer-unreachable`
 */
export async function startLaptop(options: LaptopOptions): Promise<Laptop> {
  const { apis, port, host, issuerPort, realIssuer, nowMs, onRequest, onFunctionLog, onIssuer } = options;
  const started: { close(): Promise<void> }[] = [];
  const closeAll = async () => {
    await Promise.all(started.map((one) => one.close()));
  };
  try {
    const named = issuersOf(apis);
    if (realIssuer) await Promise.all(named.map(({ issuer }) => assertReachable(issuer)));
    const issuers: EmbeddedIssuer[] = [];
    for (const [index, one] of realIssuer ? [] : named.entries()) {
      const issuer = await startEmbeddedIssuer({
        issuer: one.issuer,
        clients: clientsOf(one),
        port: issuerPort === 0 ? 0 : issuerPort + index,
        nowSeconds: () => nowMs() / 1_000,
        ...(index === 0 && options.signingKey ? { signingKey: options.signingKey } : {}),
      });
      issuers.push(issuer);
      started.push(issuer);
    }
    const keysFor = keyFinder(issuers, nowMs, onIssuer);
    const standIns = new Map(issuers.map(({ issuer, origin }) => [new URL(issuer).origin, origin]));
    const gateways: Gateway[] = [];
    for (const [index, api] of apis.entries()) {
      const gateway = await startGateway({
        api,
        port: port === 0 ? 0 : port + index,
        ...(host === undefined ? {} : { host }),
        keysFor,
        standIns,
        nowMs,
        ...(onRequest ? { onRequest: (record) => onRequest(api, record) } : {}),
        ...(onFunctionLog ? { onFunctionLog } : {}),
      });
      gateways.push(gateway);
      started.push(gateway);
    }
    return { gateways, issuers, close: closeAll };
  } catch (error) {
    await closeAll();
    throw error;
  }
}

/** WSO2 writes the client id first into `aud`, so each audience of the template is a client of the embedded issuer. */
const clientsOf = ({ audience, scopes }: NamedIssuer) =>
  (audience.length === 0 ? ["gatehouseClient000001"] : audience).map((clientId) => ({
    clientId,
    clientSecret: randomBytes(24).toString("base64url"),
    audience: [],
    scopes,
  }));

/** One key client an issuer, however many authorizers name it; kept over reloads. */
function keyFinder(
  embedded: readonly EmbeddedIssuer[],
  nowMs: () => number,
  onEvent: ((event: IssuerEvent) => void) | undefined,
): (issuer: string) => FindKey {
  const found = new Map<string, FindKey>();
  return (issuer) => {
    const before = found.get(issuer);
    if (before) return before;
    const standIn = embedded.find((one) => one.issuer === issuer);
    const fetchDocument = standIn ? fetchAt(standIn) : fetchReal(issuer);
    const { find } = new IssuerKeys({ issuer, fetchDocument, nowMs, ...(onEvent ? { onEvent } : {}) });
    found.set(issuer, find);
    return find;
  };
}

function fetchAt(issuer: EmbeddedIssuer): FetchDocument {
  const fetchDocument = documentFetcher({ httpOnLoopback: true });
  return (url) => fetchDocument(issuer.locate(url));
}

/** http is taken for an issuer on the loopback interface alone. */
const fetchReal = (issuer: string): FetchDocument => documentFetcher({ httpOnLoopback: issuer.startsWith("http://") });

/** API Gateway asks discovery when the authorizer is made, and makes none where that fails (4.3, OBS+). */
async function assertReachable(issuer: string): Promise<void> {
  try {
    readDiscovery(await fetchReal(issuer)(discoveryUrlOf(issuer)), issuer);
  } catch (cause) {
    if (!(cause instanceof IssuerFault)) throw cause;
    throw new Mistake(
      "issuer-unreachable",
      {
        what: `the issuer ${issuer} gives no discovery document that an authorizer could be made from`,
        got: `${cause.stage}: ${cause.detail}`,
        expected: `${discoveryUrlOf(issuer)} with the same issuer, within 1,500 ms`,
        fix: `npx gatehouse doctor --issuer ${issuer}, or leave --real-issuer out to use the embedded one`,
      },
      { cause },
    );
  }
}
