import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { FunctionModel } from "../assembly/model.ts";
import { tooLarge } from "./event-size.ts";
import type { Invocation, InvocationRequest } from "./execution-environment.ts";
import type { FunctionHost } from "./function-host.ts";

/** What a function answers at most (AWS Lambda quotas, DOC). */
const MOST_BYTES = 6_291_456;
const LONGEST_TEXT = 1_000;

/**
 * A function that another program runs, asked by Lambda's Invoke API: the runtime interface emulator of an image,
 * `sam local start-lambda`, or any emulator of Lambda. Requests are not signed, since none of these looks at a signature.
 * Source: AWS Lambda API reference, Invoke (DOC).
 */
export class InvokedFunction {
  readonly model: FunctionModel;
  readonly #host: FunctionHost;
  readonly #url: string;
  #running = 0;

  /** @param model with the URL in the place of its code */
  constructor(model: FunctionModel, host: FunctionHost) {
    this.model = model;
    this.#host = host;
    this.#url = "invokeUrl" in model.code ? model.code.invokeUrl : "";
  }

  /** Nothing: the other program starts it. */
  warm(): void {}

  /** Nothing: each connection ends with its answer. */
  close(): void {}

  async invoke({ event, timeoutMs }: InvocationRequest): Promise<Invocation> {
    const refused = tooLarge(event);
    if (refused) return refused;
    const { reservedConcurrency: most, timeoutMs: ownMs } = this.model;
    if (most !== undefined && this.#running >= most) return { kind: "throttled", logLines: [] };
    this.#running += 1;
    const sinceMs = performance.now();
    try {
      const limitMs = Math.min(ownMs, timeoutMs);
      const reply = await ask(this.#url, event, limitMs);
      if (reply !== "late") return invocationOf(reply, performance.now() - sinceMs);
      return ownMs < timeoutMs
        ? this.#failed(`Task timed out after ${(ownMs / 1_000).toFixed(2)} seconds`)
        : { kind: "timeout", logLines: [] };
    } catch (error) {
      return this.#failed(`the program that runs the function cannot be asked: ${reasonOf(error)}`);
    } finally {
      this.#running -= 1;
    }
  }

  /** Writes a fault of the other program into the function's log, where people look for why it failed. */
  #failed(message: string): Invocation {
    const line = `${message}; --invoke names ${this.#url}`;
    this.#host.onLog(this.model.name, line);
    return { kind: "error", message, logLines: [line] };
  }
}

interface Reply {
  readonly status: number;
  /** `Handled` or `Unhandled`, where the server says that the function failed. */
  readonly functionError: string | undefined;
  readonly text: string;
}

/** @returns `late` where no whole answer came in time @throws Error where there is no answer, or one that is too large */
function ask(url: string, event: string, limitMs: number): Promise<Reply | "late"> {
  return new Promise((resolve, reject) => {
    const body = Buffer.from(event);
    const request = (url.startsWith("https:") ? httpsRequest : httpRequest)(url, {
      method: "POST",
      agent: false,
      headers: { "content-type": "application/json", "content-length": body.length },
    });
    const timer = setTimeout(() => {
      resolve("late");
      request.destroy();
    }, limitMs);
    request.on("close", () => clearTimeout(timer));
    request.on("error", reject);
    request.on("response", (response) => {
      read(response).then(resolve, reject);
    });
    request.end(body);
  });
}

async function read(response: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = [];
  let length = 0;
  // Leaving the loop destroys the response, and with it the connection.
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > MOST_BYTES) throw new Error(`its answer has more than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  const { "x-amz-function-error": functionError } = response.headers;
  return {
    status: response.statusCode ?? 0,
    functionError: typeof functionError === "string" ? functionError : undefined,
    text: Buffer.concat(chunks).toString(),
  };
}

/** What Lambda says of a function that failed, and what a runtime writes beside it. */
const ERROR_MEMBERS = new Set(["errorType", "errorMessage", "stackTrace", "trace", "cause", "requestId"]);

function invocationOf({ status, functionError, text }: Reply, tookMs: number): Invocation {
  if (status === 429) return { kind: "throttled", logLines: [] };
  if (status !== 200) return failed(`the Invoke API answered ${status}: ${text.slice(0, LONGEST_TEXT)}`);
  const value = parsed(text);
  // The runtime interface emulator sets no header for a function that failed (its issue 20), and answers a text when one ran
  // out of time (its issue 21) or nothing when one exited (its issue 86).
  if (value === undefined) return failed(text.slice(0, LONGEST_TEXT) || "Runtime exited without an answer");
  if (functionError !== undefined || isError(value)) return failed(errorText(value, text));
  return { kind: "result", text, tookMs, logLines: [] };
}

const failed = (message: string): Invocation => ({ kind: "error", message, logLines: [] });

const isError = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" &&
  value !== null &&
  "errorMessage" in value &&
  Object.keys(value).every((name) => ERROR_MEMBERS.has(name));

function errorText(value: unknown, text: string): string {
  const message = isError(value) ? value.errorMessage : text;
  return (typeof message === "string" ? message : text).slice(0, LONGEST_TEXT);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Node gives a refused connection that has several addresses no message of its own. */
const reasonOf = (error: unknown): string =>
  error instanceof AggregateError
    ? [...new Set(error.errors.map(String))].join("; ")
    : error instanceof Error
      ? error.message
      : String(error);
