import { describe, expect, test } from "vitest";
import type { Decision } from "../../lib/rules/decision.ts";
import type { JwtConfiguration } from "../../lib/rules/jwt-configuration.ts";
import type { FindKey } from "../../lib/rules/key-answer.ts";
import { SignatureMemory } from "../../lib/rules/signature-memory.ts";
import { confidenceOf, traceOf } from "../../lib/rules/trace.ts";
import { seededRandom } from "./seeded-random.ts";
import { type Before, CLAIMS, CONFIGURATION, decide, findIn, jwkOf, NOW, tokenOf } from "./token-maker.ts";

/** All that a decision says, the trace and the token included. */
const told = (decision: Decision) => ({
  own: Object.fromEntries(Object.entries(decision)),
  trace: traceOf(decision),
  confidence: confidenceOf(decision),
  ...(decision.allowed ? { scopes: decision.scopes, claims: decision.claims, token: decision.token } : {}),
});

const withMemory = (memory: SignatureMemory, before: Before = {}): Before => ({ ...before, options: { memory } });

/** With one character changed. */
const bitten = (token: string, at: number) =>
  `${token.slice(0, at)}${token[at] === "A" ? "B" : "A"}${token.slice(at + 1)}`;

describe("the same decision with a memory and without", () => {
  const good = [
    tokenOf(),
    tokenOf({ claims: { aud: ["other", "client-1"], scope: undefined, scp: ["read"] } }),
    tokenOf({ claims: { aud: undefined, client_id: "client-2", exp: NOW + 5 } }),
    tokenOf({ claims: { iss: "https://other.example", exp: NOW + 5 } }),
    tokenOf({ claims: { nbf: NOW + 3, iat: NOW + 2, exp: NOW + 20 } }),
    tokenOf({ claims: { exp: undefined } }),
    tokenOf({ key: "second", header: { kid: "second", alg: "RS512" } }),
    tokenOf({ header: { alg: "RS384" } }),
  ];
  const bad = [
    tokenOf({ key: "foreign" }),
    tokenOf({ header: { kid: "nobody" } }),
    tokenOf({ header: { crit: [] } }),
    tokenOf({ header: { alg: "none" }, signing: "none" }),
    tokenOf({ claimsText: "[]" }),
    "opaque",
    "",
    ...good.flatMap((token) => [bitten(token, 5), bitten(token, 150), bitten(token, token.length - 40)]),
  ];
  const policies: readonly JwtConfiguration[] = [
    CONFIGURATION,
    { ...CONFIGURATION, audience: ["client-2"] },
    { issuer: "https://other.example", audience: ["client-1", "client-2"] },
  ];
  const routeScopes: readonly (readonly string[])[] = [[], ["read"], ["admin"]];
  // The same two keys, their kids exchanged, one gone, one for another algorithm, and a set fetched again.
  const keySets: readonly FindKey[] = [
    findIn([jwkOf("issuer"), jwkOf("second")]),
    findIn([jwkOf("issuer"), jwkOf("second")]),
    findIn([jwkOf("issuer", { kid: "second" }), jwkOf("second", { kid: "issuer" })]),
    findIn([jwkOf("second")]),
    findIn([jwkOf("issuer", { alg: "RS512" }), jwkOf("second", { alg: "RS256" })]),
    () => ({ kind: "unavailable", document: "jwks", stage: "timeout", detail: "no answer" }),
  ];

  test.each([1, 2, 3])("over 1,500 requests in any order (seed %d)", (seed) => {
    const random = seededRandom(seed);
    const pick = <One>(list: readonly One[]): One => list[Math.floor(random() * list.length)] as One;
    /** The first of a list as often as all of it, so that enough is allowed and enough is remembered. */
    const lean = <One>(list: readonly One[]): One => (random() < 0.5 ? (list[0] as One) : pick(list));
    const memory = new SignatureMemory(5);
    let remembered = 0;
    for (let request = 0; request < 1_500; request += 1) {
      const token = random() < 0.8 ? pick(good) : pick(bad);
      const before = {
        configuration: lean(policies),
        scopes: lean(routeScopes),
        findKey: lean(keySets),
        now: NOW + lean([0, -20, 1, 4, 5, 19, 20, 599, 600, 100_000]),
      };
      if (memory.get(token)) remembered += 1;
      expect(told(decide(token, withMemory(memory, before)))).toEqual(told(decide(token, before)));
    }
    expect(remembered).toBeGreaterThan(200);
  });
});

const allow = (memory: SignatureMemory, token: string, before: Before = {}) =>
  decide(token, withMemory(memory, before)).allowed;

