import type { AuthorizerContext, EventContext } from "../aws/event.ts";
import type { HttpRequest } from "../aws/http-request.ts";
import { authorize } from "../rules/authorize.ts";
import { authorizerErrorOf, challengeOf } from "../rules/challenge.ts";
import { claimsAsText } from "../rules/claims-text.ts";
import type { VerifiedToken } from "../rules/decision.ts";
import { credentialAt } from "../rules/identity-source.ts";
import type { SignatureMemory } from "../rules/signature-memory.ts";
import { type Answer, FORBIDDEN, INTERNAL_SERVER_ERROR, unauthorized } from "./answers.ts";
import type { ServedJwt, ServedRoute } from "./api-runtime.ts";
import type { Passage } from "./request-log.ts";

/** Somebody who may pass, or a route that asks nobody. */
interface Admitted {
  /** Undefined on a public route. */
  readonly authorizer: AuthorizerContext | undefined;
}

/** Asks a route's authorizer. @returns what it found out, or the answer to whom it refuses */
export async function admit(
  route: ServedRoute,
  context: EventContext,
  incoming: HttpRequest,
  memory: SignatureMemory,
  passage: Passage,
): Promise<Admitted | Answer> {
  const { authorizer } = route;
  switch (authorizer.kind) {
    case "none":
      return { authorizer: undefined };
    case "unserved":
      passage.localReason = authorizer.reason;
      return INTERNAL_SERVER_ERROR;
    case "jwt":
      return admitToken(authorizer, incoming, context.receivedAtMs, memory, passage);
    case "request": {
      const said = await authorizer.authorizer.decide(context, incoming);
      if (said.kind === "missing") return unauthorized(undefined);
      if (said.kind === "deny") return FORBIDDEN;
      if (said.kind === "allow") return { authorizer: { lambda: said.context, principalId: said.principalId } };
      passage.localReason = `the Lambda authorizer failed: ${said.reason}`;
      return INTERNAL_SERVER_ERROR;
    }
  }
}

async function admitToken(
  { model, source, scopes, findKey }: ServedJwt,
  incoming: HttpRequest,
  receivedAtMs: number,
  memory: SignatureMemory,
  passage: Passage,
): Promise<Admitted | Answer> {
  const credential = credentialAt(source, incoming);
  const asked = authorize({ credential, policy: model, scopes }, findKey, receivedAtMs / 1_000, { memory });
  const decision = asked instanceof Promise ? await asked : asked;
  passage.decision = decision;
  if (decision.allowed)
    return { authorizer: { jwt: { claims: claimTextsOf(decision.token), scopes: decision.scopes } } };
  passage.authorizerError = authorizerErrorOf(decision);
  return decision.status === 403 ? FORBIDDEN : unauthorized(challengeOf(decision));
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
