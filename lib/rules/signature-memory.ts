import type { VerificationKey } from "./key-answer.ts";
import type { ReadPart, UnverifiedToken } from "./unverified-token.ts";

/** A token that was read, and the key under which its signature was found good. */
export interface Remembered {
  readonly text: string;
  readonly token: UnverifiedToken;
  readonly key: VerificationKey;
}

/**
 * Remembers which tokens had a good signature, by their whole text: a key of anything less once accepted a forged
 * payload. Nothing but the reading and the RSA work is saved: the key is looked up again for each request and must be
 * the very same object, so a key that the issuer withdrew counts no more; times, issuer, audience and scope are asked
 * again. So a decision is never remembered, neither a yes nor a no.
 */
export class SignatureMemory {
  readonly #limit: number;
  readonly #headers: { readonly segment: string; readonly part: ReadPart }[] = [];
  #young = new Map<string, Remembered>();
  #old = new Map<string, Remembered>();

  /** @param limit how many tokens are kept, at most twice that many for a moment. @default 1000 */
  constructor(limit = 1_000) {
    this.#limit = limit;
  }

  get(text: string): Remembered | undefined {
    const place = placeOf(text);
    const young = this.#young.get(place);
    if (young?.text === text) return young;
    const old = this.#old.get(place);
    if (old?.text !== text) return undefined;
    this.#keep(place, old);
    return old;
  }

  set(text: string, token: UnverifiedToken, key: VerificationKey): void {
    this.#keep(placeOf(text), { text, token, key });
  }

  delete(text: string): void {
    const place = placeOf(text);
    this.#young.delete(place);
    this.#old.delete(place);
  }

  /** The header that was learnt from a token with a good signature. Comparing a few is quicker than hashing one. */
  header(segment: string): ReadPart | undefined {
    for (const known of this.#headers) if (known.segment === segment) return known.part;
    return undefined;
  }

  /** An issuer writes the same header into each token, so the last few of good tokens are known by heart. */
  learnHeader(segment: string, part: ReadPart): void {
    if (this.header(segment) !== undefined) return;
    if (this.#headers.length >= MOST_HEADERS) this.#headers.pop();
    this.#headers.unshift({ segment, part });
  }

  /** Two generations instead of a list of uses: what was not asked for while the young filled up is forgotten. */
  #keep(place: string, remembered: Remembered) {
    if (this.#young.size >= this.#limit) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(place, remembered);
  }
}

/**
 * Where a token is kept: by the end of its signature, since hashing all of it takes longer than all else here. The
 * whole text is compared when it is found there. From 13 characters on V8 makes a view into the token instead of a
 * string of its own, which takes longer to hash.
 */
const placeOf = (text: string) => text.slice(-PLACE_LENGTH);

const PLACE_LENGTH = 12;
const MOST_HEADERS = 8;
