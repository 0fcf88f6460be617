import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { Mistake } from "../findings/mistake.ts";
import { portHolder } from "../findings/port-holder.ts";
import { Minting, type MintRequest } from "../tokens/minting.ts";
import { RawSigning, type RawSignRequest } from "../tokens/raw-signing.ts";
import { makeSigningKey, published, type SigningKey } from "../tokens/signing-keys.ts";
import { type Administration, administrationOf } from "./administrator.ts";
import { send } from "./answers.ts";
import { Applications } from "./applications.ts";
import { answer, type Desk } from "./desk.ts";
import type { EmbeddedClient } from "./embedded-client.ts";
import { type IssuerData, openIssuerData } from "./issuer-data.ts";
import { endpointsOf, type IssuerEndpoints, locateIn } from "./issuer-endpoints.ts";
import type { Management } from "./management/management.ts";
import { DEFAULT_PROFILE, type Profile } from "./profiles.ts";
import type { Protocol } from "./protocol/protocol.ts";
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
  /** How the management API is called; undefined where the issuer has none. */
  readonly administration: Administration | undefined;
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
  const hasManagement = profile.hasManagement && endpoints.tenant !== undefined;
  const administration = hasManagement ? administrationOf(data, profile) : undefined;
  const applications = new Applications(options.clients, administration?.application, data.applications, (all) =>
    data.keepApplications(all),
  );
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
  const { isOwnUrl = false } = options;
  const issuer = isOwnUrl ? `http://localhost:${ownPort}${path}` : options.issuer;
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
  let managing: Promise<Management> | undefined;
  const desk: Desk = {
    administration,
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
    management: () => {
      if (!administration) return undefined;
      managing ??= import("./management/management.ts").then(({ startManagement }) =>
        startManagement({
          profile,
          tenant: endpoints.tenant ?? "",
          applications,
          administrator: administration.administrator,
          data,
          origin: isOwnUrl ? new URL(issuer).origin : origin,
          scopesOf: async (token) => (await desk.protocol()).scopesOf(token),
        }),
      );
      return managing;
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
    administration,
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
