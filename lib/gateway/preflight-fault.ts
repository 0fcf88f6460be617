import type { CorsModel } from "../assembly/model.ts";

/** What a browser asks in a preflight (Fetch standard, CORS-preflight fetch). */
export interface Preflight {
  readonly origin: string;
  readonly method: string;
  /** In lower case. */
  readonly headers: readonly string[];
}

/** The preflight in a request's headers, given as names and values by turns; undefined where it is none. */
export function preflightIn(method: string, rawHeaders: readonly string[]): Preflight | undefined {
  const header = (wanted: string) => {
    const at = rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === wanted);
    return at < 0 ? undefined : rawHeaders[at + 1];
  };
  const [origin, asked] = [header("origin"), header("access-control-request-method")];
  if (method !== "OPTIONS" || origin === undefined || asked === undefined) return undefined;
  const headers = (header("access-control-request-headers") ?? "").split(",").map((name) => name.trim().toLowerCase());
  return { origin, method: asked, headers: headers.filter((name) => name !== "") };
}

/** Methods that a browser allows of itself (Fetch standard, CORS-safelisted method). */
const SAFELISTED = new Set(["GET", "HEAD", "POST"]);

/**
 * Why a browser stops after the answer to this preflight: the origin, the method or the header that the API's CORS does not
 * allow; undefined where it goes on. With credentials `*` is a name like any other, and `authorization` is never in it
 * (Fetch standard, CORS-preflight fetch, 7).
 */
export function preflightFault(cors: CorsModel, { origin, method, headers }: Preflight): string | undefined {
  const { allowOrigins, allowMethods, allowHeaders, allowCredentials } = cors;
  const isOrigin = allowOrigins.some(
    (one) => one === "*" || one === origin || (one.endsWith("://*") && origin.startsWith(one.slice(0, -1))),
  );
  if (!isOrigin) return `the origin ${origin} is not allowed; ${allowed(allowOrigins)}`;
  const hasWildcard = (values: readonly string[]) => values.includes("*") && !allowCredentials;
  if (!SAFELISTED.has(method) && !allowMethods.includes(method) && !hasWildcard(allowMethods))
    return `the method ${method} is not allowed; ${allowed(allowMethods)}`;
  const names = new Set(allowHeaders.map((name) => name.toLowerCase()));
  const missing = headers.find((name) => !names.has(name) && !(hasWildcard(allowHeaders) && name !== "authorization"));
  if (missing === undefined) return undefined;
  const why = names.has("*") ? `"*" does not cover it${missing === "authorization" ? "" : " with credentials"}` : "";
  return `the header ${missing} is not allowed; ${why === "" ? allowed(allowHeaders) : why}`;
}

const allowed = (values: readonly string[]) =>
  values.length === 0 ? "none is allowed" : `allowed ${values.length === 1 ? "is" : "are"} ${values.join(", ")}`;
