import { describe, expect, test } from "vitest";
import { type KeyHistory, noteKeys, readHistory } from "../../lambda/key-history.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const LIFETIME = HOUR;

type Look = readonly [atMinute: number, ...kids: string[]];

/** Looks one after another: minutes since the first, and the keys that were published then. */
function looks(...seen: readonly Look[]): KeyHistory {
  const history = seen.reduce<KeyHistory | undefined>(
    (before, [atMinute, ...kids]) => noteKeys(before, kids, atMinute * MINUTE, LIFETIME),
    undefined,
  );
  if (!history) throw new Error("nobody looked");
  return history;
}

const vanished = (...seen: readonly Look[]) => Object.keys(looks(...seen).vanished);

describe("a key has vanished", () => {
  test("where another took its place at once", () => {
    expect(vanished([0, "old"], [5, "new"])).toEqual(["old"]);
  });

  test("4.11 where its successor is younger than API Gateway's two hours and a token's life", () => {
    expect(vanished([0, "old"], [600, "old", "new"], [600 + 175, "new"])).toEqual(["old"]);
  });

  test("until the tokens that it could have signed are over", () => {
    expect(vanished([0, "old"], [5, "new"], [64, "new"])).toEqual(["old"]);
    expect(vanished([0, "old"], [5, "new"], [65, "new"])).toEqual([]);
  });

  test("until it is back", () => {
    expect(vanished([0, "old"], [5, "new"], [10, "new", "old"])).toEqual([]);
  });

  test("and so have others, each from its own time on", () => {
    expect(looks([0, "a", "b"], [5, "b"], [10, "c"]).vanished).toEqual({ a: 5 * MINUTE, b: 10 * MINUTE });
  });
});

describe("a key has gone in peace", () => {
  test("4.11 where its successor was published for two hours and a token's life", () => {
    expect(vanished([0, "old"], [600, "old", "new"], [600 + 180, "new"])).toEqual([]);
  });

  test("or never was", () => {
    expect(vanished([0])).toEqual([]);
    expect(vanished([0, "one"], [5, "one"])).toEqual([]);
  });
});

test("a key that comes and stays keeps the time at which it was first seen", () => {
  expect(looks([0, "a"], [5, "a", "b"], [10, "a", "b"]).seen).toEqual({ a: 0, b: 5 * MINUTE });
});

test("a kid may have any name, and the history survives being written", () => {
  const history = noteKeys(undefined, ["__proto__", "constructor"], 7, LIFETIME);
  const read = readHistory(JSON.stringify(history));
  expect(Object.entries(read?.seen ?? {})).toEqual([
    ["__proto__", 7],
    ["constructor", 7],
  ]);
  expect(Object.keys(noteKeys(read, ["new"], 8, LIFETIME).vanished)).toEqual(["__proto__", "constructor"]);
});

test.each([
  "{}",
  "",
  "null",
  "[]",
  '"text"',
  '{"seen":{"a":"yesterday"},"vanished":{}}',
  '{"seen":[],"vanished":null}',
])("%s is not a history", (text) => expect(readHistory(text)).toBeUndefined());
