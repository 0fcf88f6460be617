import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { JWK } from "jose";
import { Mistake } from "../findings/mistake.ts";
import { portHolder } from "../findings/port-holder.ts";
import { FLAWS } from "../tokens/flaws.ts";
import { Minting, type MintRequest } from "../tokens/minting.ts";
import { RawSigning, type RawSignRequest } from "../tokens/raw-signing.ts";
import { makeSigningKey, type SigningKey } from "../tokens/signing-keys.ts";
import { type FaultyAnswer, faultyAnswer } from "./faulty-issuers.ts";
import { discoveryDocument, endpointsOf, type IssuerEndpoints, locateIn } from "./issuer-endpoints.ts";
import { answerTokenRequest, type EmbeddedClient } from "./token-endpoint.ts";

export interface EmbeddedIssuerOptions {
  /** The issuer that the template names: what tokens carry as `iss` and discovery answers. */
  readonly issuer: string;
  /** At least one; the first is the one that a token is made for when nothing else is asked. */
  readonly clients: readonly EmbeddedClient[];
  /** 0 for any free port. */
  readonly port: number;
  readonly nowSeconds: () => number;
  /**
   * List keys that no careful issuer lists, and sign whatever the holder of the session asks for: what the conformance
   * table needs. @default false
   */
  readonly isConformanceIssuer?: boolean;
  /** Whether the issuers beside a conformance issuer show their faults. @default - they do */
  readonly areFaultsShown?: () => boolean;
  /** @default - a new one, made at start */
  readonly signingKey?: SigningKey | Promise<SigningKey>;
}

/** An issuer in the form of WSO2 Identity Server 7.x that answers on the loopback interface. Not for production. */
export interface EmbeddedIssuer {
  readonly issuer: string;
  /** `http://127.0.0.1:PORT` */
  readonly origin: string;
  /** Where the issuer really answers: its own path on `origin`. */
  readonly issuerUrl: string;
  readonly clients: readonly EmbeddedClient[];
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
const MOST_BODY_BYTES = 65_536;

/** @throws Mistake `port-taken` */
export async function startEmbeddedIssuer(options: EmbeddedIssuerOptions): Promise<EmbeddedIssuer> {
  const { issuer, port, nowSeconds } = options;
  const endpoints = endpointsOf(issuer);
  const key = await (options.signingKey ?? makeSigningKey(nowSeconds() * 1_000));
  const minting = new Minting(key, nowSeconds);
  const session = randomBytes(32).toString("base64url");
  const raw = new RawSigning(key);
  const jwks = { keys: [key.jwk, ...(options.isConformanceIssuer ? await raw.oddKeys() : [])] };
  const mint = (request: MintRequest = {}) => {
    const { clientId, scopes, ...rest } = request;
    const client = desk.clients.find((one) => one.clientId === clientId) ?? desk.clients[0];
    if (!client) throw new Error("the embedded issuer has no client");
    const subject = { ...client, issuer, clientId: clientId ?? client.clientId, scopes: scopes ?? client.scopes };
    return minting.mint(subject, rest);
  };
  const signRaw = (request: RawSignRequest) => raw.sign(request);
  const desk: Desk = {
    issuer,
    endpoints,
    clients: options.clients,
    jwks,
    kid: key.kid,
    session,
    mint,
    ...(options.isConformanceIssuer ? { conformance: { signRaw, areFaultsShown: options.areFaultsShown } } : {}),
  };
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5_000, connectionsCheckingInterval: 1_000 },
    (request, response) => {
      answer(desk, request, response).catch(() => send(response, 500, { error: "server_error" }));
    },
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => reject(portMistake(cause, port)));
    server.listen(port, "127.0.0.1", resolve);
  });
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const own = new URL(issuer);
  return {
    issuer,
    origin,
    issuerUrl: `${origin}${own.pathname === "/" ? "" : own.pathname}`,
    get clients() {
      return desk.clients;
    },
    setClients: (clients) => {
      desk.clients = clients;
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
      }),
  };
}

