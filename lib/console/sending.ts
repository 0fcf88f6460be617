import { request as httpRequest, type IncomingMessage } from "node:http";
import { textOf } from "./masking.ts";
import type { RunningApi } from "./session.ts";
import type { Header, SendOrder, Sent } from "./wire.ts";

/** What came back, before it is found in the list. */
export type Received = Omit<Sent, "seq" | "expectation"> & { readonly requestId: string | undefined };

const MOST_BODY_BYTES = 1_048_576;
/** API Gateway's own limit for an integration is 30 seconds. */
const PATIENCE_MS = 35_000;
/** The connection's own business. */
const NOT_SENT = new Set(["host", "content-length", "transfer-encoding", "connection", "upgrade", "expect"]);

/**
 * Sends a request to an API that runs here, and to nowhere else: the path is below the API's own address.
 * @throws Error where Node cannot send it, or no answer came
 */
export function sendRequest({ url }: RunningApi, { method, path, headers, body }: SendOrder): Promise<Received> {
  const { hostname, port } = new URL(url);
  const sent = headers.filter(([name]) => !NOT_SENT.has(name.toLowerCase()));
  const bytes = Buffer.from(body);
  const length: readonly Header[] = bytes.length > 0 ? [["content-length", String(bytes.length)]] : [];
  const startedAt = performance.now();
  return new Promise((resolve, reject) => {
    const request = httpRequest({
      // The hostname of an IPv6 address stands in brackets in a URL.
      host: hostname.replace(/^\[|\]$/g, ""),
      port,
      method,
      path,
      headers: [["host", `${hostname}:${port}`], ...sent, ...length].flat(),
      agent: false,
      timeout: PATIENCE_MS,
    });
    request.on("timeout", () => request.destroy(new Error(`no answer within ${PATIENCE_MS} ms`)));
    request.on("error", reject);
    request.on("response", (response) => {
      readBody(response).then((received) => {
        resolve({
          status: response.statusCode ?? 0,
          statusText: response.statusMessage ?? "",
          headers: pairs(response.rawHeaders),
          body: received,
          ms: performance.now() - startedAt,
          requestId: headerOf(response, "apigw-requestid"),
        });
      }, reject);
    });
    request.end(bytes);
  });
}

async function readBody(response: IncomingMessage) {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    if (bytes < MOST_BODY_BYTES) chunks.push(chunk);
    bytes += chunk.length;
  }
  const text = textOf(Buffer.concat(chunks));
  return { ...text, bytes, isCut: text.isCut || bytes > MOST_BODY_BYTES };
}

const pairs = (flat: readonly string[]): readonly Header[] =>
  flat.flatMap((name, index) => (index % 2 === 0 ? [[name, flat[index + 1] ?? ""] as const] : []));

const headerOf = ({ headers }: IncomingMessage, name: string) => {
  const value = headers[name];
  return typeof value === "string" ? value : undefined;
};
