import type { Confidence } from "../aws/confidence.ts";
import type { Finding } from "../findings/finding.ts";

// What the console's server and its page say to each other, as JSON. The page imports nothing else of the server.

/** What stands in the place of a token that is hidden. */
export const MASK = "‹token hidden›";

/** One route as the page shows it. */
export interface RouteView {
  readonly key: string;
  readonly guard: "public" | "jwt" | "lambda" | "unserved";
  /** The scopes of which a token needs one; `[]` for none. */
  readonly scopes: readonly string[];
  /** The authorizer's name; null on a public route. */
  readonly authorizer: string | null;
  /** The issuer and audience that the authorizer trusts; null where it names none. */
  readonly issuer: string | null;
  readonly audience: readonly string[];
  readonly identitySource: readonly string[];
  /** In words: the function, the server behind a proxy route, or why nothing answers. */
  readonly integration: string;
  readonly timeoutMs: number | null;
}

/** One API that runs. */
export interface ApiView {
  readonly name: string;
  readonly stack: string;
  readonly url: string;
  readonly stages: readonly { readonly name: string; readonly url: string; readonly throttle: string | null }[];
  readonly routes: readonly RouteView[];
}

/** One issuer that the APIs name. */
export interface IssuerView {
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly scopes: readonly string[];
  /** Where the embedded issuer answers; null where the issuer itself is asked. */
  readonly embeddedAt: string | null;
}

/** What runs: sent when a page connects and after each reload. */
export interface Overview {
  /** Another one after each start of the gateway: requests of an earlier start have no details any more. */
  readonly boot: string;
  readonly apis: readonly ApiView[];
  readonly issuers: readonly IssuerView[];
  readonly flaws: readonly { readonly name: string; readonly about: string }[];
  readonly unserved: readonly { readonly name: string; readonly what: string; readonly fix: string | null }[];
}

/** One line of the list of requests. */
export interface RequestRow {
  /** From 1, in the order in which they were answered. */
  readonly seq: number;
  readonly requestId: string;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly ms: number;
  /** The API's place in `Overview.apis`. */
  readonly api: number;
  readonly routeKey: string | null;
  /** The rule that refused the token; null where none did. */
  readonly rule: string | null;
  /** The token's application, where a rule let it pass; else the user agent's first word. */
  readonly client: string;
}

/** Bytes as text, cut at a length that a page can show. */
export interface Text {
  readonly text: string;
  /** Of the whole. */
  readonly bytes: number;
  readonly isCut: boolean;
  /** Whether the bytes are no text, and `text` is their beginning in hex. */
  readonly isBinary: boolean;
}

export type Header = readonly [name: string, value: string];

/** One rule's finding. */
export interface RuleView {
  readonly rule: string;
  /** The number of the fact in docs/conformance.md. */
  readonly fact: string;
  readonly title: string;
  readonly outcome: "pass" | "fail" | "skipped";
  readonly confidence: Confidence;
  readonly saw: unknown;
  readonly wanted: unknown;
  /** Of a rule that failed. */
  readonly advice: Advice | null;
}

/** Why a rule refused, and what to change. */
export interface Advice {
  readonly cause: string;
  readonly remedy: string;
  /** Where to change it in WSO2; `[]` where WSO2 is not the place. */
  readonly wso2: readonly Place[];
}

/** One place to change something, by product version. */
export interface Place {
  readonly version: string;
  readonly steps: string;
}

/** What API Gateway answers a client. */
export interface ExpectedAnswer {
  readonly status: number;
  readonly headers: readonly Header[];
  readonly body: string;
  /** `$context.authorizer.error`. */
  readonly accessLogError: string;
  /** How sure we are of that text. */
  readonly textConfidence: Confidence;
}

/** What the rules say of one token on one route. */
export interface Verdict {
  /** `unknown`: the issuer's keys could not be fetched from here, and no other rule refuses. */
  readonly outcome: "allow" | "deny" | "unknown";
  readonly confidence: Confidence;
  /** The rule that decided; null where the token passes. */
  readonly rule: string | null;
  readonly advice: Advice | null;
  /** Null where API Gateway calls the integration. */
  readonly answer: ExpectedAnswer | null;
  readonly rules: readonly RuleView[];
  readonly issuer: string;
  readonly audience: readonly string[];
  readonly scopes: readonly string[];
}

/** What API Gateway does with a request, as far as the route and the token decide it. */
export type Expectation =
  | { readonly kind: "no-route" }
  | { readonly kind: "public"; readonly routeKey: string; readonly integration: string }
  | { readonly kind: "verdict"; readonly routeKey: string; readonly integration: string; readonly verdict: Verdict }
  /** Somebody else's code decides, or the answer is open. */
  | { readonly kind: "open"; readonly routeKey: string; readonly reason: string };

