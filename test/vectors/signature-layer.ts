import { decodeBase64url } from "../../lib/rules/base64url.ts";
import { keyIdOf } from "../../lib/rules/key-id.ts";
import { readKeySet } from "../../lib/rules/key-set.ts";
import type { TokenCase } from "../../lib/rules/rule.ts";
import type { RuleName } from "../../lib/rules/rules.ts";
import { RULES } from "../../lib/rules/rules.ts";
import { isUnreadable, readPart, splitToken, type UnverifiedToken } from "../../lib/rules/unverified-token.ts";
import type { Jwk, Verdict } from "./vector-folder.ts";

const LAYER = new Set<RuleName>(["segments", "header", "algorithm", "critical", "key-id", "key", "signature"]);

/**
 * What the rules below the claims say of a JWS, whose payload need not be JSON. They are the very rules of
 * `lib/rules/rules.ts`; only the claims are left unread, so that none of them hides the signature's verdict.
 */
export function signatureVerdict(jws: string, keys: readonly Jwk[]): Verdict {
  const segments = splitToken(jws);
  const headerPart = segments && readPart(segments[0]);
  const readable = headerPart && !isUnreadable(headerPart) && "bytes" in decodeBase64url(segments[1]);
  const token = readable ? unread(headerPart.record, segments) : undefined;
  const kid = token && keyIdOf(token);
  const answer = kid === undefined ? undefined : readKeySet(JSON.stringify({ keys }))?.byKid.get(kid);
  const given = caseOf({ text: jws, segments, headerPart, token });
  given.keyAnswer = answer ?? { kind: "unknown", kids: [] };
  const refused = RULES.some((rule) => LAYER.has(rule.name) && rule.check(given) !== undefined);
  return token !== undefined && !refused ? "accept" : "reject";
}

/** What the signature's rule only says of bytes that are no token, under an RSA key. */
export function primitiveVerdict(message: Buffer, signature: Buffer, alg: string, jwk: Jwk): Verdict {
  const token = unread({ alg }, ["", "", signature.toString("base64url")], message.toString("latin1"));
  const given = caseOf({ token });
  const answer = readKeySet(JSON.stringify({ keys: [{ ...jwk, kid: "the-key" }] }))?.byKid.get("the-key");
  if (answer?.kind !== "found") return "reject";
  given.keyAnswer = answer;
  const rule = RULES.find(({ name }) => name === "signature");
  return rule?.check(given) === undefined ? "accept" : "reject";
}

function unread(
  header: UnverifiedToken["header"],
  [first, second, signatureText]: readonly [string, string, string],
  signedText = `${first}.${second}`,
): UnverifiedToken {
  return { header, claims: {}, payloadText: "{}", signedText, signatureText };
}

const caseOf = (read: Partial<TokenCase>): TokenCase => ({
  configuration: { issuer: "", audience: [] },
  routeScopes: [],
  nowSeconds: 0,
  text: undefined,
  segments: undefined,
  headerPart: undefined,
  claimsPart: undefined,
  token: undefined,
  keyAnswer: undefined,
  verifiedKey: undefined,
  ...read,
});
