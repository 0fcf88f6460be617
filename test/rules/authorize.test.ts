import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { authorize } from "../../lib/rules/authorize.ts";
import type { FindKey } from "../../lib/rules/key-answer.ts";
import { RULES } from "../../lib/rules/rules.ts";
import { confidenceOf, traceOf } from "../../lib/rules/trace.ts";
import {
  type Before,
  CONFIGURATION,
  decide,
  decideCredential,
  findIn,
  jwkOf,
  NOW,
  tokenOf,
  verdictOf,
} from "./token-maker.ts";

/** From the last rule to the first: each breaks one rule more, so the verdict walks up the list. */
const WORSE: readonly (readonly [
  string,
  Before & { readonly header?: object; readonly claims?: object; readonly key?: string },
])[] = [
  ["scope", { scopes: ["admin"] }],
  ["audience", { claims: { aud: "other" } }],
  ["issuer", { claims: { iss: "other" } }],
  ["issued-at", { claims: { iat: NOW + 1 } }],
  ["not-before", { claims: { nbf: NOW + 1 } }],
  ["expiry", { claims: { exp: NOW } }],
  ["signature", { key: "foreign" }],
  ["key", { keys: [jwkOf("issuer", { use: "enc" })] }],
  ["key-id", { header: { kid: 7 } }],
  ["critical", { header: { crit: ["x"] } }],
  ["algorithm", { header: { alg: "none" } }],
];

describe("the order of the rules: of two that fail the earlier decides, and a person sees both", () => {
  test("is the order of the list", () => {
    expect(RULES.map(({ name }) => name)).toEqual([
      "identity-source",
      "segments",
      "header",
      "claims",
      ...WORSE.map(([name]) => name).toReversed(),
    ]);
  });

  test.each(WORSE.map(([name], at) => [name, at] as const))("%s before %d others", (name, at) => {
    const broken = WORSE.slice(0, at + 1);
    const before: Before = Object.assign({}, ...broken.map(([, one]) => one));
    const token = tokenOf({
      header: Object.assign({}, ...broken.map(([, { header }]) => header)),
      claims: Object.assign({}, ...broken.map(([, { claims }]) => claims)),
      key: broken.find(([, { key }]) => key)?.[1].key ?? "issuer",
    });
    expect(verdictOf(token, before)).toBe(name);
    const trace = traceOf(decide(token, { ...before, options: { thorough: true } }));
    const failed = trace.filter(({ outcome }) => outcome === "fail").map(({ rule }) => rule);
    const names = broken.map(([one]) => one);
    expect(failed[0]).toBe(name);
    // What an earlier failure makes unreadable cannot be judged: without a kid no key, without a key no signature.
    expect(names).toEqual(expect.arrayContaining(failed));
    expect(failed).toEqual(expect.arrayContaining(names.filter((one) => !["key", "signature"].includes(one))));
  });
});

/** A decision, and for which kids the key client was asked. */
const lookUpsOf = (credential: string | undefined, thorough = false) => {
  const asked: string[] = [];
  const find: FindKey = (kid) => (asked.push(kid), { kind: "unknown", kids: [] });
  const decision = authorize({ credential, configuration: CONFIGURATION, scopes: [] }, find, NOW, { thorough });
  return { asked, decision };
};

describe("what is refused before the key costs no look-up", () => {
  test.each([
    ["nothing", undefined],
    ["an opaque token", "opaque"],
    ["an algorithm that is not taken", tokenOf({ header: { alg: "ES256" } })],
    ["crit", tokenOf({ header: { crit: [] } })],
    ["no kid", tokenOf({ header: { kid: "" } })],
    ["claims that are no JSON", tokenOf({ claimsText: "x" })],
  ])("%s", (_, credential) => {
    const { asked, decision } = lookUpsOf(credential);
    expect(asked).toEqual([]);
    expect(decision).toMatchObject({ allowed: false, status: 401 });
  });

  test("unless somebody asks for the whole trace", () => {
    const { asked, decision } = lookUpsOf(tokenOf({ header: { crit: [] } }), true);
    expect(asked).toEqual(["issuer"]);
    expect(decision).toMatchObject({ rule: "critical" });
  });

  test("an expired token is looked up: its signature is asked first", () => {
    expect(lookUpsOf(tokenOf({ claims: { exp: 1 } })).asked).toEqual(["issuer"]);
  });
});

describe("a decision", () => {
  const allowed = decide(tokenOf());
  const denied = decide(tokenOf({ claims: { aud: "x" } }));

  test("is at once where the key is at hand, and a promise where it has to be fetched", async () => {
    const request = { credential: tokenOf(), configuration: CONFIGURATION, scopes: [] };
    expect(authorize(request, findIn(), NOW)).not.toBeInstanceOf(Promise);
    const later = authorize(request, async (kid) => findIn()(kid), NOW);
    expect(later).toBeInstanceOf(Promise);
    expect(await later).toMatchObject({ allowed: true });
  });

  test("printed in any way shows no token, and no signature", () => {
    const [, , signature = ""] = tokenOf().split(".");
    for (const decision of [allowed, denied])
      for (const text of [
        JSON.stringify(decision),
        inspect(decision, { depth: 9, showHidden: true }),
        JSON.stringify(traceOf(decision)),
      ]) {
        expect(text).not.toContain(signature);
        expect(text).not.toMatch(/[\w-]{10,}\.[\w-]{10,}\.[\w-]{10,}/);
      }
  });

  test("is as sure as its least sure rule", () => {
    expect(confidenceOf(allowed)).toBe("OBS+");
    expect(confidenceOf(decide(tokenOf({ header: { alg: "RS384" } })))).toBe("INF");
    expect(confidenceOf(denied)).toBe("DOC");
    expect(confidenceOf(decide(tokenOf({ claims: { exp: undefined } })))).toBe("UNK");
  });

  test("of no credential has a trace in which all but the first rule is skipped", () => {
    const trace = traceOf(decideCredential(undefined));
    expect(trace.map(({ outcome }) => outcome)).toEqual(["fail", ...Array.from({ length: 14 }, () => "skipped")]);
  });

  test("does not depend on anything but what is given: asked twice it is the same", () => {
    for (const token of [tokenOf(), tokenOf({ claims: { aud: "x" } }), "opaque"])
      expect(traceOf(decide(token))).toEqual(traceOf(decide(token)));
  });
});