/** The keys that a decision was made with. */
export interface KeysView {
  readonly issuer: string;
  readonly kids: readonly string[];
  readonly ageMs: number;
  /** Whether this request waited for the fetch. */
  readonly isFetchedNow: boolean;
}

/** One call of a function. */
export interface CallView {
  readonly functionName: string;
  /** The event, indented; the token is masked. */
  readonly event: Text;
  readonly logLines: readonly string[];
  /** What the function answered or how it ended. */
  readonly ending: string;
  readonly result: Text | null;
  readonly tookMs: number | null;
}

/** A request with its whole way. */
export interface RequestDetail extends RequestRow {
  readonly query: string;
  readonly stage: string | null;
  readonly pathParameters: Readonly<Record<string, string>>;
  readonly sourceIp: string | null;
  readonly userAgent: string | null;
  readonly requestHeaders: readonly Header[];
  readonly requestBody: Text | null;
  readonly expectation: Expectation;
  readonly keys: KeysView | null;
  readonly authorizerCall: CallView | null;
  readonly functionCall: CallView | null;
  readonly integrationError: string | null;
  readonly localReason: string | null;
  /** Why the gateway itself answered; null where a function or a server did. */
  readonly cause: Finding | null;
  /** `$context.authorizer.error`. */
  readonly authorizerError: string | null;
  readonly responseHeaders: readonly Header[];
  readonly responseBody: Text;
  readonly accessLog: string | null;
  readonly timings: { readonly authorizerMs: number | null; readonly integrationMs: number | null };
  /** Whether the request carries a token that may be asked for. */
  readonly hasToken: boolean;
}

/** What a token says, and what the rules say of it. */
export interface Inspection {
  readonly form: "jwt" | "opaque" | "unreadable" | "none";
  readonly header: Readonly<Record<string, unknown>> | null;
  readonly claims: Readonly<Record<string, unknown>> | null;
  /** Seconds since 1970, when the rules were asked. */
  readonly nowSeconds: number;
  readonly expectation: Expectation;
}

/** What was asked of the API, and what came back. */
export interface Sent {
  readonly status: number;
  readonly statusText: string;
  readonly headers: readonly Header[];
  readonly body: Text;
  readonly ms: number;
  /** The request in the list; null where the gateway has not noted it. */
  readonly seq: number | null;
  readonly expectation: Expectation;
}

/** One document of an issuer, as it answered. */
export interface DocumentView {
  readonly url: string;
  readonly ms: number;
  /** Null where it could not be fetched. */
  readonly text: string | null;
  readonly bytes: number;
  readonly fault: string | null;
}

/** One key of a JWKS. */
export interface KeyView {
  readonly kid: string;
  readonly kty: string;
  readonly alg: string;
  readonly use: string;
  readonly bits: number | null;
  /** Why the rules do not verify with it; null where they do. */
  readonly unusable: string | null;
}

/** An issuer's documents as they are now, and the keys that the gateway holds. */
export interface IssuerDocuments {
  readonly discovery: DocumentView;
  readonly jwks: DocumentView | null;
  readonly keys: readonly KeyView[];
  readonly held: { readonly kids: readonly string[]; readonly ageMs: number } | null;
}

/** What the doctor found. */
export interface DoctorView {
  /** Whether nothing failed. */
  readonly usable: boolean;
  /** Whether this machine reached the issuer. */
  readonly reached: boolean;
  readonly findings: readonly Finding[];
}

/** What the server tells a page that is open. */
export type ConsoleEvent =
  | { readonly kind: "overview"; readonly overview: Overview }
  | { readonly kind: "requests"; readonly rows: readonly RequestRow[] }
  /** Rows that this page was too slow to take. */
  | { readonly kind: "missed"; readonly count: number };

/** A token to make. */
export interface MintOrder {
  readonly issuer: string;
  readonly scopes: readonly string[];
  readonly claims: Readonly<Record<string, unknown>>;
  readonly flaw: string | null;
  readonly ttlSeconds: number;
}

/** A request to send. */
export interface SendOrder {
  readonly api: number;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: readonly Header[];
  readonly body: string;
}

/** A token to look at: the text, or that of a request in the list. */
export interface InspectOrder {
  readonly token?: string;
  readonly seq?: number;
  readonly api: number;
  /** Null asks for no scope. */
  readonly routeKey: string | null;
}
