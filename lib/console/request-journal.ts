import type { RequestRecord } from "../gateway/request-record.ts";

/** A request as the journal keeps it. */
export interface Entry {
  /** From 1, in the order in which requests were answered. */
  readonly seq: number;
  readonly record: RequestRecord;
  readonly weight: number;
}

export interface JournalLimits {
  /** @default 1,000 */
  readonly mostEntries?: number;
  /** While no page is open and more than so many requests come in a second. @default 100 */
  readonly mostInRush?: number;
  /** Of bodies and events together; a single request may be more. @default 32 MiB */
  readonly mostBytes?: number;
}

/** Headers, the decision and the rest of a record, about. */
const WEIGHT_WITHOUT_BODIES = 8_192;

const RUSH_MS = 1_000;

/**
 * The last requests, newest last. To note one costs a few assignments: what a person sees of it is made when a page asks.
 * To keep one costs more: the garbage collector copies what outlives a moment, which a thousand requests at full speed made
 * an eighth of the gateway's work (`npm run bench:console`). So only a few are kept of a rush that nobody looks at.
 */
export class RequestJournal {
  readonly #mostEntries: number;
  readonly #mostInRush: number;
  readonly #mostBytes: number;
  /** Each at its `seq`, counted round. */
  readonly #ring: (Entry | undefined)[];
  #oldest = 1;
  #newest = 0;
  #bytes = 0;

  constructor({ mostEntries = 1_000, mostInRush = 100, mostBytes = 32 * 1024 * 1024 }: JournalLimits = {}) {
    this.#mostEntries = mostEntries;
    this.#mostInRush = mostInRush;
    this.#mostBytes = mostBytes;
    this.#ring = Array.from({ length: mostEntries });
  }

  /** @param isWatched whether a page is open, whose rows a person may want to open */
  note(record: RequestRecord, isWatched: boolean): Entry {
    const mostBefore = (isWatched || !this.#isRush(record) ? this.#mostEntries : this.#mostInRush) - 1;
    while (this.#size > mostBefore) this.#dropOldest();
    this.#newest += 1;
    const entry = { seq: this.#newest, record, weight: weightOf(record) };
    this.#ring[entry.seq % this.#mostEntries] = entry;
    this.#bytes += entry.weight;
    while (this.#bytes > this.#mostBytes && this.#size > 1) this.#dropOldest();
    return entry;
  }

  get(seq: number): Entry | undefined {
    return seq < this.#oldest || seq > this.#newest ? undefined : this.#ring[seq % this.#mostEntries];
  }

  /** Those that came after `seq`, oldest first. */
  after(seq: number): readonly Entry[] {
    const entries: Entry[] = [];
    for (let each = Math.max(seq + 1, this.#oldest); each <= this.#newest; each += 1) {
      const entry = this.get(each);
      if (entry) entries.push(entry);
    }
    return entries;
  }

  find(requestId: string): Entry | undefined {
    return this.after(0).findLast(({ record }) => record.requestId === requestId);
  }

  get #size() {
    return this.#newest - this.#oldest + 1;
  }

  #isRush({ receivedAtMs }: RequestRecord): boolean {
    const earlier = this.get(this.#newest - this.#mostInRush + 1);
    return earlier !== undefined && receivedAtMs - earlier.record.receivedAtMs < RUSH_MS;
  }

  #dropOldest() {
    const at = this.#oldest % this.#mostEntries;
    this.#bytes -= this.#ring[at]?.weight ?? 0;
    this.#ring[at] = undefined;
    this.#oldest += 1;
  }
}

const weightOf = ({ requestBody, responseBody, functionCall, authorizerCall }: RequestRecord): number =>
  WEIGHT_WITHOUT_BODIES +
  (requestBody?.length ?? 0) +
  responseBody.length +
  callWeight(functionCall) +
  callWeight(authorizerCall);

const callWeight = (call: RequestRecord["functionCall"]) =>
  call === undefined ? 0 : call.event.length + call.invocation.logLines.reduce((sum, line) => sum + line.length, 0);
