import type { Adapter, AdapterPayload } from "oidc-provider";

/** What one kind of record is filed under: `Session`, `Grant`, `AccessToken`, … */
type Kind = string;

interface Filed {
  readonly kind: Kind;
  readonly payload: AdapterPayload;
  readonly endsAtMs: number;
}

/** What is kept, as JSON. */
export type FiledRecords = readonly (readonly [key: string, filed: Filed])[];

const MOST_RECORDS = 10_000;
/** Of a record that names no end of its own. */
const LONGEST_MS = 24 * 3_600_000;

/** Sessions, grants, codes and tokens of the library, in memory; the oldest go first where there are too many. */
export class ProtocolStore {
  readonly #filed: Map<string, Filed>;
  readonly #nowMs: () => number;
  readonly #onChange: () => void;

  /** @param onChange after each change, to have the records kept */
  constructor(nowMs: () => number, records: FiledRecords = [], onChange: () => void = () => undefined) {
    this.#filed = new Map(records);
    this.#nowMs = nowMs;
    this.#onChange = onChange;
  }

  get records(): FiledRecords {
    const now = this.#nowMs();
    return [...this.#filed].filter(([, { endsAtMs }]) => endsAtMs > now);
  }

  put(kind: Kind, id: string, payload: AdapterPayload, ttlSeconds?: number): void {
    const key = keyOf(kind, id);
    this.#filed.delete(key);
    const ttlMs = ttlSeconds === undefined ? LONGEST_MS : ttlSeconds * 1_000;
    this.#filed.set(key, { kind, payload, endsAtMs: this.#nowMs() + ttlMs });
    for (const oldest of this.#filed.keys()) {
      if (this.#filed.size <= MOST_RECORDS) break;
      this.#filed.delete(oldest);
    }
    this.#onChange();
  }

  get(kind: Kind, id: string): AdapterPayload | undefined {
    const filed = this.#filed.get(keyOf(kind, id));
    return filed && filed.endsAtMs > this.#nowMs() ? filed.payload : undefined;
  }

  /** What the library asks for one kind of record. */
  adapterOf(kind: Kind): Adapter {
    const firstWhere = (isIt: (payload: AdapterPayload) => boolean) =>
      [...this.#filed.values()].find((one) => one.kind === kind && one.endsAtMs > this.#nowMs() && isIt(one.payload))
        ?.payload;
    return {
      upsert: async (id, payload, expiresIn) => this.put(kind, id, payload, expiresIn),
      find: async (id) => this.get(kind, id),
      findByUid: async (uid) => firstWhere((payload) => payload.uid === uid),
      findByUserCode: async (userCode) => firstWhere((payload) => payload.userCode === userCode),
      consume: async (id) => {
        const payload = this.get(kind, id);
        if (payload) payload.consumed = Math.floor(this.#nowMs() / 1_000);
        this.#onChange();
      },
      destroy: async (id) => {
        this.#filed.delete(keyOf(kind, id));
        this.#onChange();
      },
      revokeByGrantId: async (grantId) => {
        for (const [key, { payload }] of this.#filed) if (payload.grantId === grantId) this.#filed.delete(key);
        this.#onChange();
      },
    };
  }
}

const keyOf = (kind: Kind, id: string) => `${kind}:${id}`;
