import type { HttpApiModel, RouteModel } from "../assembly/model.ts";
import { ISSUER_DEADLINE_MS } from "../aws/limits.ts";
import { Mistake } from "../findings/mistake.ts";
import { issuerFetcher } from "../http/fetch-document.ts";
import { IssuerFault } from "../http/issuer-fault.ts";
import type { EmbeddedClient } from "../issuer/embedded-client.ts";
import { type EmbeddedIssuer, type EmbeddedIssuerOptions, startEmbeddedIssuer } from "../issuer/embedded-issuer.ts";
import { embeddedFetcher } from "../issuer/fetch-embedded.ts";
import { type IssuerData, openIssuerData } from "../issuer/issuer-data.ts";
import { baseUrlOf } from "../issuer/issuer-endpoints.ts";
import type { GivenApplication } from "../issuer/issuer-file.ts";
import { discoveryUrlOf, readDiscovery } from "../keys/discovery.ts";
import type { HeldKeys, IssuerEvent } from "../keys/issuer-keys.ts";
import { keyClients } from "../keys/key-clients.ts";
import type { FindKey } from "../rules/key-answer.ts";
import type { SigningKey } from "../tokens/signing-keys.ts";

/** An issuer that the authorizers of the APIs name, and what they and their routes ask of its tokens. */
export interface NamedIssuer {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly scopes: readonly string[];
  /** What a template says in the issuer's place, where only a deployment knows the issuer. @default - the issuer */
  readonly standsFor?: string;
}

/**
 * The issuers of the APIs' JWT authorizers and mirrors, in the order in which they are met.
 * @param kind of authorizers of this kind only. @default - of all
 */
export function issuersOf(
  apis: readonly HttpApiModel[],
  kind?: RouteModel["authorization"]["kind"],
): readonly NamedIssuer[] {
  const found = new Map<string, { audience: Set<string>; scopes: Set<string>; standsFor: string | undefined }>();
  for (const { authorization } of apis.flatMap(({ routes }) => routes)) {
    const trust = trustOf(authorization);
    if (trust === undefined || (kind !== undefined && authorization.kind !== kind)) continue;
    const { issuer, audience, scopes, standsFor } = trust;
    const one = found.get(issuer) ?? { audience: new Set<string>(), scopes: new Set<string>(), standsFor };
    for (const each of audience) one.audience.add(each);
    for (const each of scopes) one.scopes.add(each);
    found.set(issuer, one);
  }
  return [...found].map(([issuer, { audience, scopes, standsFor }]) => ({
    issuer,
    audience: [...audience],
    scopes: [...scopes],
    ...(standsFor === undefined ? {} : { standsFor }),
  }));
}

const trustOf = (authorization: RouteModel["authorization"]): NamedIssuer | undefined =>
  authorization.kind === "jwt"
    ? { ...authorization.authorizer, scopes: authorization.scopes }
    : authorization.kind === "request"
      ? authorization.authorizer.mirror
      : undefined;

export interface IssuersOptions {
  /** Of the first embedded issuer. 0 for any. */
  readonly issuerPort: number;
  /** Ask the issuers that the template names, instead of standing in for them. */
  readonly realIssuer: boolean;
  /** PEM of the only authorities that vouch for the real issuers. @default - those that come with Node */
  readonly ca?: string | undefined;
  /** What the embedded issuers answer as, and to whom. @default - Identity Server 7.1, made-up users */
  readonly standIn?: StandIn | undefined;
  readonly nowMs: () => number;
  /** Of the first embedded issuer. @default - made when it starts */
  readonly signingKey?: Promise<SigningKey> | undefined;
  readonly onIssuer?: (event: IssuerEvent) => void;
}

/** How the embedded issuers stand in for those that the template names. */
export interface StandIn extends Pick<EmbeddedIssuerOptions, "profile" | "users"> {
  /** What differs from the applications that the template's audiences stand for, and others beside them. @default - none */
  readonly applications?: readonly GivenApplication[] | undefined;
  /** Where the issuers keep their keys, secrets and sessions. @default - nowhere: they end with the process */
  readonly dataFolder?: string | undefined;
  /**
   * Whether each is its own URL, `http://localhost:PORT/oauth2/token`, in the authorizers as well. A mirror keeps the
   * template's: it fetches keys over https only. @default false
   */
  readonly isLocal?: boolean;
}

/** The issuers that the APIs name: an embedded one for each, or the real ones. None ends before the laptop does. */
export class Issuers {
  readonly embedded: EmbeddedIssuer[] = [];
  /** By the issuer's base URL, where it really answers. */
  readonly issuerRedirects = new Map<string, string>();
  readonly keysFor: (issuer: string) => FindKey;
  readonly heldKeysOf: (issuer: string) => HeldKeys | undefined;
  readonly #options: IssuersOptions;
  readonly #reached = new Set<string>();
  /** By the template's issuer, the URL of the local one in its place. */
  readonly #own = new Map<string, string>();

