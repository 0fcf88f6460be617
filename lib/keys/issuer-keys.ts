import { KEYS_KEPT_MS } from "../aws/limits.ts";
import type { FetchDocument } from "../http/fetch-document.ts";
import { faultOf, IssuerFault } from "../http/issuer-fault.ts";
import type { FindKey, IssuerStage, KeyAnswer } from "../rules/key-answer.ts";
import { type KeySet, readKeySet } from "../rules/key-set.ts";
import { discoveryUrlOf, readDiscovery } from "./discovery.ts";

/** What the key client tells of its work; for a log, a console or a metric. */
export type IssuerEvent =
  | {
      readonly kind: "fetched";
      readonly issuer: string;
      readonly kids: readonly string[];
      readonly warnings: readonly string[];
    }
  | {
      readonly kind: "failed";
      readonly issuer: string;
      readonly document: "discovery" | "jwks";
      readonly stage: IssuerStage;
      readonly detail: string;
    };

export interface IssuerKeysOptions {
  /** The configured issuer: the only source of a URL. A token's own `iss` never is. */
  readonly issuer: string;
  readonly fetchDocument: FetchDocument;
  /** Milliseconds since 1970. All limits are wall-clock: a frozen Lambda has no running timers. */
  readonly nowMs: () => number;
  /** From 0 to 1, so that many processes do not ask at once. @default - no jitter */
  readonly random?: () => number;
  readonly onEvent?: (event: IssuerEvent) => void;
  /** Keys serve no longer than this after they were fetched. @default KEYS_KEPT_MS, two hours */
  readonly maxAgeMs?: number;
  /** From this age on the next request has them fetched again, without waiting. @default 600000 */
  readonly refreshAfterMs?: number;
  /** After a fetch, the next for an unknown `kid` waits so long. @default 10000 */
  readonly cooldownMs?: number;
  /** After a failure the next try waits so long, doubling each time up to 30 seconds. @default 1000 */
  readonly backoffMs?: number;
}

const LONGEST_BACKOFF_MS = 30_000;
/** Two documents of 1,500 ms each. An older flight is that of a process that was frozen, and is not waited for. */
const LONGEST_FLIGHT_MS = 3_500;

/** The key set that is held: one value for each fetch, so that two can be compared by identity. */
export interface HeldKeys {
  readonly fetchedAtMs: number;
  readonly kids: readonly string[];
}

interface Held extends HeldKeys {
  readonly set: KeySet;
  readonly flight: number;
}

interface Flight {
  readonly number: number;
  readonly startedAtMs: number;
  readonly landed: Promise<Failure | undefined>;
}

type Failure = Extract<KeyAnswer, { kind: "unavailable" }>;

/**
 * The keys of one issuer: discovery, then JWKS, then a cache. A key that is known is answered at once and never waits
 * for the network. However many requests ask, one fetch is under way, not more often than the cooldown allows; and
 * while the issuer is down, the last good set serves until its two hours are over.
 */
export class IssuerKeys {
  readonly #options: Required<Omit<IssuerKeysOptions, "onEvent" | "random">> &
    Pick<IssuerKeysOptions, "onEvent" | "random">;
  #held: Held | undefined;
  #jwksUri: { readonly url: string; readonly readAtMs: number } | undefined;
  #flight: Flight | undefined;
  #flights = 0;
  #failures = 0;
  #lastFailure: Failure | undefined;
  #landing = { atMs: Number.NEGATIVE_INFINITY, pauseMs: 0 };

