import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Mistake } from "../findings/mistake.ts";
import { isJson, type Json } from "../json/json.ts";
import { refuseCall, refuseHost } from "./guard.ts";
import type { PageFiles } from "./page-files.ts";

/** What answers a call of the page: a value that is sent as JSON, or undefined where it answered itself. */
export type Handler = (order: Json, response: ServerResponse) => Promise<unknown>;

/** A call that cannot be answered, with the reason that the page shows. */
export class BadCall extends Error {
  readonly status: 400 | 404 | 409;

  constructor(status: BadCall["status"], reason: string) {
    super(reason);
    this.status = status;
  }
}

export interface ConsoleServerOptions {
  readonly port: number;
  /** Whether any free port does where `port` is taken. */
  readonly isPortOptional: boolean;
  /** What a page has to know to make a call. */
  readonly key: string;
  /** Asked once, when the first page is opened. */
  readonly loadPage: () => Promise<PageFiles>;
  /** By method and path. */
  readonly handlers: ReadonlyMap<string, Handler>;
}

export interface ConsoleServer {
  readonly port: number;
  close(): Promise<void>;
}

/** A body that the explorer sends on, and its order around it. */
const MOST_BODY_BYTES = 2_097_152;

const HEADERS: Readonly<Record<string, string>> = {
  // No inline script, nothing from elsewhere, no frame, and no text that becomes markup.
  "content-security-policy":
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-opener-policy": "same-origin",
  "cross-origin-resource-policy": "same-origin",
  "permissions-policy": "camera=(), geolocation=(), microphone=()",
  "cache-control": "no-store",
};

/** Serves the console's page and answers its calls, on the loopback interface only. @throws Mistake `port-taken` */
export async function startConsoleServer(options: ConsoleServerOptions): Promise<ConsoleServer> {
  let files: Promise<PageFiles> | undefined;
  const pageFiles = () => {
    files ??= options.loadPage();
    // A page that could not be made may be made the next time.
    files.catch(() => (files = undefined));
    return files;
  };
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 5_000 },
    (request, response) => {
      answer(request, response, options, pageFiles).catch((error: unknown) => sendError(response, error));
    },
  );
  server.maxConnections = 256;
  const listen = (port: number) =>
    new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, "127.0.0.1", () => {
        server.off("error", reject);
        resolve();
      });
    });
  try {
    await listen(options.port);
  } catch (cause) {
    if (!isPortTaken(cause)) throw cause;
    if (!options.isPortOptional) throw portMistake(options.port, cause);
    await listen(0);
  }
  const { port } = server.address() as AddressInfo;
  return {
    port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  { key, handlers }: ConsoleServerOptions,
  pageFiles: () => Promise<PageFiles>,
): Promise<void> {
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  const foreign = refuseHost(request);
  if (foreign) return sendJson(response, foreign.status, { error: foreign.reason });
  const [path = ""] = (request.url ?? "").split("?", 1);
  if (!path.startsWith("/api/")) return sendFile(request, response, path, pageFiles);
  const refused = refuseCall(request, key);
  if (refused) return sendJson(response, refused.status, { error: refused.reason });
  const handler = handlers.get(`${request.method ?? ""} ${path}`);
  if (!handler) return sendJson(response, 404, { error: "there is no such call" });
  const order = request.method === "POST" ? await readOrder(request) : {};
  const value = await handler(order, response);
  if (value !== undefined) sendJson(response, 200, value);
}

async function sendFile(
  { method }: IncomingMessage,
  response: ServerResponse,
  path: string,
  pageFiles: () => Promise<PageFiles>,
): Promise<void> {
  if (method !== "GET" && method !== "HEAD") return sendJson(response, 405, { error: "only GET is answered" });
  const file = (await pageFiles()).get(path);
  if (!file) return sendJson(response, 404, { error: "there is no such file" });
  response.writeHead(200, { "content-type": file.type, "content-length": file.bytes.length });
  response.end(method === "HEAD" ? undefined : file.bytes);
}

/** @throws BadCall where the body is no JSON object, or too much */
async function readOrder(request: IncomingMessage): Promise<Json> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_BODY_BYTES) throw new BadCall(400, `a call has at most ${MOST_BODY_BYTES} bytes`);
    chunks.push(chunk);
  }
  let order: unknown;
  try {
    order = JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    throw new BadCall(400, "the body is not JSON");
  }
  if (!isJson(order)) throw new BadCall(400, "the body is not a JSON object");
  return order;
}

function sendJson(response: ServerResponse, status: number, value: unknown) {
  const text = JSON.stringify(value);
  response.writeHead(status, { "content-type": "application/json", "content-length": Buffer.byteLength(text) });
  response.end(text);
}

function sendError(response: ServerResponse, error: unknown) {
  if (response.headersSent) return response.destroy();
  if (error instanceof BadCall) return sendJson(response, error.status, { error: error.message });
  if (error instanceof Mistake) return sendJson(response, 409, { error: `${error.say.what}; ${error.say.fix}` });
  return sendJson(response, 500, {
    error: `the console failed: ${error instanceof Error ? error.message : "unknown"}`,
  });
}

const isPortTaken = (cause: unknown): cause is Error =>
  cause instanceof Error && "code" in cause && (cause.code === "EADDRINUSE" || cause.code === "EACCES");

const portMistake = (port: number, cause: Error) =>
  new Mistake(
    "port-taken",
    {
      what: `the console cannot listen on port ${port}`,
      got:
        "code" in cause && cause.code === "EADDRINUSE"
          ? "another program listens there"
          : "the system does not allow it",
      expected: "a free port of this machine",
      fix: "give another port: --console-port 0 takes any; --no-console leaves the console out",
    },
    { cause },
  );
