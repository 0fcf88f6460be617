import { type ClientRequest, get as httpGet, type IncomingMessage } from "node:http";
import { get as httpsGet } from "node:https";
import type { TLSSocket } from "node:tls";
import type { IssuerStage } from "../rules/decision.ts";
import { IssuerFault } from "./issuer-fault.ts";

/** Fetches one document of an issuer as text, or throws an `IssuerFault`. */
export type FetchDocument = (url: string) => Promise<string>;

export interface FetchLimits {
  /** For the whole document, from the look-up of the name to the last byte. @default 1500, as API Gateway (4.10, DOC) */
  readonly deadlineMs?: number;
  /** @default 150000, API Gateway's limit for a JWKS (4.10, DOC) */
  readonly maxBytes?: number;
  /** Whether http is taken on 127.0.0.0/8, ::1 and localhost. @default false: https alone */
  readonly httpOnLoopback?: boolean;
}

/**
 * The one place that talks to an issuer: GET, no redirect, no compression (a limit on compressed bytes is none), one
 * deadline, one size. A connection of its own each time: documents are fetched minutes apart, and a socket kept over a
 * frozen Lambda is a dead one.
 */
export function documentFetcher(limits: FetchLimits = {}): FetchDocument {
  const { deadlineMs = 1_500, maxBytes = 150_000, httpOnLoopback = false } = limits;
  return (text) =>
    new Promise<string>((resolve, reject) => {
      const url = readUrl(text, httpOnLoopback);
      const progress: { stage: IssuerStage } = { stage: "dns" };
      const get = url.protocol === "https:" ? httpsGet : httpGet;
      const request = get(url, {
        agent: false,
        headers: { accept: "application/json", "accept-encoding": "identity", "user-agent": "gatehouse" },
      });
      const deadline = setTimeout(() => {
        fail(
          new IssuerFault(
            "timeout",
            `no whole answer within ${deadlineMs} ms (${WAITING[progress.stage] ?? "reading"})`,
          ),
        );
      }, deadlineMs);
      const fail = (cause: unknown) => {
        clearTimeout(deadline);
        request.destroy();
        reject(cause instanceof IssuerFault ? cause : faultOf(cause, progress.stage));
      };
      follow(request, progress);
      request.on("error", fail);
      request.on("response", (response) => {
        progress.stage = "status";
        readBody(response, maxBytes).then((body) => {
          clearTimeout(deadline);
          resolve(body);
        }, fail);
      });
    });
}

const WAITING: Partial<Record<IssuerStage, string>> = {
  dns: "looking up the name",
  connect: "connecting",
  tls: "in the TLS handshake",
  timeout: "waiting for the answer",
  status: "reading the answer",
};

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

function readUrl(text: string, httpOnLoopback: boolean): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const allowed =
    url?.protocol === "https:" || (url?.protocol === "http:" && httpOnLoopback && LOOPBACK.test(url.hostname));
  if (!url || !allowed) throw new IssuerFault("connect", `${text} is not an https URL`);
  return url;
}

/** Notes how far a request got, so that an error or a deadline can name its stage. */
function follow(request: ClientRequest, progress: { stage: IssuerStage }) {
  request.on("socket", (socket) => {
    socket.on("lookup", (error) => {
      if (!error) progress.stage = "connect";
    });
    socket.on("connect", () => {
      progress.stage = (socket as TLSSocket).encrypted ? "tls" : "timeout";
    });
    socket.on("secureConnect", () => {
      progress.stage = "timeout";
    });
  });
}

async function readBody(response: IncomingMessage, maxBytes: number): Promise<string> {
  const { statusCode = 0, headers } = response;
  if (statusCode >= 300 && statusCode < 400)
    throw new IssuerFault(
      "redirect",
      `answered ${statusCode} to ${originOf(headers.location)}; redirects are not followed`,
    );
  if (statusCode !== 200) throw new IssuerFault("status", `answered ${statusCode}`);
  const encoding = headers["content-encoding"] ?? "identity";
  if (encoding !== "identity")
    throw new IssuerFault("size", `answered with content-encoding ${encoding.slice(0, 20)} though none was asked for`);
  const tooLarge = new IssuerFault("size", `the answer is larger than ${maxBytes} bytes`);
  if (Number(headers["content-length"]) > maxBytes) throw tooLarge;
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) throw tooLarge;
    chunks.push(chunk);
  }
  if (!response.complete) throw new IssuerFault("connect", "the connection was closed in the middle of the answer");
  return Buffer.concat(chunks).toString("utf8");
}

const originOf = (location: string | undefined) =>
  location !== undefined && URL.canParse(location) ? new URL(location).origin : "another place";

const DNS_CODES = new Set(["ENOTFOUND", "EAI_AGAIN", "ENODATA", "EAI_FAIL", "EAI_NODATA", "EAI_NONAME"]);

function faultOf(cause: unknown, reached: IssuerStage): IssuerFault {
  const code = codeOf(cause);
  const detail = code ?? (cause instanceof Error ? cause.message.slice(0, 200) : "unknown error");
  if (DNS_CODES.has(code ?? "")) return new IssuerFault("dns", detail, { cause });
  return new IssuerFault(reached === "tls" ? "tls" : "connect", detail, { cause });
}

/** Node tries each address of a name and wraps what failed. */
function codeOf(cause: unknown): string | undefined {
  if (!(cause instanceof Error)) return undefined;
  if ("code" in cause && typeof cause.code === "string" && cause.code !== "") return cause.code;
  return cause instanceof AggregateError ? codeOf(cause.errors[0]) : undefined;
}
