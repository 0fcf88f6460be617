import { request as httpRequest, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import { request as httpsRequest } from "node:https";
import type { IssuerStage } from "../rules/key-answer.ts";
import { isOnLoopback } from "./fetch-document.ts";
import { faultOf } from "./issuer-fault.ts";
import { follow, progressTo } from "./progress.ts";

/** One request to a server that may be given a secret. */
export interface Exchange {
  readonly method: string;
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export interface Answered {
  readonly kind: "answered";
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** As UTF-8, cut after `maxBytes`. */
  readonly body: string;
}

/** No whole answer came. `detail` is a code or a few words of our own, never a header or a body. */
export interface Unanswered {
  readonly kind: "unanswered";
  readonly stage: IssuerStage;
  readonly detail: string;
}

/** Asks once. Never rejects for anything that the network or the server does. */
export type Ask = (exchange: Exchange) => Promise<Answered | Unanswered>;

export interface AskLimits {
  /** For the whole exchange. */
  readonly deadlineMs: number;
  /** @default 1000000 */
  readonly maxBytes?: number;
  /** PEM of the authorities to trust, these only. @default - Node's own, with NODE_EXTRA_CA_CERTS */
  readonly ca?: string;
  /** Shown to a server that asks for one: mutual TLS. @default - none is shown */
  readonly clientCertificate?: ClientCertificate | undefined;
  /** Host name or address to connect to; the certificate and the Host header stay those of the URL. @default - the URL's host */
  readonly connectTo?: string | undefined;
}

/** PEM, both. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/**
 * Asks a server that is shown tokens, secrets or passwords: https, or http on the loopback interface only; no redirect is
 * followed, and a certificate is checked whatever NODE_TLS_REJECT_UNAUTHORIZED says.
 */
export function asker({ deadlineMs, maxBytes = 1_000_000, ca, clientCertificate, connectTo }: AskLimits): Ask {
  return async ({ method, url: address, headers = {}, body }) => {
    const url = URL.canParse(address) ? new URL(address) : undefined;
    if (!url || !maySendSecretsTo(url))
      return { kind: "unanswered", stage: "connect", detail: "the URL is neither https nor on the loopback interface" };
    const progress = progressTo(url);
    return new Promise((resolve) => {
      const send = url.protocol === "https:" ? httpsRequest : httpRequest;
      const request = send(url, {
        method,
        agent: false,
        rejectUnauthorized: true,
        headers: {
          accept: "application/json",
          "user-agent": "gatehouse",
          ...(connectTo === undefined ? {} : { host: url.host }),
          ...(body === undefined ? {} : { "content-length": Buffer.byteLength(body) }),
          ...headers,
        },
        ...(ca === undefined ? {} : { ca }),
        ...clientCertificate,
        ...(connectTo === undefined ? {} : { hostname: connectTo, servername: url.hostname }),
      });
      const end = (outcome: Answered | Unanswered) => {
        clearTimeout(deadline);
        request.destroy();
        resolve(outcome);
      };
      const fail = (cause: unknown) => {
        const { stage, detail } = faultOf(cause, progress.stage);
        end({ kind: "unanswered", stage, detail });
      };
      const deadline = setTimeout(
        () => end({ kind: "unanswered", stage: "timeout", detail: `no whole answer within ${deadlineMs} ms` }),
        deadlineMs,
      );
      follow(request, progress);
      request.on("error", fail);
      request.on("response", (response) => {
        readBody(response, maxBytes).then(
          (text) => end({ kind: "answered", status: response.statusCode ?? 0, headers: response.headers, body: text }),
          fail,
        );
      });
      request.end(body);
    });
  };
}

/** Whether a secret may go there: nobody reads along. */
export const maySendSecretsTo = (url: URL): boolean =>
  (url.protocol === "https:" || (url.protocol === "http:" && isOnLoopback(url))) && url.username + url.password === "";

async function readBody(response: IncomingMessage, maxBytes: number): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    bytes += chunk.length;
    if (bytes > maxBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes).toString("utf8");
}
