import type { VerificationKey } from "./decision.ts";
import type { UnverifiedToken } from "./unverified-token.ts";

/** A token that was read, and the key under which its signature was found good. */
export interface Remembered {
  readonly token: UnverifiedToken;
  readonly key: VerificationKey;
}

/**
 * Remembers which tokens had a good signature, by their whole text: a key of anything less once accepted a forged
 * payload. Nothing but the reading and the RSA work is saved: the key is looked up again for each request and must be
 * the very same object, so a key that the issuer withdrew counts no more; times, issuer, audience and scope are asked
 * again. Refusals are not remembered.
 */
export class SignatureMemory {
  readonly #limit: number;
  #young = new Map<string, Remembered>();
  #old = new Map<string, Remembered>();

  /** @param limit how many tokens are kept, at most twice that many for a moment. @default 1000 */
  constructor(limit = 1_000) {
    this.#limit = limit;
  }

  get(text: string): Remembered | undefined {
    const young = this.#young.get(text);
    if (young) return young;
    const old = this.#old.get(text);
    if (old) this.set(text, old);
    return old;
  }

  /** Two generations instead of a list of uses: what was not asked for while the young filled up is forgotten. */
  set(text: string, remembered: Remembered): void {
    if (this.#young.size >= this.#limit) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(text, remembered);
  }

  delete(text: string): void {
    this.#young.delete(text);
    this.#old.delete(text);
  }
}
