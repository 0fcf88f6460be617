import { randomFillSync } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpApiModel } from "../assembly/model.ts";
import type { AwsProfile } from "../functions/function-environment.ts";
import type { Decision, FindKey } from "../rules/decision.ts";
import { SignatureMemory } from "../rules/signature-memory.ts";
import { formatAccessLog } from "./access-log.ts";
import { type Answer, INTERNAL_SERVER_ERROR } from "./answers.ts";
import { Serving } from "./api-runtime.ts";
import { answerVariables, requestVariables } from "./context-variables.ts";
import { passThrough } from "./handle-request.ts";
import { type ClientPatience, lingerAfter, listen } from "./http-server.ts";
import { newPassage, type Passage } from "./request-log.ts";

export interface GatewayOptions {
  readonly api: HttpApiModel;
  /** 0 for any free port. */
  readonly port: number;
  /** @default "127.0.0.1" */
  readonly host?: string;
  /** @default - see ClientPatience */
  readonly patience?: ClientPatience;
  readonly keysFor: (issuer: string) => FindKey;
  readonly nowMs: () => number;
  readonly onRequest?: (record: RequestRecord) => void;
  readonly onFunctionLog?: (functionName: string, line: string) => void;
  /** By origin, the loopback origin that answers a function's requests instead. @default - none */
  readonly standIns?: ReadonlyMap<string, string>;
  /** The profile of the developer's AWS configuration that functions may use. @default - no credentials at all */
  readonly awsProfile?: AwsProfile | undefined;
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
  /**
   * Serves another state of the API from the next request on; those under way finish on the old one.
   * @returns when the last of them is answered
   */
  reload(api: HttpApiModel): Promise<void>;
  close(): Promise<void>;
}

/** Tokens whose signature is remembered: more than one developer's callers have, and 5 MB at most. */
const MOST_REMEMBERED = 500;
/** How long requests under way may take to finish when the gateway is closed. */
const CLOSING_GRACE_MS = 2_000;

/** Starts an API Gateway HTTP API on this machine. @throws Mistake `port-taken` */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { host = "127.0.0.1", nowMs, keysFor, awsProfile, onFunctionLog = () => undefined } = options;
  const servingOptions = { keysFor, nowMs, onFunctionLog, standIns: options.standIns ?? new Map(), awsProfile };
  let serving = new Serving(options.api, servingOptions);
  const memory = new SignatureMemory(MOST_REMEMBERED);
  const server = await listen({ host, port: options.port }, options.patience ?? {}, (request, response) => {
    const current = serving;
    current.begin();
    void respond(request, response, current, memory, options).finally(() => current.end());
  });
  serving.warm();
  return {
    get api() {
      return serving.api;
    },
    port: server.port,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${server.port}`,
    reload: (api) => {
      const before = serving;
      serving = new Serving(api, servingOptions, before);
      serving.warm();
      before.close(serving);
      return before.drained();
    },
    close: async () => {
      await server.close(CLOSING_GRACE_MS);
      serving.close();
    },
  };
}

async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  serving: Serving,
  memory: SignatureMemory,
  { nowMs, onRequest }: Pick<GatewayOptions, "nowMs" | "onRequest">,
): Promise<void> {
  const startedAt = performance.now();
  const requestId = newRequestId();
  const passage = newPassage();
  // A fault of ours must not take the process down with the other requests.
  const failed = (error: unknown): Answer => {
    passage.localReason = `the gateway itself failed: ${error instanceof Error ? error.message : String(error)}`;
    return INTERNAL_SERVER_ERROR;
  };
  let answer: Answer;
  try {
    answer = await passThrough(request, serving, { nowMs, memory, requestId }, passage);
  } catch (error) {
    answer = failed(error);
  }
  // The rest of a body that nobody read would be taken for the next request; what was no good HTTP is not trusted again;
  // and a client may ask for an end itself.
  if (!request.complete || passage.incoming === undefined) lingerAfter(request, response);
  const reply = (one: Answer) => send(response, one, requestId, nowMs(), response.shouldKeepAlive);
  try {
    reply(answer);
  } catch (error) {
    answer = failed(error);
    reply(answer);
  }
  if (!onRequest) return;
  const durationMs = performance.now() - startedAt;
  onRequest(
    recordOf(passage, request, answer, serving.api, { requestId, durationMs, receivedAtMs: nowMs() - durationMs }),
  );
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
  const sent = ["Date", httpDate(nowMs)];
  const others: string[] = [];
  for (let index = 0; index < headers.length; index += 2) {
    const [name = "", value = ""] = [headers[index], headers[index + 1]];
    if (name === "content-type") sent.push(sent.length === 2 ? "Content-Type" : name, value);
    else others.push(name, value);
  }
  if (hasBody) sent.push("Content-Length", String(length));
  sent.push("Connection", keepsAlive ? "keep-alive" : "close", ...others, "Apigw-Requestid", requestId);
  response.writeHead(status, sent);
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
