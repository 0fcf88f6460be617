import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { JWK } from "jose";
import { Mistake } from "../findings/mistake.ts";
import { portHolder } from "../findings/port-holder.ts";
import { Minting, type MintRequest } from "../tokens/minting.ts";
import { RawSigning, type RawSignRequest } from "../tokens/raw-signing.ts";
import { makeSigningKey, published, type SigningKey } from "../tokens/signing-keys.ts";
import { send, sendText } from "./answers.ts";
import { Applications } from "./applications.ts";
import { allowPages, answerPreflight } from "./browser-access.ts";
import type { EmbeddedClient } from "./embedded-client.ts";
import { type FaultyAnswer, faultyAnswer } from "./faulty-issuers.ts";
import { type IssuerData, openIssuerData } from "./issuer-data.ts";
import {
  discoveryDocument,
  endpointsOf,
  type IssuerEndpoints,
  isPostOnly,
  isProtocolPath,
  locateIn,
} from "./issuer-endpoints.ts";
import { DEFAULT_PROFILE, type Profile } from "./profiles.ts";
import type { Protocol } from "./protocol/protocol.ts";
import { answerMint, answerSetup, answerSign } from "./session-requests.ts";
import { MADE_UP_USERS, type User } from "./users.ts";

export interface EmbeddedIssuerOptions {
  /** The issuer that the template names: what tokens carry as `iss` and discovery answers. */
  readonly issuer: string;
  /** Be `http://localhost:PORT` with the issuer's path instead, for clients that check who answers. @default false */
  readonly isOwnUrl?: boolean | undefined;
  /** At least one; the first is the one that a token is made for when nothing else is asked. */
  readonly clients: readonly EmbeddedClient[];
  /** 0 for any free port. */
  readonly port: number;
  readonly nowSeconds: () => number;
  /** The version of WSO2 that it answers as. @default - Identity Server 7.1 */
  readonly profile?: Profile | undefined;
  /** Who can sign in. @default - made-up users */
  readonly users?: readonly User[] | undefined;
  /**
   * List keys that no careful issuer lists, and sign whatever the holder of the session asks for: what the conformance
   * table needs. @default false
   */
  readonly isConformanceIssuer?: boolean;
  /** Whether the issuers beside a conformance issuer show their faults. @default - they do */
  readonly areFaultsShown?: () => boolean;
  /** What it remembers. @default - nothing: it ends with the process */
  readonly data?: IssuerData | undefined;
  /** @default - a new one, made at start */
  readonly signingKey?: SigningKey | Promise<SigningKey>;
}

/** An issuer in the form of WSO2 that answers on the loopback interface. Not for production. */
export interface EmbeddedIssuer {
  readonly issuer: string;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** Where the issuer really answers: its own path on `origin`. */
  readonly issuerUrl: string;
  readonly profile: Profile;
  readonly endpoints: IssuerEndpoints;
  readonly clients: readonly EmbeddedClient[];
  readonly users: readonly User[];
  readonly data: IssuerData;
  /** From now on it knows these clients; its key and the tokens that it gave stay good. */
  setClients(clients: readonly EmbeddedClient[]): void;
  /** What another process of the same user shows to get a token of any kind. Made at start, never logged. */
  readonly session: string;
  /** The address behind a URL of the issuer's own origin; any other URL is answered as it is. */
  locate(url: string): string;
  mint(request?: MintRequest): Promise<string>;
  /** Signs a token exactly as it is given. */
  signRaw(request: RawSignRequest): Promise<string>;
  /** The `kid` of the issuer's own key. */
  readonly kid: string;
  close(): Promise<void>;
}

const LOOPBACK_HOST = /^(127\.0\.0\.1|\[::1\]|localhost)(:\d{1,5})?$/;