describe("what is remembered", () => {
  test("a token that was allowed, by its whole text", () => {
    const memory = new SignatureMemory();
    const token = tokenOf();
    expect(allow(memory, token)).toBe(true);
    expect(memory.get(token)?.text).toBe(token);
    expect(memory.get(`${token.slice(0, -1)}x`)).toBeUndefined();
  });

  test("another payload over the remembered signature is another token (a memory by signature accepted one)", () => {
    const memory = new SignatureMemory();
    const token = tokenOf();
    expect(allow(memory, token)).toBe(true);
    const [header, , signature] = token.split(".");
    const forged = `${header}.${Buffer.from(JSON.stringify({ ...CLAIMS, sub: "admin" })).toString("base64url")}.${signature}`;
    expect(decide(forged, withMemory(memory))).toMatchObject({ allowed: false, rule: "signature" });
    expect(memory.get(forged)).toBeUndefined();
    expect(memory.get(token)).toBeDefined();
  });

  test.each<[string, string, Before]>([
    ["a wrong signature", tokenOf({ key: "foreign" }), {}],
    ["an expired one", tokenOf({ claims: { exp: NOW } }), {}],
    ["one whose key is unknown", tokenOf({ header: { kid: "x" } }), {}],
  ])("%s is not", (_, token, before) => {
    const memory = new SignatureMemory();
    expect(allow(memory, token, before)).toBe(false);
    expect(memory.get(token)).toBeUndefined();
  });

  test.each<[string, string, Before]>([
    ["a wrong audience", tokenOf({ claims: { aud: "x" } }), {}],
    ["a missing scope", tokenOf(), { scopes: ["admin"] }],
  ])("%s is refused again and again, and only the first time by the cost of RSA", (_, token, before) => {
    const memory = new SignatureMemory();
    expect(allow(memory, token, before)).toBe(false);
    expect(memory.get(token)).toBeDefined();
    expect(allow(memory, token, before)).toBe(false);
  });

  test("a header is learnt from a good token only: noise cannot push out the issuer's", () => {
    const memory = new SignatureMemory();
    const [good = ""] = tokenOf().split(".");
    const bad = tokenOf({ key: "foreign", header: { typ: "other" } });
    expect(allow(memory, bad)).toBe(false);
    expect(memory.header(bad.split(".")[0] ?? "")).toBeUndefined();
    expect(allow(memory, tokenOf())).toBe(true);
    expect(memory.header(good)).toBeDefined();
  });

  test("no entry outlives exp: it answers no more from that second on, and is forgotten", () => {
    const memory = new SignatureMemory();
    const token = tokenOf({ claims: { exp: NOW + 10 } });
    expect(allow(memory, token)).toBe(true);
    expect(allow(memory, token, { now: NOW + 9.999 })).toBe(true);
    expect(decide(token, withMemory(memory, { now: NOW + 10 }))).toMatchObject({ allowed: false, rule: "expiry" });
    expect(memory.get(token)).toBeUndefined();
  });

  test("no entry outlives its key: taken out, replaced, or listed twice", () => {
    const memory = new SignatureMemory();
    const token = tokenOf();
    expect(allow(memory, token)).toBe(true);
    expect(decide(token, withMemory(memory, { keys: [] }))).toMatchObject({ rule: "key" });
    expect(decide(token, withMemory(memory, { keys: [jwkOf("second", { kid: "issuer" })] }))).toMatchObject({
      rule: "signature",
    });
    expect(decide(token, withMemory(memory, { keys: [jwkOf(), jwkOf("second", { kid: "issuer" })] }))).toMatchObject({
      rule: "key",
    });
    expect(decide(token, withMemory(memory, { keys: [jwkOf("issuer", { alg: "RS512" })] }))).toMatchObject({
      rule: "key",
    });
  });

  test("a policy that changes counts at once", () => {
    const memory = new SignatureMemory();
    const token = tokenOf();
    expect(allow(memory, token)).toBe(true);
    expect(decide(token, withMemory(memory, { configuration: { audience: ["x"] } }))).toMatchObject({
      rule: "audience",
    });
    expect(decide(token, withMemory(memory, { configuration: { issuer: "x" } }))).toMatchObject({ rule: "issuer" });
    expect(decide(token, withMemory(memory, { scopes: ["x"] }))).toMatchObject({ rule: "scope" });
    expect(allow(memory, token)).toBe(true);
  });

  test("a key that is the same but was fetched again is verified again, and then remembered", () => {
    const memory = new SignatureMemory();
    const token = tokenOf();
    const [first, second] = [findIn(), findIn()];
    expect(allow(memory, token, { findKey: first })).toBe(true);
    const before = memory.get(token)?.key;
    expect(allow(memory, token, { findKey: second })).toBe(true);
    expect(memory.get(token)?.key).not.toBe(before);
  });
});

describe("how much is remembered", () => {
  const token = { header: {}, claims: {}, payloadText: "{}", signedText: "", signatureText: "" };
  const key = { kid: "k", alg: undefined, modulusBytes: 256 } as unknown as Parameters<SignatureMemory["set"]>[2];
  const texts = Array.from({ length: 1_000 }, (_, index) => `token-${String(index).padStart(40, "0")}`);

  test("never more than twice the limit", () => {
    const memory = new SignatureMemory(10);
    for (const text of texts) {
      memory.set(text, token, key);
      expect(texts.filter((one) => memory.get(one) !== undefined).length).toBeLessThanOrEqual(20);
    }
  });

  test("what is asked for again stays, what is not goes", () => {
    const memory = new SignatureMemory(10);
    memory.set("kept", token, key);
    for (const text of texts) {
      memory.set(text, token, key);
      expect(memory.get("kept")).toBeDefined();
    }
    expect(memory.get(texts[0] ?? "")).toBeUndefined();
  });

  test("two texts with one end do not answer for each other", () => {
    const memory = new SignatureMemory();
    const end = "x".repeat(40);
    memory.set(`one.${end}`, token, key);
    memory.set(`two.${end}`, token, key);
    expect(memory.get(`one.${end}`)).toBeUndefined();
    expect(memory.get(`two.${end}`)?.text).toBe(`two.${end}`);
  });
});

test("however many headers there are, the last few are known", () => {
  const memory = new SignatureMemory();
  const part = { record: {}, text: "{}" };
  for (let index = 0; index < 1_000; index += 1) memory.learnHeader(`${index}`, part);
  const known = Array.from({ length: 1_000 }, (_, index) => memory.header(`${index}`)).filter(Boolean);
  expect(memory.header("999")).toBe(part);
  expect(known.length).toBeLessThanOrEqual(8);
});
