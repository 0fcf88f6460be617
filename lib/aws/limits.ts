// The limits of HTTP APIs, each once: the quotas page of API Gateway's developer guide (section 7, DOC) unless a line says
// otherwise. A limit that AWS raises on request says so.

/** How long API Gateway waits for a discovery document, and for a JWKS, each from the first byte sent to the last read (4.10). */
export const ISSUER_DEADLINE_MS = 1_500;
/** The largest JWKS that API Gateway reads (4.10). For a discovery document AWS publishes none; we take the same (UNK). */
export const MOST_ISSUER_DOCUMENT_BYTES = 150_000;
/** How long API Gateway keeps an issuer's keys (4.11). */
export const KEYS_KEPT_MS = 7_200_000;

/** How long API Gateway waits for a Lambda authorizer (8.8). */
export const AUTHORIZER_DEADLINE_MS = 10_000;
/** How long it keeps a Lambda authorizer's answer at most (8.9). */
export const LONGEST_AUTHORIZER_CACHE_SECONDS = 3_600;
/** The longest that an integration may take, and its default (6.20). */
export const LONGEST_INTEGRATION_MS = 30_000;

/** The request line and all headers together (6.22). */
export const MOST_HEADER_BYTES = 10_240;
/** A request's body, 10 MB (6.21). */
export const MOST_BODY_BYTES = 10_485_760;
/** Of a body, as far as a parameter mapping's JSON path looks into it (DG:http-api-parameter-mapping). */
export const MOST_MAPPED_JSON_BYTES = 102_400;

/** Routes an API; raised on request. */
export const MOST_ROUTES = 300;
/** Integrations an API; raised on request. */
export const MOST_INTEGRATIONS = 300;
/** Authorizers an API; raised on request. */
export const MOST_AUTHORIZERS = 10;
/** Stages an API; raised on request. */
export const MOST_STAGES = 10;
/** Audiences an authorizer. */
export const MOST_AUDIENCES = 50;
/** Scopes a route. */
export const MOST_SCOPES = 10;
/** Characters of a scope, by API Gateway's own API. */
export const LONGEST_SCOPE = 64;
/** Tags a stage. */
export const MOST_TAGS = 50;
/** The format of an access log. */
export const MOST_LOG_FORMAT_BYTES = 3_072;
/** Characters of an API's or an authorizer's name, by API Gateway's own API. */
export const LONGEST_NAME = 128;
/** Characters of an API's description, by API Gateway's own API. */
export const LONGEST_DESCRIPTION = 1_024;
