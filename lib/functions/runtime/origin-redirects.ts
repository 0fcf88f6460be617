// Inside a function's process, the embedded issuer answers for the real one: a request of the function to the issuer's
// origin goes to the loopback address instead. It is done here, around the function, so that the deployed code knows nothing
// of it and has no switch that could be left on.
import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from "node:http";
import https from "node:https";
import { syncBuiltinESMExports } from "node:module";

type OnResponse = (response: IncomingMessage) => void;
type RequestArguments = readonly (string | URL | RequestOptions | OnResponse | undefined)[];

/** Redirects the function's requests. @param origins the origin that a function asks for → the one that answers */
export function redirectOrigins(origins: ReadonlyMap<string, string>): void {
  if (origins.size === 0) return;
  const { request } = https;
  https.request = (...args: RequestArguments) => {
    const { url, options, callback } = readArguments(args);
    const target = origins.get(url.origin);
    if (target === undefined) return (request as (...all: RequestArguments) => ClientRequest)(...args);
    // Not the TLS settings: what answers there speaks plain HTTP.
    const { headers, method, timeout, signal } = options;
    const given = { headers, method, timeout, signal, agent: false };
    return http.request(new URL(url.pathname + url.search, target), defined(given), callback);
  };
  https.get = (...args: RequestArguments) => {
    const asked = (https.request as (...all: RequestArguments) => ClientRequest)(...args);
    asked.end();
    return asked;
  };
  syncBuiltinESMExports();
  const { fetch } = globalThis;
  globalThis.fetch = (input: string | URL | Request, init?: RequestInit) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const target = origins.get(url.origin);
    if (target === undefined) return fetch(input, init);
    const moved = new URL(url.pathname + url.search, target);
    return input instanceof Request ? fetch(new Request(moved, input), init) : fetch(moved, init);
  };
}

/** `(url[, options][, callback])` and `(options[, callback])`, as Node takes them. */
function readArguments(args: RequestArguments): {
  readonly url: URL;
  readonly options: RequestOptions;
  readonly callback: OnResponse | undefined;
} {
  const callback = args.find((one) => typeof one === "function");
  const [first, second] = args;
  if (typeof first === "string" || first instanceof URL)
    return { url: new URL(first), options: typeof second === "object" ? second : {}, callback };
  const options = first as RequestOptions;
  const { protocol = "https:", hostname, host = "localhost", port, path = "/" } = options;
  const authority = `${hostname ?? host}${port === undefined || port === null ? "" : `:${port}`}`;
  return { url: new URL(`${protocol}//${authority}${path}`), options, callback };
}

const defined = (options: object): RequestOptions =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as RequestOptions;
