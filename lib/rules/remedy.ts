import { ACCEPTED_ALGORITHMS } from "./algorithm.ts";
import type { Denied, KeyAnswer, RuleName, TraceEntry } from "./decision.ts";
import { traceOf } from "./trace.ts";

/** Why a token is refused, in a person's words, and what to change. Never a token. */
export interface Remedy {
  readonly cause: string;
  readonly remedy: string;
}

/** The cause and the remedy of a refusal, by the rule that decided. */
export function remedyOf(decision: Denied): Remedy {
  const entry = traceOf(decision).find(({ rule }) => rule === decision.rule);
  return REMEDIES[decision.rule](entry ?? NOTHING, decision);
}

/** The same for any failed rule of a trace, also one that did not decide. */
export const remedyOfEntry = (entry: TraceEntry, decision: Denied): Remedy => REMEDIES[entry.rule](entry, decision);

const NOTHING = { saw: undefined, wanted: undefined };
type Seen = Pick<TraceEntry, "saw" | "wanted">;
type Explain = (seen: Seen, decision: Denied) => Remedy;

const REMEDIES: Readonly<Record<RuleName, Explain>> = {
  "identity-source": () => ({
    cause: "the request carries no token where the authorizer looks for one",
    remedy: "send 'Authorization: Bearer <token>', or the header or query name of the authorizer's identity source",
  }),
  segments: ({ saw }) => ({
    cause: `the credential has ${String(saw)} part(s) between dots and a signed token has 3`,
    remedy:
      saw === 1
        ? "the token is opaque: set the application's access token type to JWT in WSO2 (5.x: Token Issuer JWT)"
        : "send the token alone or after exactly 'Bearer '; an encrypted token (JWE) is not taken",
  }),
  header: ({ saw }) => ({
    cause: `the token's header cannot be read: ${String(saw)}`,
    remedy:
      "send the token exactly as the issuer gave it, alone or after exactly 'Bearer ': no lower-case 'bearer', no second 'Bearer', no white space, no padding",
  }),
  claims: ({ saw }) => ({
    cause: `the token's claims cannot be read: ${String(saw)}`,
    remedy: "send the token exactly as the issuer gave it: no white space, no padding, nothing cut off",
  }),
  algorithm: ({ saw }) => ({
    cause: `the token's alg is ${quoted(saw)}`,
    remedy: `have the issuer sign with ${[...ACCEPTED_ALGORITHMS.keys()].join(", ")}; WSO2's default is RS256`,
  }),
  critical: ({ saw }) => ({
    cause: `the token's header demands an extension: ${listed(saw)}`,
    remedy: "have the issuer leave crit and b64 out of the header",
  }),
  "key-id": () => ({
    cause: "the token's header names no key (kid)",
    remedy: "have the issuer write kid into the header; API Gateway looks keys up by it and by nothing else",
  }),
  key: (_, { keyAnswer }) => remedyOfKey(keyAnswer),
  signature: ({ wanted }) => ({
    cause: "the signature was not made over this text by the issuer's key, or the text was changed afterwards",
    remedy: `get a fresh token from the issuer itself; expected was ${String(wanted)}`,
  }),
  expiry: ({ saw, wanted }) => ({
    cause: saw === undefined ? "the token has no exp" : `exp is ${timed(saw)}, which must be ${timed(wanted)}`,
    remedy:
      saw === undefined
        ? "have the issuer write exp; whether AWS takes a token without one is not known, so it is refused here"
        : "get a fresh token; where it is fresh, compare the issuer's clock with UTC",
  }),
  "not-before": ({ saw, wanted }) => ({
    cause: `nbf is ${timed(saw)}, which must be ${timed(wanted)}`,
    remedy: "wait until then, or set the issuer's clock: WSO2 writes nbf from it and API Gateway allows no skew",
  }),
  "issued-at": ({ saw, wanted }) => ({
    cause: `iat is ${timed(saw)}, which must be ${timed(wanted)}`,
    remedy: "set the issuer's clock: a token from the future is refused and API Gateway allows no skew",
  }),
  issuer: ({ saw, wanted }) => ({
    cause: `iss is ${quoted(saw)}, configured is ${quoted(wanted)}: ${firstDifference(saw, wanted)}`,
    remedy:
      "write into the environment's issuer exactly what the token's iss says, or take the token from the configured issuer",
  }),
  audience: ({ saw, wanted }) => ({
    cause: `the token is for ${listed(saw)}, the authorizer takes ${listed(wanted)}`,
    remedy:
      "add the application's client id to the environment's audience: WSO2 writes it first into aud, and other audiences only where the application lists them",
  }),
  scope: ({ saw, wanted }) => ({
    cause: `the token holds ${listed(saw)}, the route asks for one of ${listed(wanted)}`,
    remedy:
      "ask for the scope at the token endpoint and authorise the application for it: WSO2 drops without a word what it has not authorised",
  }),
};

function remedyOfKey(answer: KeyAnswer | undefined): Remedy {
  switch (answer?.kind) {
    case "unknown":
      return {
        cause: `the issuer's JWKS has no such key; it lists ${listed(answer.kids)}`,
        remedy:
          "get a fresh token; where it is fresh, it comes from another issuer or tenant, or its key was taken out of the JWKS",
      };
    case "refused":
      return {
        cause: `the issuer lists that key but it may not verify: ${answer.why}`,
        remedy: "correct the issuer's JWKS",
      };
    case "unavailable":
      return {
        cause: `the issuer's ${answer.document === "jwks" ? "JWKS" : "discovery document"} was not to be had (${answer.stage}): ${answer.detail}`,
        remedy: "run 'npx gatehouse doctor' to see what API Gateway would meet at the issuer",
      };
    case "found":
      return {
        cause: `the JWKS says that this key is for ${answer.key.alg ?? "another algorithm"}`,
        remedy: "have the issuer sign with the algorithm of the key that it names",
      };
    case undefined:
      return { cause: "the key was not looked up", remedy: "correct what the rules before it refuse" };
  }
}

const quoted = (value: unknown) => (value === undefined ? "absent" : JSON.stringify(value));

function listed(value: unknown): string {
  if (!Array.isArray(value)) return quoted(value);
  return value.length === 0 ? "nothing" : value.map(quoted).join(", ");
}

/** `1700000000 (2023-11-14T22:13:20Z)`, where it is a time that a calendar knows. */
function timed(value: unknown): string {
  const text = typeof value === "string" ? value : quoted(value);
  const seconds = Number(/\d+(\.\d+)?$/.exec(text)?.[0]);
  const date = new Date(seconds * 1_000);
  return Number.isNaN(date.getTime()) ? text : `${text} (${date.toISOString().replace(/\.\d+Z$/, "Z")})`;
}

/** Where two strings part, in words. */
export function firstDifference(saw: unknown, wanted: unknown): string {
  if (typeof saw !== "string" || typeof wanted !== "string") return "it is no single string";
  if (`${saw}/` === wanted || saw === `${wanted}/`) return "they differ by a trailing slash";
  if (saw.replace(":443", "") === wanted || saw === wanted.replace(":443", "")) return "they differ by ':443'";
  let at = 0;
  while (at < saw.length && saw[at] === wanted[at]) at += 1;
  return `they differ from character ${at + 1} on`;
}
