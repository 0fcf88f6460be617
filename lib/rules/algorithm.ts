import { awsText, type Explanation, quoted } from "./explanation.ts";
import { type Refusal, refuse, tokenRule } from "./rule.ts";
import { ownProperty } from "./unverified-token.ts";

/** The algorithms that are accepted, by their exact name (3.2 to 3.4). */
const ACCEPTED_ALGORITHMS: ReadonlySet<string> = new Set(["RS256", "RS384", "RS512"]);

/** Node's name of an accepted algorithm's digest, such as `RSA-SHA256`; undefined for any other. */
export const digestNamed = (alg: unknown): string | undefined =>
  typeof alg === "string" && ACCEPTED_ALGORITHMS.has(alg) ? `RSA-SHA${alg.slice(2)}` : undefined;

/** Algorithms that jwt-go knows and API Gateway does not take; any other name is "unavailable" to it. */
const KNOWN_ELSEWHERE = /^(none|(HS|ES|PS)(256|384|512)|EdDSA)$/;

// 3.2 (DOC): only RSA-based algorithms. The list is ours and fixed: the header chooses from it and adds nothing to it,
// so neither `none` nor an HMAC keyed with the public key is ever tried (RFC 8725 section 3.1).
export const algorithm = tokenRule("algorithm", ({ header }) => refuseAlgorithm(ownProperty(header, "alg")));

export const algorithmExplained: Explanation = {
  fact: "3.2",
  confidence: "DOC",
  title: "the algorithm is RS256, RS384 or RS512",
  show: ({ token }) => {
    const alg = token && ownProperty(token.header, "alg");
    return { saw: alg, wanted: [...ACCEPTED_ALGORITHMS.keys()], confidence: alg === "RS256" ? "OBS+" : "INF" };
  },
  remedy: ({ saw }) => ({
    cause: `the token's alg is ${quoted(saw)}`,
    remedy: `have the issuer sign with ${[...ACCEPTED_ALGORITHMS.keys()].join(", ")}; RS256 is the usual one`,
  }),
  logged: () => [
    awsText(["signing method … is invalid"], "2.2", "OBS+", {
      cause: "the token is signed with an algorithm that is not RSA PKCS#1",
      remedy: "have the issuer sign with RS256, RS384 or RS512; many different ones from one address are an attack",
    }),
    awsText(["signing method (alg) is unavailable.", "signing method (alg) is unspecified."], "2.2", "INF", {
      cause: "the token's header has no alg, or an unknown one",
      remedy: "have the issuer sign with RS256, RS384 or RS512",
    }),
  ],
};

function refuseAlgorithm(alg: unknown): Refusal | undefined {
  if (typeof alg !== "string") return refuse("signing method (alg) is unspecified.", "DOC", "INF");
  if (ACCEPTED_ALGORITHMS.has(alg)) return undefined;
  if (!KNOWN_ELSEWHERE.test(alg)) return refuse("signing method (alg) is unavailable.", "DOC", "INF");
  // 3.5: "RSA-based" leaves RSA-PSS open; we refuse it and do not claim that AWS does.
  const confidence = alg.startsWith("PS") ? "UNK" : "DOC";
  return refuse(`signing method ${alg} is invalid`, confidence, alg === "ES256" ? "OBS+" : "INF");
}
