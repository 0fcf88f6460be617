import type { Confidence } from "../aws/confidence.ts";
import { OWN_TEXTS } from "./own-texts.ts";
import type { Remedy } from "./remedy.ts";

/** What a text of the access log, or of the mirror's log, means. */
export interface LogErrorMeaning extends Remedy {
  /** Whose words they are: ours stand where what AWS writes is not known. */
  readonly words: "AWS" | "Gatehouse";
  /** How sure we are that this is AWS's own text and has this cause; UNK for words of ours. */
  readonly confidence: Confidence;
  /** Undefined where it is no affair of AWS. */
  readonly fact: string | undefined;
}

interface KnownText extends Remedy {
  readonly pattern: RegExp;
  readonly confidence: Confidence;
  readonly fact: string;
}

// The texts of `$context.authorizer.error` and `$context.integrationErrorMessage`, in the order in which they are
// compared. Those that no source shows for AWS are in own-texts.ts.
const KNOWN_TEXTS: readonly KnownText[] = [
  {
    pattern: /missing: token not provided/,
    cause: "the request carried no token where the authorizer's identity source looks",
    remedy: "send 'Authorization: Bearer <token>', or what the identity source of the authorizer names",
    confidence: "OBS+",
    fact: "1.9",
  },
  {
    pattern: /token contains an invalid number of segments/,
    cause: "the credential is no signed JWT: an opaque token, an API key, Basic credentials or an encrypted token",
    remedy: "set the application's access token type to JWT in WSO2 (5.x: Token Issuer JWT)",
    confidence: "OBS+",
    fact: "1.10",
  },
  {
    pattern: /signing method \S+ is invalid/,
    cause: "the token is signed with an algorithm that is not RSA PKCS#1",
    remedy: "have the issuer sign with RS256, RS384 or RS512",
    confidence: "OBS+",
    fact: "2.2",
  },
  {
    pattern: /signing method \(alg\) is (unavailable|unspecified)/,
    cause: "the token's header has no alg, or one that nobody knows",
    remedy: "have the issuer sign with RS256, RS384 or RS512",
    confidence: "INF",
    fact: "2.2",
  },
  {
    pattern: /the token does not have a valid audience/,
    cause: "neither aud nor, where aud is absent, client_id holds an audience of the authorizer",
    remedy: "add the application's client id to the environment's audience and deploy",
    confidence: "DOC",
    fact: "3.8",
  },
  {
    pattern: /issuer does not match/,
    cause: "the token's iss is not, character by character, the authorizer's issuer",
    remedy: "compare the two: a trailing slash, ':443', a tenant's path or another host",
    confidence: "OBS1",
    fact: "3.6",
  },
  {
    pattern: /the issuer in/,
    cause: "the discovery document names another issuer than the authorizer's",
    remedy: "run 'npx gatehouse doctor': it shows the first difference",
    confidence: "OBS1",
    fact: "4.7",
  },
  {
    pattern: /OIDC discovery endpoint communication error/,
    cause: "API Gateway could not fetch the discovery document within 1,500 ms",
    remedy: "run 'npx gatehouse doctor': DNS, certificate, time and status of three tries",
    confidence: "OBS+",
    fact: "4.10",
  },
  {
    pattern: /JWKS communication error/,
    cause: "API Gateway could not fetch the JWKS within 1,500 ms or 150,000 bytes",
    remedy: "run 'npx gatehouse doctor': time, size and keys",
    confidence: "OBS+",
    fact: "4.10",
  },
  {
    pattern: /Token is expired/,
    cause: "exp is in the past",
    remedy: "get a fresh token; where it is fresh, compare the issuer's clock with UTC",
    confidence: "INF",
    fact: "3.11",
  },
  {
    pattern: /Token used before issued/,
    cause: "iat is in the future: the issuer's clock is ahead",
    remedy: "set the issuer's clock; API Gateway allows no skew",
    confidence: "INF",
    fact: "3.11",
  },
  {
    pattern: /Token is not valid yet/,
    cause: "nbf is in the future: the issuer's clock is ahead, or the token is for later",
    remedy: "set the issuer's clock; API Gateway allows no skew",
    confidence: "INF",
    fact: "3.11",
  },
  {
    pattern: /crypto\/rsa: verification error/,
    cause: "the signature is not by the key that the token names, or the token was changed",
    remedy: "get a fresh token from the issuer itself",
    confidence: "INF",
    fact: "2.2",
  },
  {
    pattern: /illegal base64 data at input byte \d+|invalid character .{1,12} looking for|unexpected end of JSON input/,
    cause: "the token was cut or changed on its way",
    remedy: "send the token exactly as the issuer gave it",
    confidence: "INF",
    fact: "2.2",
  },
  {
    pattern: /The Lambda function returned the following error/,
    cause: "the token was good; the function behind the route failed",
    remedy: "read the function's own log at the same request id",
    confidence: "OBS+",
    fact: "6.19",
  },
  {
    pattern: /doesn't match the format that API Gateway expects/,
    cause: "the route asks for AWS_IAM and the request is not signed with Signature Version 4",
    remedy: "give the route the JWT authorizer, or sign the request",
    confidence: "OBS1",
    fact: "6.25",
  },
];

/**
 * What a text of `$context.authorizer.error`, of `$context.integrationErrorMessage` or of the mirror's log means, where it
 * is known.
 */
export function meaningOf(logged: string): LogErrorMeaning | undefined {
  const known = KNOWN_TEXTS.find(({ pattern }) => pattern.test(logged));
  if (known) {
    const { pattern: _, ...meaning } = known;
    return { ...meaning, words: "AWS" };
  }
  const own = OWN_TEXTS.find(({ pattern }) => pattern.test(logged));
  if (!own) return undefined;
  const { pattern: _, ...meaning } = own;
  return { ...meaning, words: "Gatehouse", confidence: "UNK" };
}
