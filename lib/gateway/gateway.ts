import type { IncomingMessage, ServerResponse } from "node:http";
import type { HttpApiModel } from "../assembly/model.ts";
import type { FunctionHost } from "../functions/function-host.ts";
import type { FindKey } from "../rules/key-answer.ts";
import { SignatureMemory } from "../rules/signature-memory.ts";
import { ApiRuntime } from "./api-runtime.ts";
import { failedWith, handleRequest } from "./handle-request.ts";
import { type ClientPatience, lingerAfter, listen } from "./http-server.ts";
import { newRequestId } from "./request-id.ts";
import type { HeldKeys } from "./request-log.ts";
import { type RequestRecord, recordOf } from "./request-record.ts";
import { sendAnswer } from "./send-answer.ts";

export interface GatewayOptions {
  readonly api: HttpApiModel;
  /** 0 for any free port. */
  readonly port: number;
  /** The address to listen on. @default "127.0.0.1" */
  readonly host?: string;
  /** Host names that are taken besides the API's own and this machine's; `*` for any. @default - none */
  readonly allowedHosts?: readonly string[] | undefined;
  /** @default - see ClientPatience */
  readonly patience?: ClientPatience;
  readonly keysFor: (issuer: string) => FindKey;
  /** The keys that are held of an issuer now, for records only. @default - records say nothing of keys */
  readonly heldKeysOf?: (issuer: string) => HeldKeys | undefined;
  /** What functions find on this machine; its clock is the gateway's, too. */
  readonly functionHost: FunctionHost;
  readonly onRequest?: (record: RequestRecord) => void;
}

export interface Gateway {
  readonly api: HttpApiModel;
  readonly url: string;
  readonly port: number;
  /**
   * Serves another state of the API from the next request on; those under way finish on the old one.
   * @returns when the last of them is answered, and of those before
   */
  reload(api: HttpApiModel): Promise<void>;
  close(): Promise<void>;
}

/** Tokens whose signature is remembered: more than one developer's callers have, and 5 MB at most. */
const MOST_REMEMBERED = 500;
/** How long requests under way may take to finish when the gateway is closed. */
const CLOSING_GRACE_MS = 1_000;

/** Starts an API Gateway HTTP API on this machine. @throws Mistake `port-taken` */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { host = "127.0.0.1", keysFor, heldKeysOf = () => undefined, functionHost, allowedHosts = [] } = options;
  const parts = { keysFor, heldKeysOf, functionHost, allowedHosts, memory: new SignatureMemory(MOST_REMEMBERED) };
  let runtime = new ApiRuntime(options.api, parts);
  const server = await listen({ host, port: options.port }, options.patience ?? {}, (request, response) => {
    const current = runtime;
    current.begin();
    void answerRequest(request, response, current, options.onRequest).finally(() => current.end());
  });
  runtime.warm();
  let drained: Promise<unknown> = Promise.resolve();
  return {
    get api() {
      return runtime.api;
    },
    port: server.port,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${server.port}`,
    reload: (api) => {
      const before = runtime;
      runtime = new ApiRuntime(api, parts, before);
      runtime.warm();
      before.close(runtime);
      // A function that did not change is shared by several states: the code of this one may still serve an older one's requests.
      drained = Promise.all([drained, before.drained()]);
      return drained.then(() => undefined);
    },
    close: async () => {
      await server.close(CLOSING_GRACE_MS);
      runtime.close();
    },
  };
}

async function answerRequest(
  request: IncomingMessage,
  response: ServerResponse,
  runtime: ApiRuntime,
  onRequest: GatewayOptions["onRequest"],
): Promise<void> {
  const startedAt = performance.now();
  const requestId = newRequestId();
  let handled = await handleRequest(request, runtime, requestId);
  // The rest of a body that nobody read would be taken for the next request; what was not HTTP is not trusted again; and
  // a client may ask for an end itself.
  if (!request.complete || handled.log.incoming === undefined) lingerAfter(request, response);
  try {
    sendAnswer(response, handled.answer, requestId, runtime.nowMs());
  } catch (error) {
    handled = failedWith(error, handled.log);
    sendAnswer(response, handled.answer, requestId, runtime.nowMs());
  }
  if (!onRequest) return;
  const durationMs = performance.now() - startedAt;
  const receivedAtMs = runtime.nowMs() - durationMs;
  onRequest(recordOf({ api: runtime.api, request, requestId, receivedAtMs, durationMs }, handled));
}
