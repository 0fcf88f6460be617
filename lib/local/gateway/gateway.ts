import { randomFillSync } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { Mistake } from "../../mistake.ts";
import type { Decision, FindKey } from "../../rules/decision.ts";
import { SignatureMemory } from "../../rules/signature-memory.ts";
import type { HttpApiModel } from "../assembly/model.ts";
import { formatAccessLog } from "./access-log.ts";
import { type Answer, INTERNAL_SERVER_ERROR } from "./answers.ts";
import { answerVariables, requestVariables } from "./context-variables.ts";
import { type Passage, passThrough } from "./request-way.ts";
import { Serving } from "./serving.ts";

export interface GatewayOptions {
  readonly api: HttpApiModel;
  /** 0 for any free port. */
  readonly port: number;
  /** @default "127.0.0.1" */
  readonly host?: string;
  readonly keysFor: (issuer: string) => FindKey;
  readonly nowMs: () => number;
  readonly onRequest?: (record: RequestRecord) => void;
  readonly onFunctionLog?: (functionName: string, line: string) => void;
  /** By origin, the loopback origin that answers a function's requests instead. @default - none */
  readonly standIns?: ReadonlyMap<string, string>;
  /** The profile of the developer's AWS configuration that functions may use. @default - no credentials at all */
  readonly awsProfile?: string | undefined;
}

/** One answered request. Never the token. */
export interface RequestRecord {
  readonly requestId: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly durationMs: number;
  readonly routeKey: string | undefined;
  readonly decision: Decision | undefined;
  readonly authorizerError: string | undefined;
  readonly integrationError: string | undefined;
  /** Why something is not served here, in our own words. */
  readonly localReason: string | undefined;
  /** The line of the stage's access log, in the template's format; undefined where the stage has none. */
  accessLogLine(): string | undefined;
}

export interface Gateway {
  readonly api: HttpApiModel;
  readonly url: string;
  readonly port: number;
  /** Serves another state of the API from the next request on; those under way finish on the old one. */
  reload(api: HttpApiModel): void;
  close(): Promise<void>;
}

/** Slow clients: bounds of a server that anybody may connect to. */
const LIMITS = {
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  // Node's own limit is above API Gateway's 10,240 bytes, which is checked on the way.
  maxHeaderSize: 16_384,
} as const;

