// Inside an execution environment, the embedded issuer stands in for the real one: a request of the function to the
// issuer's origin goes to the loopback address instead. It is done here, around the function, so that the deployed code
// knows nothing of it and has no switch that could be left on.
import http from "node:http";
import https from "node:https";
import { syncBuiltinESMExports } from "node:module";

/** @param {ReadonlyMap<string, string>} origins the origin that a function asks for → the one that answers */
export function redirectOrigins(origins) {
  if (origins.size === 0) return;
  const { request } = https;
  https.request = (...args) => {
    const { url, options, callback } = readArguments(args);
    const target = origins.get(url.origin);
    if (target === undefined) return request(...args);
    // Not the TLS settings: what answers there speaks plain HTTP.
    const { headers, method, timeout, signal } = options;
    const given = { headers, method, timeout, signal, agent: false };
    return http.request(new URL(url.pathname + url.search, target), defined(given), callback);
  };
  https.get = (...args) => {
    const asked = https.request(...args);
    asked.end();
    return asked;
  };
  syncBuiltinESMExports();
  const { fetch } = globalThis;
  globalThis.fetch = (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const target = origins.get(url.origin);
    if (target === undefined) return fetch(input, init);
    const moved = new URL(url.pathname + url.search, target);
    return input instanceof Request ? fetch(new Request(moved, input), init) : fetch(moved, init);
  };
}

/** `(url[, options][, callback])` and `(options[, callback])`, as Node takes them. */
function readArguments(args) {
  const callback = args.find((one) => typeof one === "function");
  const [first, second] = args;
  if (typeof first === "string" || first instanceof URL)
    return { url: new URL(first), options: typeof second === "object" ? second : {}, callback };
  const { protocol = "https:", hostname, host = "localhost", port, path = "/" } = first;
  const authority = `${hostname ?? host}${port === undefined ? "" : `:${port}`}`;
  return { url: new URL(`${protocol}//${authority}${path}`), options: first, callback };
}

const defined = (options) => Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
