import type { Confidence } from "../aws/confidence.ts";
import { issuerFetcher } from "../http/fetch-document.ts";
import { IssuerKeys } from "../keys/issuer-keys.ts";
import { authorize } from "../rules/authorize.ts";
import { authorizerErrorOf, challengeOf } from "../rules/challenge.ts";
import type { Decision } from "../rules/decision.ts";
import type { FindKey } from "../rules/key-answer.ts";
import { readKeySet } from "../rules/key-set.ts";
import { remedyOf } from "../rules/remedy.ts";
import { SignatureMemory } from "../rules/signature-memory.ts";
import { confidenceOf, traceOf } from "../rules/trace.ts";

// What other programs import as `gatehouse/rules` (docs/rules.md). Small, since each name is a promise.

/** The authorizer in whose place a verifier decides: AWS's `JWTConfiguration`, and where its keys are from. */
export interface VerifierOptions {
  /** Compared with `iss` as it is, character by character. An https URL; http only on the loopback interface. */
  readonly issuer: string;
  /** `aud` (or `client_id` where `aud` is absent) must hold one of these. */
  readonly audience: readonly string[];
  /**
   * The issuer's JWKS as JSON text; nothing is fetched then.
   * @default - fetched from the issuer by discovery, within 1,500 ms a document, and kept for up to two hours
   */
  readonly jwks?: string;
  /** PEM of the authorities that the issuer's certificate may come from, these only. @default - Node's own */
  readonly ca?: string;
  /** Milliseconds since 1970. @default Date.now */
  readonly nowMs?: () => number;
}

/** Decides on tokens as one JWT authorizer does, and keeps the issuer's keys: make one and use it for every token. */
export interface Verifier {
  /**
   * Verifies one token. A token that is refused is an answer, and so is an issuer that cannot be reached.
   * @param credential the value of the `Authorization` header, or the token itself; undefined where there is none
   * @param scopes of the route: one of them is enough; none on a route that asks for none
   */
  verify(credential: string | undefined, scopes?: readonly string[]): Promise<Verdict>;
}

/** What the authorizer decides. */
export type Verdict = Accepted | Refused;

/** The request passes on to the integration. */
export interface Accepted {
  readonly allowed: true;
  readonly status: 200;
  /** As the token has them. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** All scopes of the token on a route with scopes, `null` on a route without. */
  readonly scopes: readonly string[] | null;
  /** How sure we are that API Gateway decides the same. */
  readonly confidence: Confidence;
  readonly rules: readonly RuleResult[];
}

/** The request is answered by API Gateway itself. */
export interface Refused {
  readonly allowed: false;
  /** 403 for scopes only, 401 for all else. */
  readonly status: 401 | 403;
  /** The rule that refused: a stable code, listed in docs/errors.md. */
  readonly rule: string;
  /** Why, in words for a person. Never the token. */
  readonly cause: string;
  /** What to change, in words for a person. */
  readonly remedy: string;
  /** The `www-authenticate` header of the answer; undefined where AWS's is not known. */
  readonly challenge: string | undefined;
  /** `$context.authorizer.error`, as the access log shows it. */
  readonly logged: string;
  /** How sure we are that API Gateway refuses this token. */
  readonly confidence: Confidence;
  readonly rules: readonly RuleResult[];
}

/** What one rule found, those after the one that decided included. */
export interface RuleResult {
  /** A stable code, listed in docs/errors.md. */
  readonly rule: string;
  /** The fact about API Gateway that the rule stands for, by its number in docs/conformance.md. */
  readonly fact: string;
  /** The rule as a sentence. */
  readonly title: string;
  /** `skipped`: what the rule reads is not there. */
  readonly outcome: "pass" | "fail" | "skipped";
  readonly confidence: Confidence;
}

export type { Confidence };

/**
 * Makes a verifier.
 * @throws TypeError where no authorizer could have these options: an issuer that is not a URL, no audience, no JWKS in `jwks`
 */
export function createVerifier(options: VerifierOptions): Verifier {
  const { issuer, audience, nowMs = Date.now } = options;
  if (!URL.canParse(issuer)) throw new TypeError(`issuer is not a URL: ${JSON.stringify(issuer)}`);
  if (audience.length === 0) throw new TypeError("audience is empty: an authorizer without one refuses every token");
  const findKey = keysOf(options, nowMs);
  const memory = new SignatureMemory();
  const configuration = { issuer, audience: [...audience] };
  return {
    verify: async (credential, scopes = []) =>
      verdictOf(await authorize({ credential, configuration, scopes }, findKey, nowMs() / 1_000, { memory })),
  };
}

function keysOf({ issuer, jwks, ca }: VerifierOptions, nowMs: () => number): FindKey {
  if (jwks === undefined)
    return new IssuerKeys({ issuer, fetchDocument: issuerFetcher(issuer, ca === undefined ? {} : { ca }), nowMs }).find;
  const set = readKeySet(jwks);
  if (!set) throw new TypeError('jwks holds no JWKS: {"keys": […]} as JSON text is needed');
  return (kid) => set.byKid.get(kid) ?? { kind: "unknown", kids: [...set.byKid.keys()] };
}

function verdictOf(decision: Decision): Verdict {
  const confidence = confidenceOf(decision);
  const rules = traceOf(decision).map(({ rule, fact, title, outcome, confidence: sure }) => ({
    rule,
    fact,
    title,
    outcome,
    confidence: sure,
  }));
  if (decision.allowed)
    return { allowed: true, status: 200, claims: decision.claims, scopes: decision.scopes, confidence, rules };
  const { status, rule } = decision;
  return {
    allowed: false,
    status,
    rule,
    ...remedyOf(decision),
    challenge: challengeOf(decision),
    logged: authorizerErrorOf(decision),
    confidence,
    rules,
  };
}
