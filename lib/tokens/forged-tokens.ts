import type { VerificationKey } from "../rules/key-answer.ts";
import type { FlawName } from "./flaws.ts";
import { Minting } from "./minting.ts";
import { impersonating, makeSigningKey } from "./signing-keys.ts";
import { withAnotherSubject } from "./tampering.ts";

/** How a token was forged. */
export type Forgery =
  | "opaque"
  | "foreign-key"
  | "unknown-kid"
  | "wrong-audience"
  | "alg-none"
  | "hs256-public-key"
  | "garbage";

/** A token that nobody but this program made. Each has to be refused. */
export interface ForgedToken {
  readonly check: Forgery;
  readonly token: string;
}

/** What a forged token claims, as a good one would. */
export interface Claimed {
  readonly issuer: string;
  /** The first is the client's. */
  readonly audience: readonly string[];
  readonly scopes: readonly string[];
}

/** In the order of the report. `undefined`: nothing is wrong with it but the key. */
const FORGERIES: readonly (readonly [check: Forgery, flaw: FlawName | undefined])[] = [
  ["opaque", "opaque"],
  ["foreign-key", undefined],
  ["unknown-kid", "unknown-kid"],
  ["wrong-audience", "wrong-audience"],
  ["alg-none", "alg-none"],
  ["hs256-public-key", "hs256-public-key"],
];

/**
 * Tokens as an attacker makes them: signed by a foreign key under the kid that the issuer publishes, unsigned, or keyed
 * with the issuer's public key. Without a published key the kid is an invented one.
 */
export async function forgeTokens(
  { issuer, audience, scopes }: Claimed,
  published: VerificationKey | undefined,
  nowMs: number,
): Promise<readonly ForgedToken[]> {
  const own = await makeSigningKey(nowMs);
  const minting = new Minting(published ? await impersonating(own, published) : own, () => nowMs / 1_000);
  const [clientId = "", ...others] = audience;
  const subject = { issuer, clientId, audience: others, scopes };
  const forged: ForgedToken[] = [{ check: "garbage", token: "not.a.token" }];
  for (const [check, flaw] of FORGERIES)
    forged.push({ check, token: await minting.mint(subject, flaw === undefined ? {} : { flaw }) });
  return forged;
}

/** A real token with another subject under its signature; undefined where it is not a signed JWT. */
export function tampered(token: string): string | undefined {
  if (token.split(".").length !== 3) return undefined;
  try {
    return withAnotherSubject(token);
  } catch {
    return undefined;
  }
}
