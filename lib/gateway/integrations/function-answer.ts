import { validateHeaderName, validateHeaderValue } from "node:http";
import { isJson, type Json } from "../../json/json.ts";
import { type Answer, INTERNAL_SERVER_ERROR } from "../answers.ts";

/** Headers that are the connection's business, not the function's. */
const DROPPED = new Set([
  "connection",
  "content-length",
  "keep-alive",
  "transfer-encoding",
  "date",
  "upgrade",
  "apigw-requestid",
]);

/**
 * What a client gets for a function's result. Format 2.0 infers (6.15, DOC): a result without `statusCode` is a 200 with
 * the result as its JSON body. Format 1.0 takes nothing but the full form. A result that fits neither is a 500 (6.18, DOC).
 * @param resultText the result as JSON
 */
export function functionAnswer(resultText: string, payloadFormat: "1.0" | "2.0", ignoreCors: boolean): Answer {
  const result = JSON.parse(resultText) as unknown;
  const isFull = typeof result === "object" && result !== null && Object.hasOwn(result, "statusCode");
  if (isFull) return fullAnswer(result as Json, ignoreCors);
  if (payloadFormat === "1.0") return INTERNAL_SERVER_ERROR;
  return {
    status: 200,
    headers: ["content-type", "application/json"],
    body: typeof result === "string" ? result : resultText,
  };
}

function fullAnswer(result: Json, ignoreCors: boolean): Answer {
  const status = Number(result.statusCode);
  const { body = "", isBase64Encoded } = result;
  const isText = typeof body === "string" || body === null;
  if (!Number.isInteger(status) || status < 200 || status > 599 || !isText) return INTERNAL_SERVER_ERROR;
  const headers: string[] = [];
  let hasType = false;
  try {
    for (const [name, value] of headersOf(result)) {
      if (DROPPED.has(name) || (ignoreCors && name.startsWith("access-control-"))) continue;
      validateHeaderName(name);
      validateHeaderValue(name, value);
      headers.push(name, value);
      hasType ||= name === "content-type";
    }
  } catch {
    // A line break in a header: Node would throw, API Gateway answers 500.
    return INTERNAL_SERVER_ERROR;
  }
  // 6.16 (OBS+): captured on answers whose function set no content type.
  if (!hasType) headers.unshift("content-type", "text/plain; charset=utf-8");
  const text = body ?? "";
  return { status, headers, body: isBase64Encoded === true ? Buffer.from(text, "base64") : text };
}

/** `headers`, `multiValueHeaders` (1.0) and `cookies` (2.0, one `set-cookie` each: 6.17, DOC), names in lower case. */
function headersOf({ headers, multiValueHeaders, cookies }: Json): readonly (readonly [string, string])[] {
  const multiple = Object.entries(isJson(multiValueHeaders) ? multiValueHeaders : {}).flatMap(([name, values]) =>
    (Array.isArray(values) ? values : [values]).map((value) => [name.toLowerCase(), text(value)] as const),
  );
  const named = new Set(multiple.map(([name]) => name));
  const single = Object.entries(isJson(headers) ? headers : {})
    .map(([name, value]) => [name.toLowerCase(), text(value)] as const)
    .filter(([name]) => !named.has(name));
  const baked = (Array.isArray(cookies) ? cookies : []).map((cookie) => ["set-cookie", text(cookie)] as const);
  return [...single, ...multiple, ...baked];
}

const text = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value ?? ""));
