// oxlint-disable no-await-in-loop -- requests that come one after another
import { describe, expect, test } from "vitest";
import { IssuerFault } from "../../lib/http/issuer-fault.ts";
import { type IssuerEvent, IssuerKeys, type IssuerKeysOptions } from "../../lib/keys/issuer-keys.ts";
import type { KeyAnswer } from "../../lib/rules/key-answer.ts";
import { discoveryOf } from "./fault-issuer.ts";
import { rsaJwk } from "./jwks.ts";

const ISSUER = "https://id.example.com/oauth2/token";
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;

const KEY_A = rsaJwk("a");
const KEY_B = rsaJwk("b");

/** A key client before an issuer of the imagination, with a clock that the test sets. */
function setUp(options: Partial<IssuerKeysOptions> = {}) {
  const world = {
    nowMs: Date.UTC(2026, 10, 24, 10),
    keys: [KEY_A] as unknown[],
    /** How a document is answered; a test puts another in its place. */
    answer: undefined as ((url: string) => Promise<string>) | undefined,
    fetched: { discovery: 0, jwks: 0 },
    events: [] as IssuerEvent[],
  };
  const wellBehaved = async (url: string) =>
    JSON.stringify(url.endsWith("/jwks") ? { keys: world.keys } : discoveryOf(ISSUER));
  const client = new IssuerKeys({
    issuer: ISSUER,
    nowMs: () => world.nowMs,
    fetchDocument: (url) => {
      world.fetched[url.endsWith("/jwks") ? "jwks" : "discovery"] += 1;
      return (world.answer ?? wellBehaved)(url);
    },
    onEvent: (event) => world.events.push(event),
    ...options,
  });
  const pass = (ms: number) => {
    world.nowMs += ms;
  };
  return { world, client, pass, wellBehaved };
}

const down = () => Promise.reject(new IssuerFault("status", "answered 500"));

/** A promise that the test keeps or breaks when it likes. */
function deferred() {
  const hands = {} as { resolve(text: string): void; reject(cause: Error): void };
  const promise = new Promise<string>((resolve, reject) => Object.assign(hands, { resolve, reject }));
  return { promise, resolve: (text: string) => hands.resolve(text), reject: (cause: Error) => hands.reject(cause) };
}

/** The answer of a client that must not go to the network for it. */
function atOnce(answer: KeyAnswer | Promise<KeyAnswer>): KeyAnswer {
  expect(answer).not.toBeInstanceOf(Promise);
  return answer as KeyAnswer;
}

