import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { RequestJournal } from "../../lib/console/request-journal.ts";
import type { RequestRecord } from "../../lib/gateway/request-record.ts";
import { apiOf, type Served, serve } from "../gateway/served.ts";

let served: Served;
let record: RequestRecord;

beforeAll(async () => {
  served = await serve(apiOf({ small: { source: "exports.handler = async () => ({ statusCode: 200 });" } }));
  await served.ask("/small");
  [record] = served.records as [RequestRecord];
});

afterAll(() => served.gateway.close());

const seqs = (journal: RequestJournal) => journal.after(0).map(({ seq }) => seq);

/** The record with another value of one member. */
const recordWith = (member: keyof RequestRecord, value: unknown): RequestRecord =>
  new Proxy(record, { get: (target, name) => (name === member ? value : Reflect.get(target, name, target)) });

/** What is kept of ten requests. */
function keptOf(everyMs: number, isWatched: boolean) {
  const journal = new RequestJournal({ mostEntries: 8, mostInRush: 3 });
  for (let count = 0; count < 10; count += 1) journal.note(recordWith("receivedAtMs", count * everyMs), isWatched);
  return seqs(journal);
}

describe("the journal of requests", () => {
  test("keeps the last ones, and drops the oldest", () => {
    const journal = new RequestJournal({ mostEntries: 3 });
    for (let count = 0; count < 5; count += 1) journal.note(record, true);
    expect(seqs(journal)).toEqual([3, 4, 5]);
    expect(journal.get(2)).toBeUndefined();
    expect(journal.get(5)?.record).toBe(record);
    expect(journal.after(4).map(({ seq }) => seq)).toEqual([5]);
  });

  test("holds no more bytes of bodies and events than it may, but always the newest", () => {
    const large = recordWith("requestBody", Buffer.alloc(1_000_000));
    const journal = new RequestJournal({ mostBytes: 2_500_000 });
    for (let count = 0; count < 4; count += 1) journal.note(large, true);
    expect(seqs(journal)).toEqual([3, 4]);
    const narrow = new RequestJournal({ mostBytes: 10 });
    narrow.note(large, true);
    narrow.note(large, true);
    expect(seqs(narrow)).toEqual([2]);
  });

  test("keeps only a few of a rush that no page shows, and all of requests that come one by one", () => {
    expect(keptOf(1, false)).toEqual([8, 9, 10]);
    expect(keptOf(1, true)).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
    expect(keptOf(400, false)).toEqual([3, 4, 5, 6, 7, 8, 9, 10]);
  });

  test("finds a request by the id that its client saw, the newest first", () => {
    const journal = new RequestJournal();
    journal.note(record, true);
    journal.note(record, true);
    expect(journal.find(record.requestId)?.seq).toBe(2);
    expect(journal.find("none")).toBeUndefined();
  });
});
