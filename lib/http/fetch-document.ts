import { get as httpGet, type IncomingMessage } from "node:http";
import { get as httpsGet } from "node:https";
import type { TLSSocket } from "node:tls";
import { ISSUER_DEADLINE_MS, MOST_ISSUER_DOCUMENT_BYTES } from "../aws/limits.ts";
import type { IssuerStage } from "../rules/key-answer.ts";
import { faultOf, IssuerFault } from "./issuer-fault.ts";
import { follow, progressTo } from "./progress.ts";

/** One document of an issuer, as it was answered. */
export interface IssuerDocument {
  readonly text: string;
  readonly bytes: number;
  /** The answer's `content-type`; undefined where there is none. API Gateway's view of it is not known. */
  readonly contentType: string | undefined;
  /** The issuer's clock: the answer's `date`. */
  readonly date: string | undefined;
  /** When the server's own certificate ends, as it writes it; undefined over http. */
  readonly certificateEnds: string | undefined;
}

/** Fetches one document of an issuer, or rejects with an `IssuerFault`. */
export type ReadDocument = (url: string) => Promise<IssuerDocument>;

/** The same, its text only. */
export type FetchDocument = (url: string) => Promise<string>;

export interface FetchLimits {
  /** For the whole document, from the look-up of the name to the last byte. @default 1500, as API Gateway (4.10, DOC) */
  readonly deadlineMs?: number;
  /** @default 150000: API Gateway's limit for a JWKS (4.10, DOC); for discovery AWS publishes none, it is our choice */
  readonly maxBytes?: number;
  /** Whether http is taken on 127.0.0.0/8, ::1 and localhost. @default false: https only */
  readonly httpOnLoopback?: boolean;
  /** PEM of the authorities to trust, these only. @default - Node's own, with NODE_EXTRA_CA_CERTS */
  readonly ca?: string | readonly string[];
}

/** As `documentFetcher`, for an issuer of which a person or a template says http: it is taken on the loopback interface only. */
export const issuerFetcher = (issuer: string, limits: FetchLimits = {}): FetchDocument =>
  documentFetcher({ ...limits, httpOnLoopback: issuer.startsWith("http://") });

/** As `documentReader`, for the text only. */
export function documentFetcher(limits: FetchLimits = {}): FetchDocument {
  const read = documentReader(limits);
  return async (url) => (await read(url)).text;
}

/**
 * The one place that talks to an issuer: GET, no redirect, no compression (a limit on compressed bytes is none), one
 * deadline, one size. A connection of its own each time: documents are fetched minutes apart, and a socket kept over a
 * frozen Lambda is a dead one.
 */
export function documentReader(limits: FetchLimits = {}): ReadDocument {
  const { deadlineMs = ISSUER_DEADLINE_MS, maxBytes = MOST_ISSUER_DOCUMENT_BYTES, httpOnLoopback = false, ca } = limits;
  return async (text) => {
    const url = readUrl(text, httpOnLoopback);
    const progress = progressTo(url);
    const get = url.protocol === "https:" ? httpsGet : httpGet;
    return new Promise<IssuerDocument>((resolve, reject) => {
      const request = get(url, {
        agent: false,
        // NODE_TLS_REJECT_UNAUTHORIZED=0 does not count here: anyone who is in the way would choose the keys.
        rejectUnauthorized: true,
        headers: { accept: "application/json", "accept-encoding": "identity", "user-agent": "gatehouse" },
        ...(ca === undefined ? {} : { ca: typeof ca === "string" ? ca : [...ca] }),
      });
      const deadline = setTimeout(() => {
        const where = WAITING[progress.stage] ?? "reading the answer";
        fail(new IssuerFault("timeout", `no whole answer within ${deadlineMs} ms (${where})`));
      }, deadlineMs);
      const fail = (cause: unknown) => {
        clearTimeout(deadline);
        request.destroy();
        reject(faultOf(cause, progress.stage));
      };
      follow(request, progress);
      request.on("error", fail);
      request.on("response", (response) => {
        progress.stage = "status";
        readAnswer(response, maxBytes).then((document) => {
          clearTimeout(deadline);
          resolve(document);
        }, fail);
      });
    });
  };
}

const WAITING: Partial<Record<IssuerStage, string>> = {
  dns: "looking up the name",
  connect: "connecting",
  tls: "in the TLS handshake",
  timeout: "waiting for the answer",
};

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
const LONGEST_QUOTE = 200;

/** Whether a URL names this machine by its loopback interface: where `httpOnLoopback` takes http. */
export const isOnLoopback = ({ hostname }: URL): boolean => LOOPBACK.test(hostname);

function readUrl(text: string, httpOnLoopback: boolean): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const allowed = url?.protocol === "https:" || (url?.protocol === "http:" && httpOnLoopback && isOnLoopback(url));
  if (!url || !allowed)
    throw new IssuerFault("connect", `${JSON.stringify(text.slice(0, LONGEST_QUOTE))} is not an https URL`);
  // Node would send it as Basic credentials, to whatever host a discovery document names.
  if (url.username !== "" || url.password !== "") throw new IssuerFault("connect", "the URL holds a user name");
  return url;
}

async function readAnswer(response: IncomingMessage, maxBytes: number): Promise<IssuerDocument> {
  const { statusCode = 0, headers, socket } = response;
  // Asked before the body is read: a socket that has ended knows its peer no more.
  const certificateEnds = (socket as Partial<TLSSocket>).getPeerCertificate?.().valid_to;
  if (statusCode >= 300 && statusCode < 400)
    throw new IssuerFault(
      "redirect",
      `answered ${statusCode} to ${originOf(headers.location)}; redirects are not followed`,
    );
  if (statusCode !== 200) throw new IssuerFault("status", `answered ${statusCode}`);
  const { "content-encoding": encoding = "identity", "content-length": announced = "0" } = headers;
  if (encoding !== "identity")
    throw new IssuerFault(
      "size",
      `answered with content-encoding ${JSON.stringify(encoding.slice(0, 20))} though none was asked for`,
    );
  const tooLarge = new IssuerFault("size", `the answer is larger than ${maxBytes} bytes`);
  if (Number(announced) > maxBytes) throw tooLarge;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxBytes) throw tooLarge;
    chunks.push(chunk);
  }
  // A byte order mark stays, and is no JSON: Go's decoder refuses it as JSON.parse does.
  const text = Buffer.concat(chunks).toString("utf8");
  return { text, bytes, contentType: headers["content-type"], date: headers.date, certificateEnds };
}

const originOf = (location: string | undefined) =>
  location !== undefined && URL.canParse(location) ? new URL(location).origin : "another place";