/** Lets a fetch in the background land. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("fetching", () => {
  test("200 cold requests make one discovery and one JWKS fetch", async () => {
    const { world, client } = setUp();
    const answers = await Promise.all(Array.from({ length: 200 }, async () => client.find("a")));
    expect(answers.every(({ kind }) => kind === "found")).toBe(true);
    expect(world.fetched).toEqual({ discovery: 1, jwks: 1 });
  });

  test("a known key is answered at once, without a promise", async () => {
    const { client } = setUp();
    await client.find("a");
    expect(atOnce(client.find("a")).kind).toBe("found");
  });

  test("250 unknown kids make at most one fetch a cooldown, and a known kid is answered meanwhile at once", async () => {
    const { world, client, pass } = setUp();
    await client.find("a");
    world.fetched = { discovery: 0, jwks: 0 };
    let slowestMs = 0;
    for (let second = 0; second < 25; second += 1) {
      pass(1_000);
      const asked = Array.from({ length: 10 }, async (_, index) => client.find(`unknown-${second}-${index}`));
      const startedAtMs = performance.now();
      expect(atOnce(client.find("a")).kind).toBe("found");
      slowestMs = Math.max(slowestMs, performance.now() - startedAtMs);
      for (const answer of await Promise.all(asked)) expect(answer).toEqual({ kind: "unknown", kids: ["a"] });
    }
    // 25 seconds: the cooldown of the first fetch ends after 10, the next after 20.
    expect(world.fetched).toEqual({ discovery: 0, jwks: 2 });
    expect(slowestMs).toBeLessThan(5);
  });

  test("50 requests on a dead issuer over 10 seconds make at most 5 fetches, at growing distances", async () => {
    const { world, client, pass } = setUp();
    world.answer = down;
    const triedAt: number[] = [];
    for (let request = 0; request < 50; request += 1) {
      const before = world.fetched.discovery;
      expect(await client.find("a")).toEqual({
        kind: "unavailable",
        document: "discovery",
        stage: "status",
        detail: "answered 500",
      });
      if (world.fetched.discovery > before) triedAt.push(request * 200);
      pass(200);
    }
    expect(triedAt).toEqual([0, 1_000, 3_000, 7_000]);
    expect(world.fetched).toEqual({ discovery: 4, jwks: 0 });
  });

  test("the distance between tries on a dead issuer ends at 30 seconds", async () => {
    const { world, client, pass } = setUp();
    world.answer = down;
    for (let second = 0; second < 600; second += 1) {
      await client.find("a");
      pass(1_000);
    }
    // 0, 1, 3, 7, 15, then at 31, 61, 91 … 571.
    expect(world.fetched.discovery).toBe(5 + 19);
  });

  test("jitter lengthens a pause by up to a tenth", async () => {
    const { world, client, pass } = setUp({ random: () => 1 });
    await client.find("unknown");
    pass(10_900);
    await client.find("unknown");
    expect(world.fetched.jwks).toBe(1);
    pass(100);
    await client.find("unknown");
    expect(world.fetched.jwks).toBe(2);
  });

  test("the discovery document is read again after two hours and after a failure, else its jwks_uri is kept", async () => {
    const { world, client, pass, wellBehaved } = setUp();
    await client.find("a");
    pass(11 * MINUTE_MS);
    void client.find("a");
    await settle();
    expect(world.fetched).toEqual({ discovery: 1, jwks: 2 });
    pass(11 * MINUTE_MS);
    world.answer = down;
    void client.find("a");
    await settle();
    expect(world.fetched).toEqual({ discovery: 1, jwks: 3 });
    pass(1_000);
    world.answer = wellBehaved;
    void client.find("a");
    await settle();
    expect(world.fetched).toEqual({ discovery: 2, jwks: 4 });
    pass(2 * HOUR_MS);
    await client.find("a");
    expect(world.fetched).toEqual({ discovery: 3, jwks: 5 });
  });
});

describe("the two hours (4.11)", () => {
  test("while the issuer is down, the last good set serves to the end of its two hours and not a moment longer", async () => {
    const { world, client, pass } = setUp();
    await client.find("a");
    world.answer = down;
    for (let minute = 0; minute < 119; minute += 1) {
      pass(MINUTE_MS);
      expect(atOnce(client.find("a")).kind).toBe("found");
      await settle();
    }
    pass(MINUTE_MS - 1);
    expect(atOnce(client.find("a")).kind).toBe("found");
    await settle();
    pass(1);
    expect(await client.find("a")).toMatchObject({ kind: "unavailable", stage: "status" });
  });

  test("after ten minutes a known key is answered at once and its set is fetched behind it", async () => {
    const { world, client, pass } = setUp();
    await client.find("a");
    pass(10 * MINUTE_MS);
    void client.find("a");
    expect(world.fetched.jwks).toBe(1);
    pass(1);
    expect(atOnce(client.find("a")).kind).toBe("found");
    expect(atOnce(client.find("a")).kind).toBe("found");
    await settle();
    expect(world.fetched.jwks).toBe(2);
  });
});

describe("rotation", () => {
  test("a key that is added is found at the first request out of the cooldown", async () => {
    const { world, client, pass } = setUp();
    await client.find("a");
    world.keys = [KEY_A, KEY_B];
    pass(9_999);
    expect(atOnce(client.find("b"))).toEqual({ kind: "unknown", kids: ["a"] });
    pass(1);
    expect((await client.find("b")).kind).toBe("found");
    expect(atOnce(client.find("a")).kind).toBe("found");
  });

  test("a key that is removed is refused after the refresh: the set is replaced as a whole", async () => {
    const { world, client, pass } = setUp();
    world.keys = [KEY_A, KEY_B];
    await client.find("a");
    world.keys = [KEY_B];
    pass(10 * MINUTE_MS + 1);
    expect(atOnce(client.find("a")).kind).toBe("found");
    await settle();
    expect(atOnce(client.find("a"))).toEqual({ kind: "unknown", kids: ["b"] });
    expect(atOnce(client.find("b")).kind).toBe("found");
    expect(client.generation).toBe(2);
  });

  test("a key whose kid stays and whose modulus changes is the new one after the refresh", async () => {
    const { world, client, pass } = setUp();
    const before = await client.find("a");
    world.keys = [rsaJwk("a")];
    pass(10 * MINUTE_MS + 1);
    void client.find("a");
    await settle();
    const after = atOnce(client.find("a"));
    if (before.kind !== "found" || after.kind !== "found") throw new Error("the key was not found");
    expect(after.key.object.equals(before.key.object)).toBe(false);
  });

  test("an empty list of keys is a fault of the issuer (keys): the set before it serves on", async () => {
    const { world, client, pass } = setUp();
    await client.find("a");
    world.keys = [];
    pass(10 * MINUTE_MS + 1);
    void client.find("a");
    await settle();
    expect(atOnce(client.find("a")).kind).toBe("found");
    expect(world.events.at(-1)).toMatchObject({ kind: "failed", document: "jwks", stage: "keys" });
  });

  test("a kid that is asked for while the issuer is down is not called unknown: it may be a new one", async () => {
    const { world, client, pass } = setUp();
    await client.find("a");
    world.answer = down;
    pass(10_000);
    expect(await client.find("b")).toMatchObject({ kind: "unavailable", stage: "status" });
    expect(atOnce(client.find("b"))).toMatchObject({ kind: "unavailable", stage: "status" });
    expect(atOnce(client.find("a")).kind).toBe("found");
  });
});

describe("a process that was frozen, and clocks that jump", () => {
  test("a fetch from before the freeze is not waited for: a new one starts, and the old answer never replaces it", async () => {
    const { world, client, pass, wellBehaved } = setUp();
    const old = deferred();
    world.answer = () => old.promise;
    const frozen = client.find("a");
    await settle();
    pass(30 * MINUTE_MS);
    world.answer = wellBehaved;
    world.keys = [KEY_B];
    expect((await client.find("b")).kind).toBe("found");
    const generation = client.generation;
    old.resolve(JSON.stringify(discoveryOf(ISSUER, { jwks_uri: "https://old.example/jwks" })));
    world.keys = [KEY_A];
    expect(await frozen).toEqual({ kind: "unknown", kids: ["b"] });
    expect(client.generation).toBe(generation);
    expect(atOnce(client.find("b")).kind).toBe("found");
    // Nor does the old document say where the keys are.
    const asked: string[] = [];
    world.answer = (url) => {
      asked.push(url);
      return wellBehaved(url);
    };
    pass(10_000);
    await client.find("c");
    expect(asked).toEqual(["https://id.example.com/oauth2/jwks"]);
  });

  test("a late failure does not undo a newer success, nor its jwks_uri", async () => {
    const { world, client, pass, wellBehaved } = setUp();
    const old = deferred();
    world.answer = () => old.promise;
    const frozen = client.find("a");
    await settle();
    pass(4_000);
    world.answer = wellBehaved;
    await client.find("a");
    old.reject(new IssuerFault("timeout", "late"));
    expect((await frozen).kind).toBe("found");
    pass(10_000);
    await client.find("c");
    expect(world.fetched.discovery).toBe(2);
  });

  test("nor does it end the fetch that is under way now: who asks meanwhile waits for that one", async () => {
    const { world, client, pass } = setUp();
    const [old, current] = [deferred(), deferred()];
    world.answer = () => old.promise;
    const frozen = client.find("a");
    await settle();
    pass(4_000);
    world.answer = () => current.promise;
    const first = client.find("a");
    old.reject(new IssuerFault("timeout", "late"));
    expect(await frozen).toMatchObject({ kind: "unavailable", detail: "late" });
    pass(2_000);
    const second = client.find("a");
    current.reject(new IssuerFault("status", "answered 500"));
    expect(await Promise.all([first, second])).toEqual([
      { kind: "unavailable", document: "discovery", stage: "status", detail: "answered 500" },
      { kind: "unavailable", document: "discovery", stage: "status", detail: "answered 500" },
    ]);
    expect(world.fetched.discovery).toBe(2);
  });

  test("a set is as old as the moment in which it was asked for", async () => {
    const { world, client, pass } = setUp();
    const late = deferred();
    world.answer = (url) =>
      url.endsWith("/jwks") ? late.promise : Promise.resolve(JSON.stringify(discoveryOf(ISSUER)));
    const asked = client.find("a");
    await settle();
    pass(HOUR_MS);
    late.resolve(JSON.stringify({ keys: [KEY_A] }));
    expect((await asked).kind).toBe("found");
    world.answer = down;
    pass(HOUR_MS - 1);
    expect(atOnce(client.find("a")).kind).toBe("found");
    await settle();
    pass(1);
    expect((await client.find("a")).kind).toBe("unavailable");
  });

  test("a set from before a freeze of two hours is not served after it", async () => {
    const { world, client, pass } = setUp();
    await client.find("a");
    pass(2 * HOUR_MS);
    world.keys = [KEY_B];
    expect(await client.find("a")).toEqual({ kind: "unknown", kids: ["b"] });
  });

  test("a clock that was put back by a year neither lengthens the life of a set nor blocks the next fetch", async () => {
    const { world, client, pass } = setUp();
    await client.find("a");
    world.keys = [KEY_B];
    pass(-365 * 24 * HOUR_MS);
    expect(await client.find("a")).toEqual({ kind: "unknown", kids: ["b"] });
  });

  test("nor does it after a failure", async () => {
    const { world, client, pass, wellBehaved } = setUp();
    world.answer = down;
    await client.find("a");
    world.answer = wellBehaved;
    pass(-1);
    expect((await client.find("a")).kind).toBe("found");
  });
});

describe("apart from the keys", () => {
  test("two issuers with the same kid never mix", async () => {
    const [one, other] = [setUp(), setUp()];
    other.world.keys = [rsaJwk("a")];
    const answers = await Promise.all([one.client.find("a"), other.client.find("a")]);
    const [first, second] = answers.map((answer) => (answer.kind === "found" ? answer.key.object : undefined));
    if (!first || !second) throw new Error("a key was not found");
    expect(first.equals(second)).toBe(false);
    expect(atOnce(one.client.find("a"))).toEqual(answers[0]);
    expect(atOnce(other.client.find("a"))).toEqual(answers[1]);
  });

  test("a listener that throws costs nobody a verdict", async () => {
    const { client } = setUp({
      onEvent: () => {
        throw new Error("a broken log");
      },
    });
    expect((await client.find("a")).kind).toBe("found");
  });

  test("a fetcher that throws before it promises is a failure like any other, with its pause", async () => {
    let calls = 0;
    const { client } = setUp({
      fetchDocument: () => {
        calls += 1;
        throw new TypeError("no promise");
      },
    });
    expect(await client.find("a")).toEqual({
      kind: "unavailable",
      document: "discovery",
      stage: "connect",
      detail: "no promise",
    });
    expect(atOnce(client.find("a")).kind).toBe("unavailable");
    expect(calls).toBe(1);
  });

  test("events tell of each fetch, its keys and what was wrong with them", async () => {
    const { world, client, pass } = setUp();
    world.keys = [KEY_A, { kty: "RSA" }];
    await client.find("a");
    pass(10_000);
    world.answer = down;
    await client.find("b");
    expect(world.events).toEqual([
      { kind: "fetched", issuer: ISSUER, kids: ["a"], warnings: ["keys[1] has no kid and can verify nothing"] },
      { kind: "failed", issuer: ISSUER, document: "jwks", stage: "status", detail: "answered 500" },
    ]);
  });
});
