// Inside a function's process, the embedded issuer answers for the real one: a request of the function to the issuer
// goes to the loopback address instead. It is done here, around the function, so that the deployed code knows nothing
// of it and has no switch that could be left on.
import http, { type ClientRequest, type IncomingMessage, type RequestOptions } from "node:http";
import https from "node:https";
import { syncBuiltinESMExports } from "node:module";

type OnResponse = (response: IncomingMessage) => void;
type RequestArguments = readonly (string | URL | RequestOptions | OnResponse | undefined)[];

/**
 * Redirects the function's requests.
 * @param issuers the base URL of an issuer, without a slash at its end → the loopback origin that answers instead
 */
export function redirectIssuers(issuers: ReadonlyMap<string, string>): void {
  if (issuers.size === 0) return;
  const { request } = https;
  https.request = (...args: RequestArguments) => {
    const { url, options, callback } = readArguments(args);
    const target = targetOf(url, issuers);
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
    const target = targetOf(url, issuers);
    if (target === undefined) return fetch(input, init);
    const moved = new URL(url.pathname + url.search, target);
    return input instanceof Request ? fetch(new Request(moved, input), init) : fetch(moved, init);
  };
}

/**
 * Tenants of one server, such as `/t/a` and `/t/b`, are issuers of one origin: the longest base URL decides. What is under
 * none of them, such as a page of the server itself, goes to the first issuer of the origin.
 */
function targetOf({ origin, pathname }: URL, issuers: ReadonlyMap<string, string>): string | undefined {
  const asked = `${origin}${pathname}`;
  const ofOrigin = [...issuers].filter(([base]) => base === origin || base.startsWith(`${origin}/`));
  const [longest] = ofOrigin
    .filter(([base]) => asked === base || asked.startsWith(`${base}/`))
    .toSorted(([one], [other]) => other.length - one.length);
  return (longest ?? ofOrigin[0])?.[1];
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
