import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import {
  createServer as createHttpServer,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer } from "node:https";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { startEmbeddedIssuer } from "../../lib/issuer/embedded-issuer.ts";
import type { MintRequest } from "../../lib/tokens/minting.ts";
import { makeAuthority } from "../keys/certificates.ts";

/** The name that the environments of these tests trust. It resolves nowhere: every process is told its address. */
const HOST = "issuer.gatehouse-test.example";

/** An issuer that a deployed API finds under its public https name, and that answers on the loopback interface. */
export interface LoopbackIssuer {
  readonly issuer: string;
  /** The certificate of its authority: a PEM file. */
  readonly ca: string;
  /** What the engine's process needs to find it: a proxy for Python, a look-up of names for functions on Node. */
  readonly env: Readonly<Record<string, string>>;
  /** Of the client, for tokens by client credentials. Made again in each run. */
  readonly clientSecret: string;
  mint(request?: MintRequest): Promise<string>;
  close(): Promise<void>;
}

/** @param clientId the audience of its tokens */
export async function startLoopbackIssuer(directory: string, clientId: string): Promise<LoopbackIssuer> {
  const clientSecret = randomUUID();
  const authority = await makeAuthority();
  const { cert, key } = await authority.issue({ names: [HOST] });
  const front = createTlsServer({ cert, key }, (incoming, response) =>
    forward(incoming, response, { port: backPort, host: `127.0.0.1:${backPort}` }),
  );
  const port = await listen(front);
  const issuer = `https://${HOST}:${port}/oauth2/token`;
  const embedded = await startEmbeddedIssuer({
    issuer,
    clients: [{ clientId, clientSecret: clientSecret, audience: [], scopes: ["orders:read", "orders:write"] }],
    port: 0,
    nowSeconds: () => Date.now() / 1_000,
  });
  const backPort = Number(new URL(embedded.origin).port);
  const proxy = createHttpServer();
  // Whatever name is asked for, the connection goes to the loopback interface: nothing leaves this machine.
  proxy.on("connect", (incoming, socket, head) => {
    const upstream = connect(Number(incoming.url?.split(":").at(-1)), "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      if (head.length > 0) upstream.write(head);
      upstream.pipe(socket).pipe(upstream);
    });
    for (const one of [socket, upstream]) one.on("error", () => [socket, upstream].forEach((end) => end.destroy()));
  });
  const proxyPort = await listen(proxy);
  const ca = join(directory, "issuer-ca.pem");
  writeFileSync(ca, authority.ca);
  const lookUp = join(directory, "look-up.cjs");
  writeFileSync(lookUp, LOOK_UP);
  return {
    issuer,
    ca,
    env: {
      https_proxy: `http://127.0.0.1:${proxyPort}`,
      no_proxy: "localhost,127.0.0.1",
      SSL_CERT_FILE: ca,
      NODE_EXTRA_CA_CERTS: ca,
      NODE_OPTIONS: `--require ${lookUp}`,
    },
    clientSecret,
    mint: (wanted) => embedded.mint(wanted),
    close: async () => {
      for (const server of [front, proxy]) {
        server.closeAllConnections();
        server.close();
      }
      await embedded.close();
    },
  };
}

/** For functions that the engine runs on Node, which know no proxy: that one name is this machine. */
const LOOK_UP = `const dns = require("node:dns");
const { lookup } = dns;
dns.lookup = (name, options, done) => lookup(name === ${JSON.stringify(HOST)} ? "127.0.0.1" : name, options, done);
`;

interface Onward {
  readonly port: number;
  /** The Host header that the server there knows. */
  readonly host: string;
  /** What was read of the request already. @default - its body, as it comes */
  readonly body?: Buffer;
}

/** Sends a request on to a server of this machine, and its answer back. */
export function forward(incoming: IncomingMessage, response: ServerResponse, { port, host, body }: Onward): void {
  const { method = "GET", url = "/", headers } = incoming;
  const upstream = request({ host: "127.0.0.1", port, method, path: url, headers: { ...headers, host } });
  upstream.on("response", (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  upstream.on("error", () => response.destroy());
  if (body) upstream.end(body);
  else incoming.pipe(upstream);
}

/** Listens on the loopback interface. @returns the port */
export async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

/** An address of its own for one deployed API: MiniStack tells APIs apart by the Host header. */
export async function startApiAddress(
  enginePort: number,
  apiUrl: string,
): Promise<{ readonly url: string; close(): void }> {
  const { hostname } = new URL(apiUrl);
  const host = `${hostname.split(".")[0]}.execute-api.localhost:${enginePort}`;
  const server = createHttpServer((incoming, response) => forward(incoming, response, { port: enginePort, host }));
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
