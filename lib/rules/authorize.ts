import type {
  Allowed,
  AuthorizerPolicy,
  Decision,
  Denied,
  FindKey,
  KeyAnswer,
  Refusal,
  VerificationKey,
  VerifiedToken,
} from "./decision.ts";
import { tokenOf } from "./identity-source.ts";
import { keyIdOf } from "./key.ts";
import type { Rule, TokenCase } from "./rule.ts";
import { RULES_BEFORE_KEY, RULES_OF_CLAIMS, RULES_OF_KEY } from "./rules.ts";
import { scopesOf } from "./scope.ts";
import { usableKey } from "./signature.ts";
import type { SignatureMemory } from "./signature-memory.ts";
import { isUnreadable, readPart, splitToken, type UnverifiedToken } from "./unverified-token.ts";

/** One request before one JWT authorizer. */
export interface AuthorizeRequest {
  /** The value at the authorizer's identity source, as it was sent; undefined where there is none. */
  readonly credential: string | undefined;
  readonly policy: AuthorizerPolicy;
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
  const early = given.verifiedKey === undefined ? firstRefusal(RULES_BEFORE_KEY, given) : undefined;
  if (early && !thorough) return deny(given, early);
  const kid = given.token && keyIdOf(given.token);
  if (kid === undefined) return conclude(given, early, undefined, memory);
  const answer = findKey(kid);
  return answer instanceof Promise
    ? answer.then((late) => conclude(given, early, late, memory))
    : conclude(given, early, answer, memory);
}

function conclude(
  given: TokenCase,
  early: Refused | undefined,
  keyAnswer: KeyAnswer | undefined,
  memory: SignatureMemory | undefined,
): Decision {
  given.keyAnswer = keyAnswer;
  const unproven = early ?? firstRefusal(RULES_OF_KEY, given);
  if (unproven) return deny(given, unproven);
  const { text, token } = given;
  const key = usableKey(given);
  if (text === undefined || token === undefined || key === undefined)
    throw new Error("every rule passed a token that was not read or not verified");
  const refused = firstRefusal(RULES_OF_CLAIMS, given);
  // A good signature stays good whatever this request asks of the claims; a token that is over is not asked for again.
  if (refused?.rule.name === "expiry") memory?.delete(text);
  else if (given.verifiedKey !== key) remember(memory, given, token, key);
  return refused ? deny(given, refused) : new AllowedCase(given, token);
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

interface Refused {
  readonly rule: Rule;
  readonly refusal: Refusal;
}

function firstRefusal(rules: readonly Rule[], given: TokenCase): Refused | undefined {
  for (const rule of rules) {
    const refusal = rule.check(given);
    if (refusal) return { rule, refusal };
  }
  return undefined;
}

const deny = (given: TokenCase, { rule, refusal }: Refused) => new DeniedCase(given, rule, refusal);

/** Reads the token as far as it can be read. */
function open(
  { credential, policy, scopes }: AuthorizeRequest,
  nowSeconds: number,
  memory?: SignatureMemory,
): TokenCase {
  const text = tokenOf(credential);
  const remembered = text === undefined ? undefined : memory?.get(text);
  const segments = remembered || text === undefined ? undefined : splitToken(text);
  const headerPart = segments && (memory?.header(segments[0]) ?? readPart(segments[0]));
  const claimsPart = segments && readPart(segments[1]);
  return {
    policy,
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

/** A decision keeps its case out of sight, so that printing one prints no token. */
abstract class DecidedCase {
  readonly #given: TokenCase;

  constructor(given: TokenCase) {
    this.#given = given;
  }

  static caseOf(decided: DecidedCase): TokenCase {
    return decided.#given;
  }
}

/** What a decision was made of. For `trace.ts`: it holds the token. */
export function caseOf(decision: Decision): TokenCase {
  if (decision instanceof DecidedCase) return DecidedCase.caseOf(decision);
  throw new Error("only authorize makes a decision");
}

class AllowedCase extends DecidedCase implements Allowed {
  readonly allowed = true;
  readonly status = 200;
  readonly token: VerifiedToken;
  readonly #scoped: boolean;

  constructor(given: TokenCase, { header, claims, payloadText }: UnverifiedToken) {
    super(given);
    this.token = { verified: true, header, claims, payloadText };
    this.#scoped = given.routeScopes.length > 0;
  }

  get scopes(): readonly string[] | null {
    return this.#scoped ? scopesOf(this.token.claims) : null;
  }

  get claims(): Readonly<Record<string, unknown>> {
    return this.token.claims;
  }
}

class DeniedCase extends DecidedCase implements Denied {
  readonly allowed = false;
  readonly status: 401 | 403;
  readonly rule: Denied["rule"];
  readonly error: Denied["error"];
  readonly description: string;
  readonly confidence: Denied["confidence"];
  readonly textConfidence: Denied["textConfidence"];
  readonly keyAnswer: Denied["keyAnswer"];

  constructor(given: TokenCase, rule: Rule, refusal: Refusal) {
    super(given);
    this.rule = rule.name;
    this.status = rule.name === "scope" ? 403 : 401;
    this.error = refusal.error;
    this.description = refusal.description;
    this.confidence = refusal.confidence;
    this.textConfidence = refusal.textConfidence;
    this.keyAnswer = given.keyAnswer;
  }
}