  constructor(options: IssuersOptions) {
    this.#options = options;
    const keysOf = keyClients({
      fetcherOf: (issuer) => {
        const embeddedIssuer = this.embedded.find((one) => one.issuer === issuer);
        return embeddedIssuer ? embeddedFetcher(embeddedIssuer) : realFetcher(issuer, options);
      },
      nowMs: options.nowMs,
      onEvent: options.onIssuer,
    });
    this.keysFor = (issuer) => keysOf(issuer).find;
    this.heldKeysOf = (issuer) => keysOf(issuer).held;
  }

  /** @throws Mistake `port-taken`, `issuer-unreachable` */
  async follow(apis: readonly HttpApiModel[]): Promise<void> {
    if (this.#options.realIssuer) return void (await Promise.all(issuersOf(apis).map((one) => this.#reach(one))));
    const { isLocal = false } = this.#options.standIn ?? {};
    if (!isLocal) for (const one of issuersOf(apis)) await this.#standInFor(one, false);
    else {
      for (const one of issuersOf(apis, "jwt")) await this.#standInFor(one, true);
      for (const one of issuersOf(apis, "request")) await this.#standInFor(one, false);
    }
  }

  /** The APIs with the issuers that answer: those of the template, or the local ones in their place. */
  served(apis: readonly HttpApiModel[]): readonly HttpApiModel[] {
    return this.#own.size === 0 ? apis : apis.map((api) => withIssuers(api, this.#own));
  }

  async #reach({ issuer, standsFor }: NamedIssuer) {
    // One that only a deployment knows is nowhere: its routes refuse every token, and the others are served.
    if (standsFor !== undefined || this.#reached.has(issuer)) return;
    await assertReachable(issuer, this.#options);
    this.#reached.add(issuer);
  }

  async #standInFor(named: NamedIssuer, isOwnUrl: boolean) {
    const { nowMs, issuerPort, signingKey, standIn = {} } = this.#options;
    const answering = isOwnUrl ? this.#own.get(named.issuer) : named.issuer;
    const running = this.embedded.find(({ issuer }) => issuer === answering);
    const { applications = [] } = standIn;
    if (running) return running.setClients(clientsOf(named, applications, running.data));
    const data = openIssuerData(standIn.dataFolder, named.issuer);
    const index = this.embedded.length;
    const issuer = await startEmbeddedIssuer({
      issuer: named.issuer,
      isOwnUrl,
      profile: standIn.profile,
      users: standIn.users,
      clients: clientsOf(named, applications, data),
      data,
      port: issuerPort === 0 ? 0 : issuerPort + index,
      nowSeconds: () => nowMs() / 1_000,
      ...(index === 0 && signingKey ? { signingKey } : {}),
    });
    this.embedded.push(issuer);
    if (isOwnUrl) this.#own.set(named.issuer, issuer.issuer);
    else this.issuerRedirects.set(baseUrlOf(issuer.issuer), issuer.origin);
  }
}

function withIssuers(api: HttpApiModel, issuers: ReadonlyMap<string, string>): HttpApiModel {
  const routes = api.routes.map((route): RouteModel => {
    const { authorization } = route;
    if (authorization.kind !== "jwt") return route;
    const { authorizer } = authorization;
    const issuer = issuers.get(authorizer.issuer) ?? authorizer.issuer;
    return { ...route, authorization: { ...authorization, authorizer: { ...authorizer, issuer } } };
  });
  return { ...api, routes };
}

/** WSO2 writes the client id first into `aud`, so each audience of the template is a client of the embedded issuer. */
function clientsOf(
  { audience, scopes }: NamedIssuer,
  given: readonly GivenApplication[],
  data: IssuerData,
): readonly EmbeddedClient[] {
  const ids = audience.length === 0 ? ["gatehouseClient000001"] : audience;
  return [...new Set([...ids, ...given.map(({ clientId }) => clientId)])].map((clientId) => ({
    clientId,
    clientSecret: data.secretOf(clientId),
    audience: [],
    scopes,
    ...given.find((one) => one.clientId === clientId),
  }));
}

const realFetcher = (issuer: string, { ca }: Pick<IssuersOptions, "ca">) =>
  issuerFetcher(issuer, ca === undefined ? {} : { ca });

/** API Gateway asks discovery when the authorizer is made, and makes none where that fails (4.3, OBS+). */
async function assertReachable(issuer: string, options: Pick<IssuersOptions, "ca">): Promise<void> {
  try {
    readDiscovery(await realFetcher(issuer, options)(discoveryUrlOf(issuer)), issuer);
  } catch (cause) {
    if (!(cause instanceof IssuerFault)) throw cause;
    throw new Mistake(
      "issuer-unreachable",
      {
        what: `the issuer ${issuer} gives no discovery document that an authorizer could be made from`,
        got: `${cause.stage}: ${cause.detail}`,
        expected: `${discoveryUrlOf(issuer)} with the same issuer, within ${ISSUER_DEADLINE_MS.toLocaleString("en")} ms`,
        fix:
          cause.stage === "tls"
            ? "--ca FILE with the PEM of its authority, or leave --real-issuer out to use the embedded issuer"
            : `npx gatehouse doctor --issuer ${issuer}, or leave --real-issuer out to use the embedded one`,
      },
      { cause },
    );
  }
}
