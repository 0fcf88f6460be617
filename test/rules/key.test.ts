import { describe, expect, test } from "vitest";
import { authorize } from "../../lib/rules/authorize.ts";
import type { KeyAnswer } from "../../lib/rules/key-answer.ts";
import { traceOf } from "../../lib/rules/trace.ts";
import { CONFIGURATION, decide, jwkOf, NOW, tokenOf, verdictOf } from "./token-maker.ts";

describe("the header must name a key (3.1; RFC 7515 section 4.1.4; jose: a non-string kid must not bypass key selection)", () => {
  test.each<[string, unknown]>([
    ["absent", undefined],
    ["empty", ""],
    ["null", null],
    ["a number", 1],
    ["true", true],
    ["a list", ["issuer"]],
    ["an object", { issuer: 1 }],
  ])("kid %s, though the issuer has one key only", (_, kid) => {
    expect(verdictOf(tokenOf({ header: { kid } }))).toBe("key-id");
  });

  test("and though the JWKS has a key whose kid is as wrong", () => {
    for (const kid of ["", null, 1, ["issuer"]])
      expect(verdictOf(tokenOf({ header: { kid } }), { keys: [jwkOf("issuer", { kid })] })).toBe("key-id");
  });
});

describe("by its exact name (jwt_verify_lib NonExistKidFail)", () => {
  test.each([
    "Issuer",
    "ISSUER",
    "issuer ",
    " issuer",
    "issuer\0",
    "issuer\n",
    "issue",
    "issuerr",
    "__proto__",
    "constructor",
    "toString",
    "hasOwnProperty",
    "../../etc/passwd",
    "' OR 1=1 --",
    "%s%n",
    "\u0131ssuer",
  ])("%j is another key", (kid) => {
    expect(verdictOf(tokenOf({ header: { kid } }))).toBe("key");
  });

  test("é composed and é decomposed are two names", () => {
    const keys = [jwkOf("issuer", { kid: "cl\u00e9" })];
    expect(verdictOf(tokenOf({ header: { kid: "cl\u00e9" } }), { keys })).toBe("allowed");
    expect(verdictOf(tokenOf({ header: { kid: "cle\u0301" } }), { keys })).toBe("key");
  });

  test.each(["__proto__", "constructor", "../../etc/passwd"])("a JWKS may well have a key named %j", (kid) => {
    expect(verdictOf(tokenOf({ header: { kid } }), { keys: [jwkOf("issuer", { kid })] })).toBe("allowed");
  });

  test("a good signature by the issuer's other key is a wrong one", () => {
    const keys = [jwkOf("issuer"), jwkOf("second")];
    expect(verdictOf(tokenOf({ key: "second" }), { keys })).toBe("signature");
    expect(verdictOf(tokenOf({ key: "second", header: { kid: "second" } }), { keys })).toBe("allowed");
  });
});

describe("a token does not say by which key it is to be believed (RFC 8725 section 3.10, CVE-2018-0114)", () => {
  const foreign = jwkOf("foreign");
  const members: readonly (readonly [string, object])[] = [
    ["jwk", { jwk: foreign }],
    ["jwk, and its kid", { jwk: { ...foreign, kid: "issuer" } }],
    ["jku", { jku: "https://evil.example/jwks" }],
    ["x5u", { x5u: "https://evil.example/cert" }],
    ["x5c", { x5c: ["MIIB"] }],
    ["x5t", { x5t: "AAAA", "x5t#S256": "AAAA" }],
  ];

  test.each(members)("%s is not read: a foreign key stays foreign", (_, header) => {
    expect(verdictOf(tokenOf({ header: header as Record<string, unknown>, key: "foreign" }))).toBe("signature");
    const unnamed = { ...header, kid: undefined };
    expect(verdictOf(tokenOf({ header: unnamed, key: "foreign" }))).toBe("key-id");
    const named = { ...header, kid: "foreign" };
    expect(verdictOf(tokenOf({ header: named, key: "foreign" }))).toBe("key");
  });

  test.each(members)("%s in a good token disturbs nobody", (_, header) => {
    expect(verdictOf(tokenOf({ header: header as Record<string, unknown> }))).toBe("allowed");
  });

  test("the key client is asked for the kid and is told nothing else of the token", () => {
    const asked: unknown[][] = [];
    const header = { jku: "https://evil.example/jwks" };
    const claims = { iss: "https://evil.example" };
    void authorize(
      { credential: tokenOf({ header, claims }), configuration: CONFIGURATION, scopes: [] },
      (...args) => {
        asked.push(args);
        return { kind: "unknown", kids: [] };
      },
      NOW,
    );
    expect(asked).toEqual([["issuer"]]);
  });
});

describe("what the key client answers", () => {
  const answers: readonly (readonly [string, KeyAnswer, string, string])[] = [
    ["unknown", { kind: "unknown", kids: ["other"] }, "the token's key (kid) is unknown", "DOC"],
    ["refused", { kind: "refused", why: "e is 1" }, "the token's key (kid) may not verify", "UNK"],
    [
      "discovery failed",
      { kind: "unavailable", document: "discovery", stage: "timeout", detail: "secret detail" },
      "OIDC discovery endpoint communication error",
      "OBS+",
    ],
    [
      "JWKS failed",
      { kind: "unavailable", document: "jwks", stage: "status", detail: "secret detail" },
      "JWKS communication error",
      "OBS+",
    ],
    [
      "another issuer",
      { kind: "unavailable", document: "discovery", stage: "issuer", detail: "secret detail" },
      "the discovery document names another issuer",
      "OBS1",
    ],
  ];

  test.each(answers)("2.2 %s", (_, answer, description, confidence) => {
    const decision = decide(tokenOf(), { findKey: () => answer });
    expect(decision).toMatchObject({ allowed: false, status: 401, rule: "key", description, confidence });
    // For the log and `explain`, and not in what a client gets to see.
    expect(decision).toMatchObject({ keyAnswer: answer });
    expect(JSON.stringify({ description: "description" in decision && decision.description })).not.toContain("secret");
  });

  test.each(answers)("the same after a wait: %s", async (_, answer, description) => {
    const decision = authorize(
      { credential: tokenOf(), configuration: CONFIGURATION, scopes: [] },
      () => Promise.resolve(answer),
      NOW,
    );
    expect(decision).toBeInstanceOf(Promise);
    expect(await decision).toMatchObject({ allowed: false, rule: "key", description });
  });

  test.each(answers)("the trace tells what was found: %s", (_, answer) => {
    const entry = traceOf(decide(tokenOf(), { findKey: () => answer })).find(({ rule }) => rule === "key");
    expect(entry).toMatchObject({ outcome: "fail" });
    expect(entry?.saw).toBeDefined();
    expect(entry?.wanted).toBeDefined();
  });
});