/** @throws Mistake `port-taken` */
export async function startEmbeddedIssuer(options: EmbeddedIssuerOptions): Promise<EmbeddedIssuer> {
  const { port, nowSeconds, profile = DEFAULT_PROFILE, users = MADE_UP_USERS } = options;
  const { data = openIssuerData(undefined, options.issuer) } = options;
  const endpoints = endpointsOf(options.issuer, profile);
  const newKey = () => options.signingKey ?? makeSigningKey(nowSeconds() * 1_000);
  const key = await published(await data.signingKey(newKey), profile.form);
  const minting = new Minting(key, nowSeconds, profile.form);
  const session = randomBytes(32).toString("base64url");
  const raw = new RawSigning(key);
  const applications = new Applications(options.clients, data.applications, (all) => data.keepApplications(all));
  const jwks = { keys: [...key.jwks, ...(options.isConformanceIssuer ? await raw.oddKeys() : [])] };
  const server = createServer({
    headersTimeout: 10_000,
    requestTimeout: 30_000,
    keepAliveTimeout: 5_000,
    connectionsCheckingInterval: 1_000,
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(portMistake(cause, port)));
    server.listen(port, "127.0.0.1", resolve);
  });
  const { port: ownPort } = server.address() as AddressInfo;
  const origin = `http://127.0.0.1:${ownPort}`;
  const { pathname } = new URL(options.issuer);
  const path = pathname === "/" ? "" : pathname;
  const issuer = options.isOwnUrl ? `http://localhost:${ownPort}${path}` : options.issuer;
  const mint = (request: MintRequest = {}) => {
    const { clientId, scopes, ...rest } = request;
    const client = applications.find(clientId) ?? applications.ofTemplate[0];
    if (!client) throw new Error("the embedded issuer has no client");
    const { audience, isScopeList } = client;
    const subject = {
      issuer,
      audience,
      clientId: clientId ?? client.clientId,
      scopes: scopes ?? client.scopes,
      ...(isScopeList === undefined ? {} : { isScopeList }),
    };
    return minting.mint(subject, rest);
  };
  const signRaw = (request: RawSignRequest) => raw.sign(request);
  let protocol: Promise<Protocol> | undefined;
  const desk: Desk = {
    issuer,
    profile,
    endpoints,
    applications,
    jwks,
    kid: key.kid,
    session,
    mint,
    // A fifth of a second to load, which nobody waits for who signs nobody in.
    protocol: () => {
      protocol ??= import("./protocol/protocol.ts").then(({ startProtocol }) =>
        startProtocol({ issuer, profile, endpoints, applications, users, key, minting, data }),
      );
      return protocol;
    },
    ...(options.isConformanceIssuer ? { conformance: { signRaw, areFaultsShown: options.areFaultsShown } } : {}),
  };
  server.on("request", (request, response) => {
    answer(desk, request, response).catch(() => {
      if (response.headersSent) response.destroy();
      else send(response, 500, { error: "server_error" });
    });
  });
  return {
    issuer,
    origin,
    issuerUrl: `${origin}${path}`,
    profile,
    endpoints,
    get clients() {
      return applications.ofTemplate;
    },
    users,
    data,
    setClients: (clients) => {
      applications.ofTemplate = clients;
    },
    session,
    locate: (url) => locateIn({ issuer, origin }, url),
    mint,
    signRaw,
    kid: key.kid,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        data.save();
      }),
  };
}

/** What a request is answered from. */
interface Desk {
  readonly issuer: string;
  readonly profile: Profile;
  readonly endpoints: IssuerEndpoints;
  readonly applications: Applications;
  readonly jwks: { readonly keys: readonly JWK[] };
  readonly kid: string;
  readonly session: string;
  readonly mint: (request?: MintRequest) => Promise<string>;
  /** OAuth and OpenID Connect, loaded when somebody first asks for them. */
  readonly protocol: () => Promise<Protocol>;
  /** Of a conformance issuer only. */
  readonly conformance?: {
    readonly signRaw: (request: RawSignRequest) => Promise<string>;
    readonly areFaultsShown: (() => boolean) | undefined;
  };
}

