import { isJson, type Json } from "../json/json.ts";
import { logEvidence } from "./access-log.ts";
import type { Evidence, ReadEvidence } from "./evidence.ts";
import { harEvidence } from "./har.ts";
import { headersOf } from "./headers.ts";

/**
 * Reads a JSON text: a HAR file, a line of an access log, the event of a function or of an authorizer, the body of a refusal,
 * the answer of a token endpoint.
 * @returns undefined where the text is not JSON, or JSON in which nothing is known
 */
export function jsonEvidence(text: string): ReadEvidence | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isJson(value)) return undefined;
  const found = harEvidence(value) ?? eventEvidence(value) ?? logEvidence(value) ?? messageIn(value) ?? tokenIn(value);
  if (found) return Array.isArray(found) ? (found as readonly Evidence[]) : [found as Evidence];
  return {
    unusable: "evidence-broken",
    what: "the JSON holds no token, request, log line or answer that is known",
    got: `an object with ${Object.keys(value).slice(0, 10).join(", ") || "no members"}`,
    fix: "give the token itself, or one of what 'npx gatehouse explain --help' lists",
  };
}

/** The event of a function or of a Lambda authorizer, formats 1.0 and 2.0. */
function eventEvidence(event: Json): Evidence | undefined {
  const { requestContext, headers, rawPath, rawQueryString, path, httpMethod } = event;
  if (!isJson(requestContext) || !isJson(headers)) return undefined;
  const { http } = requestContext;
  const method = isJson(http) ? http.method : httpMethod;
  const query = typeof rawQueryString === "string" && rawQueryString !== "" ? `?${rawQueryString}` : "";
  return {
    found: event.type === "REQUEST" ? "the event of a Lambda authorizer" : "the event of a function",
    request: {
      method: typeof method === "string" ? method : "GET",
      url: `${typeof rawPath === "string" ? rawPath : typeof path === "string" ? path : "/"}${query}`,
      headers: headersOf(Object.entries(headers)),
    },
  };
}

/** `{"message":"Unauthorized"}`. */
function messageIn(body: Json): Evidence | undefined {
  const { message } = body;
  if (typeof message !== "string" || Object.keys(body).length !== 1) return undefined;
  return { found: "the body of an answer", answer: { message } };
}

const TOKEN_MEMBERS = ["access_token", "accessToken", "AccessToken", "token", "authorization", "Authorization"];
/** The answers of token endpoints and of SDKs lie no deeper: `AuthenticationResult.AccessToken`, `data.login.token`. */
const DEEPEST = 3;
const MOST_MEMBERS = 100;

function tokenIn(value: Json, depth = DEEPEST): Evidence | undefined {
  for (const name of TOKEN_MEMBERS) {
    const token = Object.hasOwn(value, name) ? value[name] : undefined;
    if (typeof token === "string") return { found: `the member ${name} of a JSON object`, credential: token };
  }
  if (depth === 0) return undefined;
  for (const inner of Object.values(value).slice(0, MOST_MEMBERS).filter(isJson)) {
    const found = tokenIn(inner, depth - 1);
    if (found) return found;
  }
  return undefined;
}