/** What a request is answered from. */
interface Desk {
  readonly issuer: string;
  readonly endpoints: IssuerEndpoints;
  clients: readonly EmbeddedClient[];
  readonly jwks: { readonly keys: readonly JWK[] };
  readonly kid: string;
  readonly session: string;
  readonly mint: (request?: MintRequest) => Promise<string>;
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
  const [path = "", query = ""] = (request.url ?? "").split("?", 2);
  const { endpoints } = desk;
  if (request.method === "GET" && endpoints.discovery.includes(path))
    return send(response, 200, discoveryDocument(desk.issuer, endpoints));
  if (request.method === "GET" && path === endpoints.jwks) return send(response, 200, desk.jwks);
  if (path === endpoints.token) return answerToken(desk, request, response, query);
  if (path === "/_gatehouse/token") return answerMint(desk, request, response);
  const { conformance } = desk;
  if (conformance && path === "/_gatehouse/sign") return answerSign(desk, conformance.signRaw, request, response);
  if (conformance && path.startsWith("/faulty/")) {
    const isBroken = conformance.areFaultsShown?.() ?? true;
    const faulty = faultyAnswer(path, { origin: new URL(desk.issuer).origin, jwks: desk.jwks, isBroken });
    if (faulty) return sendFaulty(response, faulty);
  }
  const [, component] = /\/oauth2\/(.+)\/\.well-known\/openid-configuration$/.exec(path) ?? [];
  if (endpoints.tenant !== undefined && component !== undefined)
    return sendText(
      response,
      400,
      `Invalid path to the discovery document. Received path : ${component} is not resolvable`,
    );
  return send(response, 404, { error: "not_found" });
}

async function answerToken(desk: Desk, request: IncomingMessage, response: ServerResponse, query: string) {
  if (request.method !== "POST") return send(response, 405, { error: "method_not_allowed" }, { allow: "POST" });
  const body = await readBody(request);
  if (body === undefined) return send(response, 413, { error: "invalid_request" });
  const { authorization } = request.headers;
  const answered = answerTokenRequest(
    { query, body, authorization, contentType: request.headers["content-type"] ?? "" },
    desk.clients,
  );
  const noStore = { "cache-control": "no-store", pragma: "no-cache" };
  if (answered.kind === "refused") {
    const challenge =
      answered.status === 401 ? { "www-authenticate": `Basic realm=${new URL(desk.issuer).hostname}` } : {};
    // The description comes before the error, as WSO2 writes it.
    return send(
      response,
      answered.status,
      { error_description: answered.description, error: answered.error },
      { ...noStore, ...challenge },
    );
  }
  const { client, scopes } = answered;
  const token = await desk.mint({ clientId: client.clientId, scopes });
  const scope = scopes.length === 0 ? {} : { scope: scopes.join(" ") };
  return send(response, 200, { access_token: token, ...scope, token_type: "Bearer", expires_in: 3_600 }, noStore);
}

/** Tokens of any kind, for a process that knows the session. */
async function answerMint(desk: Desk, request: IncomingMessage, response: ServerResponse) {
  if (!isOfTheSession(desk, request)) return send(response, 403, { error: "forbidden" });
  const wanted = readMintRequest(await readBody(request));
  if (wanted === undefined) return send(response, 400, { error: "that is not a request for a token" });
  return send(response, 200, { token: await desk.mint(wanted) }, { "cache-control": "no-store" });
}

/** A signature over whatever is given; of a conformance issuer only. */
async function answerSign(
  desk: Desk,
  signRaw: (request: RawSignRequest) => Promise<string>,
  request: IncomingMessage,
  response: ServerResponse,
) {
  if (!isOfTheSession(desk, request)) return send(response, 403, { error: "forbidden" });
  const wanted = JSON.parse((await readBody(request)) ?? "{}") as RawSignRequest;
  return send(response, 200, { token: await signRaw(wanted), kid: desk.kid });
}

/** A page of another origin can send neither this content type nor this header without asking first. */
function isOfTheSession(desk: Desk, { method, headers }: IncomingMessage): boolean {
  const isJson = headers["content-type"]?.startsWith("application/json") === true;
  return method === "POST" && isJson && headers.authorization === `Bearer ${desk.session}`;
}

function readMintRequest(body: string | undefined): MintRequest | undefined {
  try {
    const wanted = JSON.parse(body ?? "") as MintRequest;
    const known = wanted.flaw === undefined || FLAWS.some(({ name }) => name === wanted.flaw);
    return known ? wanted : undefined;
  } catch {
    return undefined;
  }
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_BODY_BYTES) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

const send = (response: ServerResponse, status: number, body: object, headers: Record<string, string> = {}) => {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(text),
    ...headers,
  });
  response.end(text);
};

const sendText = (response: ServerResponse, status: number, text: string) => {
  response.writeHead(status, { "content-type": "text/plain" }).end(text);
};

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
