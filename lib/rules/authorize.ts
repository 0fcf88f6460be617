import { Allowed, type Decision, Denied } from "./decision.ts";
import { tokenOf } from "./identity-source.ts";
import type { JwtConfiguration } from "./jwt-configuration.ts";
import type { FindKey, KeyAnswer, VerificationKey } from "./key-answer.ts";
import { keyIdOf } from "./key-id.ts";
import type { Rule, TokenCase } from "./rule.ts";
import { RULES_BEFORE_KEY, RULES_OF_CLAIMS, RULES_OF_KEY, type RuleName } from "./rules.ts";
import { usableKey } from "./signature.ts";
import type { SignatureMemory } from "./signature-memory.ts";
import { isUnreadable, readPart, splitToken, type UnverifiedToken } from "./unverified-token.ts";

/** One request before one JWT authorizer. */
export interface AuthorizeRequest {
  /** The value at the authorizer's identity source, as it was sent; undefined where there is none. */
  readonly credential: string | undefined;
  readonly configuration: JwtConfiguration;
  /** The route's scopes; `[]` on a route that asks for none. */
  readonly scopes: readonly string[];
}

export interface AuthorizeOptions {
  /** Spares the RSA work for a token that was seen before. @default - every signature is checked */
  readonly memory?: SignatureMemory | undefined;
  /** Looks the key up even for a token that is refused without it, so that the trace is whole. @default false */
  readonly thorough?: boolean;
}

/**
 * What an API Gateway JWT authorizer says to a request: token → identity source → parse → algorithm → key → signature →
 * times → issuer → audience → scope → decision. Pure but for `findKey`, and at once unless `findKey` has to fetch.
 * @param nowSeconds seconds since 1970 in UTC, a fraction is allowed
 */
export function authorize(
  request: AuthorizeRequest,
  findKey: FindKey,
  nowSeconds: number,
  options: AuthorizeOptions = {},
): Decision | Promise<Decision> {
  const { memory, thorough } = options;
  const given = open(request, nowSeconds, memory);
  const early = given.verifiedKey === undefined ? firstDenial(RULES_BEFORE_KEY, given) : undefined;
  if (early && !thorough) return early;
  const kid = given.token && keyIdOf(given.token);
  if (kid === undefined) return conclude(given, early, undefined, memory);
  const answer = findKey(kid);
  return answer instanceof Promise
    ? answer.then((late) => conclude(given, early, late, memory))
    : conclude(given, early, answer, memory);
}

function conclude(
  given: TokenCase,
  early: Denied | undefined,
  keyAnswer: KeyAnswer | undefined,
  memory: SignatureMemory | undefined,
): Decision {
  given.keyAnswer = keyAnswer;
  // Again, since a refusal tells what the key client answered.
  const unproven = early ? firstDenial(RULES_BEFORE_KEY, given) : firstDenial(RULES_OF_KEY, given);
  if (unproven) return unproven;
  const { text, token } = given;
  const key = usableKey(given);
  if (text === undefined || token === undefined || key === undefined)
    throw new Error("every rule passed a token that was not read or not verified");
  const denied = firstDenial(RULES_OF_CLAIMS, given);
  // A good signature stays good whatever this request asks of the claims; a token that is over is not asked for again.
  if (denied?.rule === "expiry") memory?.delete(text);
  else if (given.verifiedKey !== key) remember(memory, given, token, key);
  return denied ?? new Allowed(given, token);
}

function remember(
  memory: SignatureMemory | undefined,
  { text = "", segments, headerPart }: TokenCase,
  token: UnverifiedToken,
  key: VerificationKey,
) {
  memory?.set(text, token, key);
  if (segments && headerPart && !isUnreadable(headerPart)) memory?.learnHeader(segments[0], headerPart);
}

function firstDenial(rules: readonly Rule<RuleName>[], given: TokenCase): Denied | undefined {
  for (const rule of rules) {
    const refusal = rule.check(given);
    if (refusal) return new Denied(given, rule.name, refusal);
  }
  return undefined;
}

/** Reads the token as far as it can be read. */
function open(
  { credential, configuration, scopes }: AuthorizeRequest,
  nowSeconds: number,
  memory?: SignatureMemory,
): TokenCase {
  const text = tokenOf(credential);
  const remembered = text === undefined ? undefined : memory?.get(text);
  const segments = remembered || text === undefined ? undefined : splitToken(text);
  const headerPart = segments && (memory?.header(segments[0]) ?? readPart(segments[0]));
  const claimsPart = segments && readPart(segments[1]);
  return {
    configuration,
    routeScopes: scopes,
    nowSeconds,
    text,
    segments,
    headerPart,
    claimsPart,
    token: remembered?.token ?? join(text, segments, headerPart, claimsPart),
    keyAnswer: undefined,
    verifiedKey: remembered?.key,
  };
}

function join(
  text: string | undefined,
  segments: TokenCase["segments"],
  header: TokenCase["headerPart"],
  claims: TokenCase["claimsPart"],
): UnverifiedToken | undefined {
  if (!text || !segments || !header || !claims || isUnreadable(header) || isUnreadable(claims)) return undefined;
  const [, , signatureText] = segments;
  return {
    header: header.record,
    claims: claims.record,
    payloadText: claims.text,
    signedText: text.slice(0, -signatureText.length - 1),
    signatureText,
  };
}
