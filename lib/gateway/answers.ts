// What API Gateway itself answers, apart from an integration. Each text with how sure we are of it.

/** An answer on its way to the client. Header names in lower case, as HTTP/2 clients of API Gateway see them. */
export interface Answer {
  readonly status: number;
  /** Names and values by turns, in the order in which they are sent. */
  readonly headers: readonly string[];
  readonly body: string | Buffer;
  /** `$context.error.message`, of an answer that the gateway itself made. */
  readonly gatewayMessage?: string;
}

/**
 * An answer with a message: compact JSON, no newline (2.1.5, OBS+). The content type is inferred for a JWT authorizer's
 * refusal of today (2.1.6, INF) and seen on a Lambda authorizer's and on a 404 (OBS1).
 */
const message = (status: number, text: string, headers: readonly string[] = []): Answer => ({
  status,
  headers: ["content-type", "application/json", ...headers],
  body: `{"message":"${text}"}`,
  gatewayMessage: text,
});

/** 401 with the challenge of a JWT authorizer (1.8, 2.1.1), or without one from a Lambda authorizer (8.5, OBS1). */
export const unauthorized = (challenge: string | undefined): Answer =>
  message(401, "Unauthorized", challenge === undefined ? [] : ["www-authenticate", challenge]);

/** Scopes (2.3, OBS+), or a Lambda authorizer's no (8.6, OBS1). */
export const FORBIDDEN: Answer = message(403, "Forbidden");
/** No stage or no route (6.1, 6.3, DOC). There is no 405. */
export const NOT_FOUND: Answer = message(404, "Not Found");
/** The function failed or gave a bad answer (6.18, DOC); a Lambda authorizer that cannot run (8.7, DOC). */
export const INTERNAL_SERVER_ERROR: Answer = message(500, "Internal Server Error");
/** The integration took longer than its timeout (6.20, OBS+). */
export const SERVICE_UNAVAILABLE: Answer = message(503, "Service Unavailable");
/** Status DOC (6.24), body UNK. */
export const TOO_MANY_REQUESTS: Answer = message(429, "Too Many Requests");
/** More than 10 MB: limit DOC (6.21), status INF, body UNK. */
export const CONTENT_TOO_LARGE: Answer = message(413, "Request Entity Too Large");
/** Request line and headers above 10,240 bytes: limit DOC, answer UNK (6.22). */
export const HEADERS_TOO_LARGE: Answer = message(431, "Request Header Fields Too Large");
/** A request that HTTP itself forbids (RFC 9112 section 3.2): UNK. */
export const BAD_REQUEST: Answer = message(400, "Bad Request");
