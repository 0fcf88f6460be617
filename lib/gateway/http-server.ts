import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { Mistake } from "../findings/mistake.ts";
import { portHolder } from "../findings/port-holder.ts";

/** How long a client may take. */
export interface ClientPatience {
  /** For the request line and the headers, in milliseconds. @default 10,000 */
  readonly headersMs?: number;
  /** For all of a request. @default 30,000 */
  readonly requestMs?: number;
}

/** A server that anybody may connect to. */
export interface HttpServer {
  readonly port: number;
  /** Takes no new connection, lets what is under way finish, but not longer than `graceMs`. */
  close(graceMs: number): Promise<void>;
}

type Listener = (request: IncomingMessage, response: ServerResponse) => void;

/** How long the rest of a refused body is read and thrown away. */
const LINGER_MS = 2_000;

/**
 * Listens with bounds on what a client may send and on how long it may take.
 * @throws Mistake `port-taken`
 */
export async function listen(
  place: { readonly host: string; readonly port: number },
  { headersMs = 10_000, requestMs = 30_000 }: ClientPatience,
  listener: Listener,
): Promise<HttpServer> {
  const server = createServer(
    {
      headersTimeout: headersMs,
      requestTimeout: requestMs,
      keepAliveTimeout: 5_000,
      connectionsCheckingInterval: Math.min(1_000, headersMs / 2),
      // Above API Gateway's 10,240 bytes, which are counted on the way.
      maxHeaderSize: 16_384,
    },
    listener,
  );
  // Node 20 drops headers beyond 2,000 without a word, the Authorization header among them.
  server.maxHeadersCount = 0;
  server.maxConnections = 2_048;
  // A client may close its side after its request, as `nc -N` does, and still gets its answer.
  (server as Server & { httpAllowHalfOpen: boolean }).httpAllowHalfOpen = true;
  server.on("clientError", refuseClient);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: Error & { code?: string }) => reject(listeningMistake(cause, place)));
    server.listen(place.port, place.host, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return { port, close: (graceMs) => closeServer(server, graceMs) };
}

/**
 * Ends a connection on which the client still sends: the answer goes out, and what else comes is read and thrown away for
 * a while, so that the client gets to read the answer before its connection is reset (RFC 9112 section 9.6).
 */
export function lingerAfter(request: IncomingMessage, response: ServerResponse): void {
  const { socket } = request;
  socket.destroySoon = () => {
    socket.end();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS);
    socket.once("close", () => clearTimeout(timer));
    socket.on("data", () => undefined);
    socket.resume();
  };
  response.shouldKeepAlive = false;
}

/** Whether an address that one may listen on is this machine's only. */
export const isLoopback = (host: string): boolean =>
  host === "localhost" || host === "::1" || /^127(\.\d+){3}$/.test(host);

function closeServer(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

const REFUSALS: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** What cannot be read as HTTP is answered in one line, and the connection is closed. */
function refuseClient(error: Error & { code?: string }, socket: Socket) {
  if (!socket.writable || error.code === "ECONNRESET") return socket.destroy();
  const status = REFUSALS[error.code ?? ""] ?? "400 Bad Request";
  // Not `end` only: a client that never closes its side would keep the socket.
  return socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`, () => socket.destroy());
}

function listeningMistake(cause: Error & { code?: string }, { host, port }: { host: string; port: number }): Error {
  const got = {
    EADDRINUSE: `${portHolder(port) ?? "another program"} listens there`,
    EACCES: "the system does not allow it",
    EADDRNOTAVAIL: "this machine has no such address",
    ENOTFOUND: "there is no such host",
  }[cause.code ?? ""];
  if (got === undefined) return cause;
  return new Mistake(
    "port-taken",
    {
      what: `the API cannot listen on ${host}:${port}`,
      got,
      expected: "a free port of this machine",
      fix:
        cause.code === "EADDRINUSE" || cause.code === "EACCES"
          ? "stop the other program, or take any free port: --port 0"
          : "give an address of this machine: --host 127.0.0.1",
    },
    { cause },
  );
}
