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
  /** Of bodies and events together; a single request may be more. @default 32 MiB */
  readonly mostBytes?: number;
}

/** Headers, the decision and the rest of a record, about. */
const WEIGHT_WITHOUT_BODIES = 8_192;

/**
 * The last requests, newest last. To note one costs a few assignments: what a person sees of it is made when a page asks.
 */
export class RequestJournal {
  readonly #mostEntries: number;
  readonly #mostBytes: number;
  /** By `seq`, in the order of insertion. */
  readonly #entries = new Map<number, Entry>();
  #bytes = 0;
  #last = 0;

  constructor({ mostEntries = 1_000, mostBytes = 32 * 1024 * 1024 }: JournalLimits = {}) {
    this.#mostEntries = mostEntries;
    this.#mostBytes = mostBytes;
  }

  note(record: RequestRecord): Entry {
    this.#last += 1;
    const entry = { seq: this.#last, record, weight: weightOf(record) };
    this.#entries.set(entry.seq, entry);
    this.#bytes += entry.weight;
    while (this.#entries.size > this.#mostEntries || (this.#bytes > this.#mostBytes && this.#entries.size > 1))
      this.#dropOldest();
    return entry;
  }

  get(seq: number): Entry | undefined {
    return this.#entries.get(seq);
  }

  /** Those that came after `seq`, oldest first. */
  after(seq: number): readonly Entry[] {
    return [...this.#entries.values()].filter((entry) => entry.seq > seq);
  }

  find(requestId: string): Entry | undefined {
    return [...this.#entries.values()].findLast(({ record }) => record.requestId === requestId);
  }

  #dropOldest() {
    for (const [seq, { weight }] of this.#entries) {
      this.#entries.delete(seq);
      this.#bytes -= weight;
      return;
    }
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