  constructor(options: IssuerKeysOptions) {
    this.#options = {
      maxAgeMs: KEYS_KEPT_MS,
      refreshAfterMs: 600_000,
      cooldownMs: 10_000,
      backoffMs: 1_000,
      ...options,
    };
  }

  /** Finds the key for a `kid`. Never rejects: an issuer that cannot be asked is an answer. */
  readonly find: FindKey = (kid) => {
    const now = this.#options.nowMs();
    const held = this.#current(now);
    const entry = held?.set.byKid.get(kid);
    if (held && entry) {
      if (now - held.fetchedAtMs > this.#options.refreshAfterMs) void this.#fetchIfDue(now);
      return entry;
    }
    const flight = this.#fetchIfDue(now);
    return flight ? this.#answerAfter(flight, kid) : this.#answer(kid, held, this.#lastFailure);
  };

  /** The keys that were taken in last, whatever their age. */
  get held(): HeldKeys | undefined {
    return this.#held;
  }

  /** How many key sets were taken in so far. */
  get generation(): number {
    return this.#held?.flight ?? 0;
  }

  async #answerAfter(flight: Flight, kid: string): Promise<KeyAnswer> {
    const failure = await flight.landed;
    return this.#answer(kid, this.#current(this.#options.nowMs()), failure);
  }

  /** Only a set that could be asked for says that a `kid` is unknown: after a failure it may be a new one. */
  #answer(kid: string, held: Held | undefined, failure: Failure | undefined): KeyAnswer {
    const entry = held?.set.byKid.get(kid);
    if (entry) return entry;
    if (failure) return failure;
    if (held) return { kind: "unknown", kids: [...held.set.byKid.keys()] };
    return { kind: "unavailable", document: "jwks", stage: "keys", detail: "there are no keys that are young enough" };
  }

  /** The set, while it is young enough. One from the future is of a clock that was put back, and nobody knows its age. */
  #current(now: number): Held | undefined {
    const held = this.#held;
    return held && isWithin(now - held.fetchedAtMs, this.#options.maxAgeMs) ? held : undefined;
  }

  /** The fetch that is under way or due now, or undefined while the cooldown lasts. */
  #fetchIfDue(now: number): Flight | undefined {
    if (this.#flight && isWithin(now - this.#flight.startedAtMs, LONGEST_FLIGHT_MS)) return this.#flight;
    if (isWithin(now - this.#landing.atMs, this.#landing.pauseMs)) return undefined;
    this.#flights += 1;
    this.#flight = { number: this.#flights, startedAtMs: now, landed: this.#fly(this.#flights, now) };
    return this.#flight;
  }

  async #fly(number: number, startedAtMs: number): Promise<Failure | undefined> {
    const { issuer, nowMs, cooldownMs, random } = this.#options;
    const fetched = await this.#fetch(number, startedAtMs);
    const failure = "kind" in fetched ? fetched : undefined;
    // A flight that was given up may land after a newer one: the newer set stays.
    const isNewest = (this.#held?.flight ?? 0) < number;
    if (!("kind" in fetched) && isNewest) this.#held = heldOf(fetched, startedAtMs, number);
    if (this.#flight?.number === number) {
      this.#flight = undefined;
      this.#lastFailure = failure;
      this.#failures = failure ? this.#failures + 1 : 0;
      const pause = failure ? this.#backoff() : cooldownMs;
      this.#landing = { atMs: nowMs(), pauseMs: pause * (1 + 0.1 * (random?.() ?? 0)) };
    }
    if ("kind" in fetched) this.#tell({ ...fetched, kind: "failed", issuer });
    else if (isNewest)
      this.#tell({ kind: "fetched", issuer, kids: [...fetched.byKid.keys()], warnings: fetched.warnings });
    return failure;
  }

  async #fetch(number: number, startedAtMs: number): Promise<KeySet | Failure> {
    const { issuer, fetchDocument, maxAgeMs } = this.#options;
    let document: Failure["document"] = "discovery";
    try {
      let known = this.#jwksUri;
      if (!known || !isWithin(startedAtMs - known.readAtMs, maxAgeMs)) {
        const url = readDiscovery(await fetchDocument(discoveryUrlOf(issuer)), issuer);
        known = { url, readAtMs: startedAtMs };
        if (this.#flights === number) this.#jwksUri = known;
      }
      document = "jwks";
      return readKeys(await fetchDocument(known.url));
    } catch (cause) {
      // The JWKS may have moved: the next try asks discovery again.
      if (this.#flights === number) this.#jwksUri = undefined;
      const { stage, detail } = faultOf(cause, "connect");
      return { kind: "unavailable", document, stage, detail };
    }
  }

  #backoff(): number {
    return Math.min(this.#options.backoffMs * 2 ** (this.#failures - 1), LONGEST_BACKOFF_MS);
  }

  /** A listener that throws costs nobody a verdict. */
  #tell(event: IssuerEvent): void {
    try {
      this.#options.onEvent?.(event);
    } catch {
      // Its own fault, not the issuer's.
    }
  }
}

const heldOf = (set: KeySet, fetchedAtMs: number, flight: number): Held => ({
  set,
  fetchedAtMs,
  kids: [...set.byKid.keys()],
  flight,
});

/** Whether a span has begun and not passed. A negative one is of a clock that was put back: what it guarded is over. */
const isWithin = (spanMs: number, limitMs: number) => spanMs >= 0 && spanMs < limitMs;

/**
 * Reads a JWKS. An empty list is taken for a fault of the issuer: the keys before it serve on. One without a fit key is
 * taken.
 * @throws IssuerFault of the stage `parse` or `keys`
 */
export function readKeys(text: string): KeySet {
  const set = readKeySet(text);
  if (!set) throw new IssuerFault("parse", "the JWKS is no JSON object with a list of keys");
  if (set.byKid.size === 0) throw new IssuerFault("keys", "the JWKS lists no key with a kid");
  return set;
}
