import type { JwtAuthorizerModel } from "../../assembly/model.ts";
import type { EventContext } from "../../aws/event.ts";
import type { HttpRequest } from "../../aws/http-request.ts";
import { authorize } from "../../rules/authorize.ts";
import { authorizerErrorOf, challengeOf } from "../../rules/challenge.ts";
import { claimsAsText } from "../../rules/claims-text.ts";
import type { Decision, VerifiedToken } from "../../rules/decision.ts";
import { credentialAt, type IdentitySource, readIdentitySource } from "../../rules/identity-source.ts";
import type { FindKey } from "../../rules/key-answer.ts";
import type { SignatureMemory } from "../../rules/signature-memory.ts";
import { FORBIDDEN, unauthorized } from "../answers.ts";
import type { HeldKeys, KeysUsed } from "../request-log.ts";
import { type Authorization, PASSED, type RouteAuthorizer } from "./authorizer.ts";
import { unservedAuthorizer } from "./unserved-authorizer.ts";

/** What a JWT authorizer asks besides its configuration. */
export interface JwtAuthorizerParts {
  readonly findKey: FindKey;
  /** The keys that are held now; for records only. */
  readonly heldKeys: () => HeldKeys | undefined;
  readonly memory: SignatureMemory;
}

/** Asks the rules about the token of a request. */
export function jwtAuthorizer(
  model: JwtAuthorizerModel,
  scopes: readonly string[],
  parts: JwtAuthorizerParts,
): RouteAuthorizer {
  const [expression = ""] = model.identitySource;
  const source = readIdentitySource(expression);
  return source && model.identitySource.length === 1
    ? new JwtAuthorizer(model, source, scopes, parts)
    : unservedAuthorizer(`the identity source ${model.identitySource.join(", ")} is not known (1.6)`);
}

class JwtAuthorizer implements RouteAuthorizer {
  readonly #model: JwtAuthorizerModel;
  readonly #source: IdentitySource;
  readonly #scopes: readonly string[];
  readonly #parts: JwtAuthorizerParts;

  constructor(model: JwtAuthorizerModel, source: IdentitySource, scopes: readonly string[], parts: JwtAuthorizerParts) {
    this.#model = model;
    this.#source = source;
    this.#scopes = scopes;
    this.#parts = parts;
  }

  authorizeRequest({ receivedAtMs }: EventContext, incoming: HttpRequest): Authorization | Promise<Authorization> {
    const { findKey, memory, heldKeys } = this.#parts;
    const credential = credentialAt(this.#source, incoming);
    const before = heldKeys();
    const asked = authorize(
      { credential, configuration: this.#model, scopes: this.#scopes },
      findKey,
      receivedAtMs / 1_000,
      {
        memory,
      },
    );
    const conclude = (decision: Decision) => authorizationOf(decision, this.#keysUsed(before, receivedAtMs));
    return asked instanceof Promise ? asked.then(conclude) : conclude(asked);
  }

  #keysUsed(before: HeldKeys | undefined, nowMs: number): KeysUsed | undefined {
    const held = this.#parts.heldKeys();
    return held && { issuer: this.#model.issuer, held, isFetchedNow: held !== before, nowMs };
  }
}

function authorizationOf(decision: Decision, keys: KeysUsed | undefined): Authorization {
  if (decision.allowed) {
    const context = { jwt: { claims: claimTextsOf(decision.token), scopes: decision.scopes } };
    return { ...PASSED, context, decision, keys };
  }
  const refusal = decision.status === 403 ? FORBIDDEN : unauthorized(challengeOf(decision));
  return { ...PASSED, refusal, decision, error: authorizerErrorOf(decision), keys };
}

/** By the claims as they were read: the memory of good signatures hands out the same when a token comes again. */
const textsByClaims = new WeakMap<VerifiedToken["claims"], Readonly<Record<string, string>>>();

function claimTextsOf(token: VerifiedToken): Readonly<Record<string, string>> {
  const known = textsByClaims.get(token.claims);
  if (known) return known;
  const texts = claimsAsText(token);
  textsByClaims.set(token.claims, texts);
  return texts;
}