async function answer(desk: Desk, request: IncomingMessage, response: ServerResponse): Promise<void> {
  // A page of another origin that was rebound to this address still names its own host.
  const hosts = request.rawHeaders.filter(
    (_, index, all) => index % 2 === 1 && all[index - 1]?.toLowerCase() === "host",
  );
  if (hosts.length !== 1 || !LOOPBACK_HOST.test(hosts[0] ?? "")) return send(response, 403, { error: "forbidden" });
  const [path = ""] = (request.url ?? "").split("?", 1);
  if (path === "/_gatehouse/token") return answerMint(desk.session, desk.mint, request, response);
  if (path === "/_gatehouse/setup") return answerSetup(desk.session, setupOf(desk), request, response);
  const { conformance } = desk;
  if (conformance && path === "/_gatehouse/sign") return answerSign(desk, conformance.signRaw, request, response);
  if (conformance && path.startsWith("/faulty/")) {
    const isBroken = conformance.areFaultsShown?.() ?? true;
    const faulty = faultyAnswer(path, { origin: new URL(desk.issuer).origin, jwks: desk.jwks, isBroken });
    if (faulty) return sendFaulty(response, faulty);
  }
  return answerIssuer(desk, inTenant(desk, path), request, response);
}

const setupOf = ({ issuer, endpoints, applications }: Desk) => ({
  issuer,
  endpoints,
  clients: applications.all.map(({ clientId, clientSecret, scopes }) => ({ clientId, clientSecret, scopes })),
});

/** The super tenant has a name, too: `/t/carbon.super` leads where no tenant does. */
function inTenant({ endpoints }: Desk, path: string): string {
  return endpoints.tenant === "" && path.startsWith(`${SUPER_TENANT}/`) ? path.slice(SUPER_TENANT.length) : path;
}

const SUPER_TENANT = "/t/carbon.super";

async function answerIssuer(desk: Desk, path: string, request: IncomingMessage, response: ServerResponse) {
  const { endpoints, applications } = desk;
  const isDocument = endpoints.discovery.includes(path) || path === endpoints.jwks;
  if (isDocument || isProtocolPath(endpoints, path)) {
    allowPages(applications, request, response);
    if (answerPreflight(request, response)) return undefined;
  }
  if (request.method === "GET" && path === endpoints.jwks) return send(response, 200, desk.jwks);
  if (request.method === "GET" && isDocument)
    return send(response, 200, discoveryDocument(desk.issuer, endpoints, desk.profile));
  const [, component] = /\/oauth2\/(.+)\/\.well-known\/openid-configuration$/.exec(path) ?? [];
  if (!isDocument && endpoints.tenant !== undefined && component !== undefined)
    return sendText(
      response,
      400,
      `Invalid path to the discovery document. Received path : ${component} is not resolvable`,
    );
  if (isPostOnly(endpoints, path) && request.method !== "POST")
    return send(response, 405, { error: "method_not_allowed" }, { allow: "POST" });
  if (isProtocolPath(endpoints, path)) {
    request.url = (request.url ?? "").replace(/^[^?]*/, path);
    return (await desk.protocol()).answer(request, response);
  }
  return send(response, 404, { error: "not_found" });
}

function sendFaulty(response: ServerResponse, { status, body, headers = {}, delayMs = 0 }: FaultyAnswer) {
  const answerNow = () => response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
  if (delayMs === 0) answerNow();
  else setTimeout(answerNow, delayMs).unref();
}

function portMistake(cause: Error, port: number): Error {
  if (!("code" in cause) || (cause.code !== "EADDRINUSE" && cause.code !== "EACCES")) return cause;
  return new Mistake(
    "port-taken",
    {
      what: `the embedded issuer cannot listen on port ${port}`,
      got:
        cause.code === "EADDRINUSE"
          ? `${portHolder(port) ?? "another program"} listens there`
          : "the system does not allow it",
      expected: "a free port",
      fix: "take any free one: --issuer-port 0",
    },
    { cause },
  );
}
