import type { IncomingMessage, ServerResponse } from "node:http";
import type { JWK } from "jose";
import type { MintRequest } from "../tokens/minting.ts";
import type { RawSignRequest } from "../tokens/raw-signing.ts";
import type { Administration } from "./administrator.ts";
import { send, sendText } from "./answers.ts";
import type { Applications } from "./applications.ts";
import { allowPages, answerPreflight } from "./browser-access.ts";
import { type FaultyAnswer, faultyAnswer } from "./faulty-issuers.ts";
import {
  discoveryDocument,
  type IssuerEndpoints,
  isManagementPath,
  isPostOnly,
  isProtocolPath,
} from "./issuer-endpoints.ts";
import type { Management } from "./management/management.ts";
import type { Profile } from "./profiles.ts";
import type { Protocol } from "./protocol/protocol.ts";
import { answerMint, answerSetup, answerSign } from "./session-requests.ts";

const LOOPBACK_HOST = /^(127\.0\.0\.1|\[::1\]|localhost)(:\d{1,5})?$/;

/** What a request is answered from. */
export interface Desk {
  readonly issuer: string;
  readonly profile: Profile;
  readonly endpoints: IssuerEndpoints;
  readonly applications: Applications;
  readonly jwks: { readonly keys: readonly JWK[] };
  readonly kid: string;
  readonly session: string;
  readonly mint: (request?: MintRequest) => Promise<string>;
  /** OAuth and OpenID Connect, loaded when somebody first asks for them. */
  protocol(): Promise<Protocol>;
  /** Undefined where the issuer has none. */
  management(): Promise<Management> | undefined;
  readonly administration: Administration | undefined;
  /** Of a conformance issuer only. */
  readonly conformance?: {
    readonly signRaw: (request: RawSignRequest) => Promise<string>;
    readonly areFaultsShown: (() => boolean) | undefined;
  };
}

/** Sends a request to the room that answers it. */
export async function answer(desk: Desk, request: IncomingMessage, response: ServerResponse): Promise<void> {
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

const setupOf = ({ issuer, endpoints, applications, administration }: Desk) => ({
  issuer,
  endpoints,
  administration,
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
  const management = isManagementPath(endpoints, path) ? await desk.management() : undefined;
  if (management) return management.answer(path.slice((endpoints.tenant ?? "").length), request, response);
  return send(response, 404, { error: "not_found" });
}

function sendFaulty(response: ServerResponse, { status, body, headers = {}, delayMs = 0 }: FaultyAnswer) {
  const answerNow = () => response.writeHead(status, { "content-type": "application/json", ...headers }).end(body);
  if (delayMs === 0) answerNow();
  else setTimeout(answerNow, delayMs).unref();
}
