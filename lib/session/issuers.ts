import { randomBytes } from "node:crypto";
import type { HttpApiModel, RouteModel } from "../assembly/model.ts";
import { ISSUER_DEADLINE_MS } from "../aws/limits.ts";
import { Mistake } from "../findings/mistake.ts";
import { issuerFetcher } from "../http/fetch-document.ts";
import { IssuerFault } from "../http/issuer-fault.ts";
import { type EmbeddedIssuer, startEmbeddedIssuer } from "../issuer/embedded-issuer.ts";
import { embeddedFetcher } from "../issuer/fetch-embedded.ts";
import type { EmbeddedClient } from "../issuer/token-endpoint.ts";
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

/** The issuers of the APIs' JWT authorizers and mirrors, in the order in which they are met. */
export function issuersOf(apis: readonly HttpApiModel[]): readonly NamedIssuer[] {
  const found = new Map<string, { audience: Set<string>; scopes: Set<string>; standsFor: string | undefined }>();
  for (const { authorization } of apis.flatMap(({ routes }) => routes)) {
    const trust = trustOf(authorization);
    if (trust === undefined) continue;
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
  readonly nowMs: () => number;
  /** Of the first embedded issuer. @default - made when it starts */
  readonly signingKey?: Promise<SigningKey> | undefined;
  readonly onIssuer?: (event: IssuerEvent) => void;
}

/** The issuers that the APIs name: an embedded one for each, or the real ones. None ends before the laptop does. */
export class Issuers {
  readonly embedded: EmbeddedIssuer[] = [];
  /** By the issuer's own origin, where it really answers. */
  readonly originRedirects = new Map<string, string>();
  readonly keysFor: (issuer: string) => FindKey;
  readonly heldKeysOf: (issuer: string) => HeldKeys | undefined;
  readonly #options: IssuersOptions;
  readonly #reached = new Set<string>();

  constructor(options: IssuersOptions) {
    this.#options = options;
    const keysOf = keyClients({
      fetcherOf: (issuer) => {
        const embeddedIssuer = this.embedded.find((one) => one.issuer === issuer);
        return embeddedIssuer ? embeddedFetcher(embeddedIssuer) : issuerFetcher(issuer);
      },
      nowMs: options.nowMs,
      onEvent: options.onIssuer,
    });
    this.keysFor = (issuer) => keysOf(issuer).find;
    this.heldKeysOf = (issuer) => keysOf(issuer).held;
  }

  /** @throws Mistake `port-taken`, `issuer-unreachable` */
  async follow(apis: readonly HttpApiModel[]): Promise<void> {
    const named = issuersOf(apis);
    if (this.#options.realIssuer) await Promise.all(named.map((one) => this.#reach(one)));
    else for (const one of named) await this.#standInFor(one);
  }

  async #reach({ issuer, standsFor }: NamedIssuer) {
    // One that only a deployment knows is nowhere: its routes refuse every token, and the others are served.
    if (standsFor !== undefined || this.#reached.has(issuer)) return;
    await assertReachable(issuer);
    this.#reached.add(issuer);
  }

  async #standInFor(named: NamedIssuer) {
    const { nowMs, issuerPort, signingKey } = this.#options;
    const running = this.embedded.find(({ issuer }) => issuer === named.issuer);
    if (running) return running.setClients(clientsOf(named, running.clients));
    const index = this.embedded.length;
    const issuer = await startEmbeddedIssuer({
      issuer: named.issuer,
      clients: clientsOf(named),
      port: issuerPort === 0 ? 0 : issuerPort + index,
      nowSeconds: () => nowMs() / 1_000,
      ...(index === 0 && signingKey ? { signingKey } : {}),
    });
    this.embedded.push(issuer);
    this.originRedirects.set(new URL(issuer.issuer).origin, issuer.origin);
  }
}

/** WSO2 writes the client id first into `aud`, so each audience of the template is a client of the embedded issuer. */
const clientsOf = ({ audience, scopes }: NamedIssuer, known: readonly EmbeddedClient[] = []): EmbeddedClient[] =>
  (audience.length === 0 ? ["gatehouseClient000001"] : audience).map((clientId) => ({
    clientId,
    clientSecret: known.find((one) => one.clientId === clientId)?.clientSecret ?? randomBytes(24).toString("base64url"),
    audience: [],
    scopes,
  }));

/** API Gateway asks discovery when the authorizer is made, and makes none where that fails (4.3, OBS+). */
async function assertReachable(issuer: string): Promise<void> {
  try {
    readDiscovery(await issuerFetcher(issuer)(discoveryUrlOf(issuer)), issuer);
  } catch (cause) {
    if (!(cause instanceof IssuerFault)) throw cause;
    throw new Mistake(
      "issuer-unreachable",
      {
        what: `the issuer ${issuer} gives no discovery document that an authorizer could be made from`,
        got: `${cause.stage}: ${cause.detail}`,
        expected: `${discoveryUrlOf(issuer)} with the same issuer, within ${ISSUER_DEADLINE_MS.toLocaleString("en")} ms`,
        fix: `npx gatehouse doctor --issuer ${issuer}, or leave --real-issuer out to use the embedded one`,
      },
      { cause },
    );
  }
}
