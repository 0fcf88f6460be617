import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer as createNetServer, type Server, type Socket } from "node:net";
import { gzipSync } from "node:zlib";
import type { TestCertificate } from "./certificates.ts";

/** How the fault issuer answers one of its two documents. */
export type Answer = (response: ServerResponse, issuer: string) => void;

/** An issuer on real sockets of the loopback interface that does what it is told, well or badly. */
export interface FaultIssuer {
  /** In WSO2's form: the token endpoint. */
  readonly issuer: string;
  readonly port: number;
  /** How often each document was asked for. */
  readonly asked: { discovery: number; jwks: number };
  discovery: Answer;
  jwks: Answer;
  /** How many connections are open. */
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

const PATH = "/oauth2/token";

/** Answers over TLS where there is a certificate, else over http. */
export async function startFaultIssuer(certificate?: TestCertificate): Promise<FaultIssuer> {
  const asked = { discovery: 0, jwks: 0 };
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    // A client that hangs up is part of the game.
    response.on("error", () => undefined);
    const document = request.url === `${PATH}/.well-known/openid-configuration` ? "discovery" : "jwks";
    asked[document] += 1;
    issuer[document](response, issuer.issuer);
  };
  const server = certificate ? createHttpsServer({ ...certificate }, answer) : createHttpServer(answer);
  const { port, connections, close } = await listen(server);
  const issuer: FaultIssuer = {
    issuer: `${certificate ? "https" : "http"}://localhost:${port}${PATH}`,
    port,
    asked,
    discovery: good.discovery,
    jwks: json({ keys: [] }),
    connections,
    close,
  };
  return issuer;
}

/** An issuer that speaks no HTTP, or not even TLS. */
export async function startRawIssuer(onSocket: (socket: Socket) => void, scheme: "http" | "https" = "https") {
  const { port, close } = await listen(createNetServer(onSocket));
  return { issuer: `${scheme}://localhost:${port}${PATH}`, close };
}

interface Listening {
  readonly port: number;
  readonly connections: () => number;
  readonly close: () => Promise<void>;
}

async function listen(server: Server): Promise<Listening> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    connections: () => sockets.size,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

export const json =
  (body: unknown, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) => {
    response.writeHead(200, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
  };

export const text =
  (body: string | Buffer, status = 200, headers: Readonly<Record<string, string>> = {}): Answer =>
  (response) => {
    response.writeHead(status, { "content-type": "text/plain", ...headers }).end(body);
  };

export const discoveryOf = (issuer: string, more: object = {}) => ({
  issuer,
  jwks_uri: issuer.replace(/token$/, "jwks"),
  id_token_signing_alg_values_supported: ["RS256"],
  ...more,
});

export const good = {
  discovery: ((response, issuer) => json(discoveryOf(issuer))(response, issuer)) as Answer,
  /** Waits and then answers well. */
  after:
    (milliseconds: number, answer: Answer): Answer =>
    (response, issuer) => {
      const timer = setTimeout(() => answer(response, issuer), milliseconds);
      response.on("close", () => clearTimeout(timer));
    },
};

/** What issuers get wrong, by name. */
export const faults = {
  "no answer": () => undefined,
  "a byte every 500 ms": (response) => {
    response.writeHead(200, { "content-type": "application/json" }).write("{");
    const drip = setInterval(() => response.write(" "), 500);
    response.on("close", () => clearInterval(drip));
  },
  "headers that never end": (response) => {
    response.socket?.write("HTTP/1.1 200 OK\r\n");
    const drip = setInterval(() => response.socket?.write("x: y\r\n"), 100);
    response.on("close", () => clearInterval(drip));
  },
  reset: (response) => {
    response.socket?.destroy();
  },
  "reset in mid-body": (response) => {
    response.writeHead(200, { "content-length": "1000" }).write('{"issuer":');
    setTimeout(() => response.socket?.destroy(), 20);
  },
  "reset between chunks": (response) => {
    response.writeHead(200).write('{"issuer":');
    setTimeout(() => response.socket?.destroy(), 20);
  },
  "no HTTP": (response) => {
    response.socket?.end("SSH-2.0-OpenSSH_9.6\r\n");
  },
  500: text("secret-of-the-body", 500),
  "a redirect": text("", 302, { location: "https://elsewhere.example/path?secret-of-the-body" }),
  "20 MB": flood(20 * 2 ** 20),
  "20 MB, announced": (response) => {
    response.writeHead(200, { "content-length": String(20 * 2 ** 20) });
    response.write(Buffer.alloc(65_536, " "));
  },
  "200 MB as gzip": text(Buffer.concat(Array.from({ length: 200 }, () => gzipSync(Buffer.alloc(2 ** 20, " ")))), 200, {
    "content-encoding": "gzip",
  }),
  "truncated JSON": text('{"issuer":"secret-of-the-body'),
  "a byte order mark": text(`\ufeff{"keys":[]}`),
  HTML: text("<!doctype html><title>secret-of-the-body</title>", 200, { "content-type": "text/html" }),
  "WSO2's plain-text error": text("Error while generating the keyset for tenant domain: secret-of-the-body"),
  "a list": json(["secret-of-the-body"]),
} satisfies Record<string, Answer>;

function flood(bytes: number): Answer {
  const block = Buffer.alloc(65_536, " ");
  return (response) => {
    response.writeHead(200, { "content-type": "application/json" });
    let left = bytes;
    const pour = () => {
      while (left > 0 && !response.destroyed) {
        left -= block.length;
        if (!response.write(block)) return void response.once("drain", pour);
      }
      response.end();
    };
    pour();
  };
}
