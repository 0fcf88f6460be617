import { documentFetcher, type FetchDocument } from "../lib/http/fetch-document.ts";
import { IssuerKeys } from "../lib/keys/issuer-keys.ts";
import { authorize } from "../lib/rules/authorize.ts";
import { authorizerErrorOf } from "../lib/rules/challenge.ts";
import { claimsAsText } from "../lib/rules/claims-text.ts";
import type { Decision } from "../lib/rules/decision.ts";
import type { JwtConfiguration } from "../lib/rules/jwt-configuration.ts";
import { SignatureMemory } from "../lib/rules/signature-memory.ts";
import { readAuthorities } from "./authorities.ts";

// The mirror: a Lambda (REQUEST) authorizer of payload format 2.0 with simple responses, from the same rules and the
// same key client as everything else here. It answers as the native JWT authorizer would, but for what API Gateway
// makes of a Lambda authorizer's no: 403 and no `www-authenticate` (8.5, 8.6) where the native one says 401.

/** What the mirror reads of API Gateway's authorizer event, payload format 2.0 (8.1, DOC). */
export interface AuthorizerEvent {
  readonly routeKey: string;
  /**
   * The values at the identity sources, in their order: the credential, and the route where answers are kept. API Gateway
   * does not call where one is missing (8.4, DOC).
   */
  readonly identitySource?: readonly string[] | null;
  /** Its `requestId` is taken for the access log's `$context.requestId` (INF). */
  readonly requestContext?: { readonly requestId: string };
}

/** A simple response (8.3, DOC). `context` may hold strings, numbers and booleans only. */
export interface AuthorizerAnswer {
  readonly isAuthorized: boolean;
  readonly context: Readonly<Record<string, string>>;
}

/** What the function's environment says. */
export interface MirrorSettings extends JwtConfiguration {
  /** The scopes by route key, `[]` for a route that asks for none. A route that is not listed is refused. */
  readonly routeScopes: ReadonlyMap<string, readonly string[]>;
}

/** What the mirror reaches outside itself. */
export interface MirrorWorld {
  readonly fetchDocument: FetchDocument;
  readonly nowMs: () => number;
  /** Takes one line of JSON a refusal. Never a token. */
  readonly log: (line: string) => void;
}

/**
 * Reads `ISSUER`, `AUDIENCE` (a list with commas) and `ROUTE_SCOPES` (JSON: route key to list of scopes).
 * @throws Error naming the variable that is missing or wrong: API Gateway then answers 500, and allows nobody
 */
export function readSettings(environment: Readonly<Record<string, string | undefined>>): MirrorSettings {
  const { ISSUER: issuer, AUDIENCE: audience, ROUTE_SCOPES: routeScopes } = environment;
  if (!issuer) throw new Error("the environment variable ISSUER is missing");
  if (!audience) throw new Error("the environment variable AUDIENCE is missing");
  if (!routeScopes) throw new Error("the environment variable ROUTE_SCOPES is missing");
  const entries = Object.entries(JSON.parse(routeScopes) as Record<string, string[]>);
  return { issuer, audience: audience.split(","), routeScopes: new Map(entries) };
}

/** The mirror for given settings: one key client and one memory for the life of the execution environment. */
export function createMirror(settings: MirrorSettings, world: MirrorWorld) {
  const { nowMs, fetchDocument, log } = world;
  const keys = new IssuerKeys({
    issuer: settings.issuer,
    fetchDocument,
    nowMs,
    onEvent: (event) => log(JSON.stringify({ message: "issuer", ...event })),
  });
  const memory = new SignatureMemory();
  return async (event: AuthorizerEvent): Promise<AuthorizerAnswer> => {
    const { routeKey, requestContext } = event;
    const logRefusal = (why: object) =>
      log(JSON.stringify({ message: "refused", requestId: requestContext?.requestId, routeKey, ...why }));
    const scopes = settings.routeScopes.get(routeKey);
    if (scopes === undefined) {
      logRefusal({ error: "the route is not in ROUTE_SCOPES" });
      return { isAuthorized: false, context: { rule: "route", error: "the route is not known to the authorizer" } };
    }
    const [credential] = event.identitySource ?? [];
    const decision = await authorize({ credential, configuration: settings, scopes }, keys.find, nowMs() / 1_000, {
      memory,
    });
    if (!decision.allowed) logRefusal(refusalOf(decision));
    return answerOf(decision);
  };
}

/** Claims and scopes cross as JSON texts: the context knows no lists and no objects. */
function answerOf(decision: Decision): AuthorizerAnswer {
  if (!decision.allowed)
    return { isAuthorized: false, context: { rule: decision.rule, error: authorizerErrorOf(decision) } };
  return {
    isAuthorized: true,
    context: { claims: JSON.stringify(claimsAsText(decision.token)), scopes: JSON.stringify(decision.scopes) },
  };
}

function refusalOf(decision: Extract<Decision, { allowed: false }>) {
  const { keyAnswer } = decision;
  const cause =
    keyAnswer?.kind === "unavailable" ? { stage: keyAnswer.stage, detail: keyAnswer.detail } : { stage: undefined };
  return { rule: decision.rule, error: authorizerErrorOf(decision), ...cause };
}

let mirror: ReturnType<typeof createMirror> | undefined;

/** The Lambda's entry. */
export const handler = (event: AuthorizerEvent): Promise<AuthorizerAnswer> => {
  mirror ??= createMirror(readSettings(process.env), worldOf(readAuthorities(process.env)));
  return mirror(event);
};

const worldOf = (ca: string | undefined): MirrorWorld => ({
  fetchDocument: documentFetcher(ca === undefined ? {} : { ca }),
  nowMs: Date.now,
  // Not by the console: with JSON logging Lambda would wrap the line as a text, and no metric filter could read it.
  log: (line) => process.stdout.write(`${line}\n`),
});