/** Starts an API Gateway HTTP API on this machine. @throws Mistake `port-taken` */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { host = "127.0.0.1", nowMs, keysFor, onRequest, onFunctionLog = () => undefined } = options;
  const servingOptions = {
    keysFor,
    nowMs,
    onFunctionLog,
    standIns: options.standIns ?? new Map(),
    awsProfile: options.awsProfile,
  };
  let serving = new Serving(options.api, servingOptions);
  const memory = new SignatureMemory();
  const server = createServer(LIMITS, (request, response) => {
    void respond(request, response, serving, memory, nowMs, onRequest);
  });
  // Node drops headers beyond 2,000 without a word, the Authorization header among them.
  server.maxHeadersCount = 0;
  server.maxConnections = 2_048;
  server.on("clientError", refuseClient);
  await listen(server, options.port, host);
  serving.warm();
  const { port } = server.address() as AddressInfo;
  return {
    get api() {
      return serving.api;
    },
    port,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${port}`,
    reload: (api) => {
      const before = serving;
      serving = new Serving(api, servingOptions);
      serving.warm();
      before.close();
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
        serving.close();
      }),
  };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  serving: Serving,
  memory: SignatureMemory,
  nowMs: () => number,
  onRequest: GatewayOptions["onRequest"],
): Promise<void> {
  const startedAt = performance.now();
  const requestId = newRequestId();
  const passage = newPassage();
  let answer: Answer;
  try {
    answer = await passThrough(request, serving, { nowMs, memory, requestId }, passage);
  } catch (error) {
    // A fault of ours must not take the process down with the other requests.
    passage.localReason = `the gateway itself failed: ${error instanceof Error ? error.message : String(error)}`;
    answer = INTERNAL_SERVER_ERROR;
  }
  // The rest of a body that nobody read would be taken for the next request; and a client may ask for an end itself.
  send(response, answer, requestId, nowMs(), request.complete && response.shouldKeepAlive);
  if (onRequest) {
    const durationMs = performance.now() - startedAt;
    onRequest(
      recordOf(passage, request, answer, serving.api, { requestId, durationMs, receivedAtMs: nowMs() - durationMs }),
    );
  }
}

/** Headers in the order in which API Gateway sends them (2.1, DOC; 2.1.7, OBS+): the content type before the length. */
function send(
  response: ServerResponse,
  { status, headers, body }: Answer,
  requestId: string,
  nowMs: number,
  keepsAlive: boolean,
) {
  const hasBody = status !== 204 && status !== 304;
  response.sendDate = false;
  const length = typeof body === "string" ? Buffer.byteLength(body) : body.length;
  const isType = (index: number) => headers[index - (index % 2)] === "content-type";
  response.writeHead(status, [
    "Date",
    httpDate(nowMs),
    ...headers.filter((_, index) => isType(index)).map((text, index) => (index === 0 ? "Content-Type" : text)),
    ...(hasBody ? ["Content-Length", String(length)] : []),
    "Connection",
    keepsAlive ? "keep-alive" : "close",
    ...headers.filter((_, index) => !isType(index)),
    "Apigw-Requestid",
    requestId,
  ]);
  response.end(hasBody ? body : undefined);
}

let dateText = "";
let dateSecond = 0;

function httpDate(nowMs: number): string {
  const second = Math.floor(nowMs / 1_000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(nowMs).toUTCString();
  }
  return dateText;
}

const ID_BYTES = 11;
const randomPool = Buffer.alloc(ID_BYTES * 512);
let randomAt = randomPool.length;

/** Base64 of 11 bytes, as `apigw-requestid` looks (2.1.8, OBS+). */
function newRequestId(): string {
  if (randomAt === randomPool.length) {
    randomFillSync(randomPool);
    randomAt = 0;
  }
  randomAt += ID_BYTES;
  return randomPool.toString("base64", randomAt - ID_BYTES, randomAt);
}

const newPassage = (): Passage => ({
  incoming: undefined,
  stage: undefined,
  routeKey: undefined,
  decision: undefined,
  authorizer: undefined,
  authorizerError: undefined,
  integration: undefined,
  localReason: undefined,
});

interface Times {
  readonly requestId: string;
  readonly durationMs: number;
  readonly receivedAtMs: number;
}

function recordOf(
  passage: Passage,
  request: IncomingMessage,
  answer: Answer,
  api: HttpApiModel,
  times: Times,
): RequestRecord {
  const { routeKey, decision, authorizerError, integration, localReason } = passage;
  return {
    requestId: times.requestId,
    method: request.method ?? "",
    path: (request.url ?? "").split("?", 1)[0] ?? "",
    status: answer.status,
    durationMs: times.durationMs,
    routeKey,
    decision,
    authorizerError,
    integrationError: integration?.error,
    localReason,
    accessLogLine: () => accessLogLine(passage, answer, api, times),
  };
}

function accessLogLine(
  { incoming, stage, routeKey, authorizer, authorizerError, integration }: Passage,
  { status, body, gatewayMessage }: Answer,
  api: HttpApiModel,
  { requestId, receivedAtMs, durationMs }: Times,
): string | undefined {
  const format = stage?.model.accessLogFormat;
  if (format === undefined || !stage || !incoming) return undefined;
  const bodyBytes = Buffer.byteLength(body);
  return formatAccessLog(format, {
    ...requestVariables({ api, stage: stage.model, routeKey, requestId, receivedAtMs }, incoming, authorizer),
    ...answerVariables({ status, bodyBytes, durationMs, authorizerError, gatewayMessage, integration }, requestId),
  });
}

/** What cannot be read as HTTP is answered in one line, and the connection is closed. */
function refuseClient(error: Error & { code?: string }, socket: Socket) {
  if (!socket.writable) return socket.destroy();
  const status =
    { HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large", ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout" }[
      error.code ?? ""
    ] ?? "400 Bad Request";
  return socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

const listen = (server: Server, port: number, host: string) =>
  new Promise<void>((resolve, reject) => {
    server.once("error", (cause: Error & { code?: string }) => {
      const isTaken = cause.code === "EADDRINUSE" || cause.code === "EACCES";
      reject(isTaken ? portTaken(cause, port, host) : cause);
    });
    server.listen(port, host, resolve);
  });

const portTaken = (cause: Error & { code?: string }, port: number, host: string) =>
  new Mistake(
    "port-taken",
    {
      what: `the API cannot listen on ${host}:${port}`,
      got: cause.code === "EADDRINUSE" ? "another program listens there" : "the system does not allow it",
      expected: "a free port",
      fix: "stop the other program, or give another port: --port 3001 (0 takes any)",
    },
    { cause },
  );
