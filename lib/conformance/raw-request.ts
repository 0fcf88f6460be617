import { request as httpRequest, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import { Readable } from "node:stream";

/** A request exactly as it is to be sent. */
export interface RawRequest {
  readonly method: string;
  /** What stands on the request line; nothing of it is normalised. */
  readonly target: string;
  /** In their order; repeated and empty ones too. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: Buffer | undefined;
}

/** An answer as it came over the wire. */
export interface RawAnswer {
  readonly status: number;
  /** By lower-case name, each value of a repeated header. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
  readonly body: string;
}

const CHUNK_BYTES = 262_144;

/**
 * Sends a request on a connection of its own.
 * @param origin `http://host:port` or `https://host`
 * @throws Error of Node's where there is no connection or no answer within the deadline
 */
export function sendRaw(origin: string, raw: RawRequest, deadlineMs = 40_000): Promise<RawAnswer> {
  const { protocol, hostname, port, host } = new URL(origin);
  const { method, target, headers, body } = raw;
  const length = body === undefined ? [] : ["Content-Length", String(body.length)];
  const source = Readable.from(body === undefined ? [] : pieces(body));
  const send = protocol === "https:" ? httpsRequest : httpRequest;
  return new Promise((resolve, reject) => {
    const request = send(
      {
        hostname: hostname.replace(/^\[|\]$/g, ""),
        ...(port === "" ? {} : { port }),
        method,
        path: target,
        // A flat list is sent as it is: Node adds nothing to it and joins nothing.
        headers: ["Host", host, "Connection", "close", ...length, ...headers.flat()],
        agent: false,
      },
      (response) => {
        source.unpipe(request);
        readAnswer(response)
          .finally(() => request.destroy())
          .then(resolve, reject);
      },
    );
    request.setTimeout(deadlineMs, () => request.destroy(new Error(`no answer within ${deadlineMs} ms`)));
    request.on("error", reject);
    source.pipe(request);
  });
}

/** In pieces, so that a server which refuses a large body is heard before all of it is sent. */
function* pieces(body: Buffer): Generator<Buffer> {
  for (let at = 0; at < body.length; at += CHUNK_BYTES) yield body.subarray(at, at + CHUNK_BYTES);
}

async function readAnswer(response: IncomingMessage): Promise<RawAnswer> {
  const chunks: Buffer[] = [];
  for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk);
  const headers = new Map<string, string[]>();
  for (let index = 0; index < response.rawHeaders.length; index += 2) {
    const name = (response.rawHeaders[index] ?? "").toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), response.rawHeaders[index + 1] ?? ""]);
  }
  return { status: response.statusCode ?? 0, headers, body: Buffer.concat(chunks).toString("utf8") };
}
