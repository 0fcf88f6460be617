import { describe, expect, test } from "vitest";
import { CLAIMS, decide, NOW, tokenOf, verdictOf } from "./token-maker.ts";

/** With one claim as JSON text, which can say what JSON.stringify cannot. */
const withText = (name: string, text: string) =>
  tokenOf({ claimsText: JSON.stringify({ ...CLAIMS, [name]: "@" }).replace('"@"', text) });

describe("the exact second (3.16, our choice): good while now < exp, from now >= nbf and now >= iat on", () => {
  test.each([
    ["exp", NOW, "expiry"],
    ["exp", NOW + 1, "allowed"],
    ["exp", NOW - 1, "expiry"],
    ["exp", 0, "expiry"],
    ["exp", 1, "expiry"],
    ["nbf", NOW, "allowed"],
    ["nbf", NOW + 1, "not-before"],
    ["nbf", NOW - 1, "allowed"],
    ["nbf", 0, "allowed"],
    ["iat", NOW, "allowed"],
    ["iat", NOW + 1, "issued-at"],
    ["iat", NOW - 1, "allowed"],
    ["iat", 0, "allowed"],
  ])("%s = %d at 1800000000: %s", (name, seconds, wanted) => {
    expect(verdictOf(tokenOf({ claims: { [name]: seconds } }))).toBe(wanted);
  });

  test("3.15 no skew in either direction", () => {
    const token = tokenOf({ claims: { nbf: NOW, iat: NOW, exp: NOW + 10 } });
    expect([-0.001, 0, 9.999, 10].map((later) => verdictOf(token, { now: NOW + later }))).toEqual([
      "not-before",
      "allowed",
      "allowed",
      "expiry",
    ]);
  });

  test.each([
    ["exp", `${NOW}.5`, "allowed"],
    ["exp", `${NOW - 1}.999`, "expiry"],
    ["exp", "1.8000000005e9", "allowed"],
    ["exp", "18E8", "expiry"],
    ["nbf", `${NOW}.5`, "not-before"],
    ["nbf", `${NOW - 1}.5`, "allowed"],
    ["iat", `${NOW}.001`, "issued-at"],
    ["iat", "1.7e9", "allowed"],
  ])("3.17 a fraction or an exponent is compared as it is: %s = %s", (name, text, wanted) => {
    expect(verdictOf(withText(name, text))).toBe(wanted);
  });
});

describe("a claim that is absent", () => {
  test.each([
    ["exp", "expiry"],
    ["nbf", "allowed"],
    ["iat", "allowed"],
  ])("3.12 to 3.14 %s: %s", (name, wanted) => {
    expect(verdictOf(tokenOf({ claims: { [name]: undefined } }))).toBe(wanted);
  });

  test("3.14 without exp it says that this is our choice", () => {
    expect(decide(tokenOf({ claims: { exp: undefined } }))).toMatchObject({
      description: "the token has no expiry (exp)",
      confidence: "UNK",
    });
  });

  test("one of another case is absent, and so is one that is inherited", () => {
    expect(verdictOf(tokenOf({ claims: { exp: undefined, Exp: NOW + 600 } }))).toBe("expiry");
    const inherited = JSON.stringify({ ...CLAIMS, exp: undefined }).replace("{", `{"__proto__":{"exp":${NOW + 600}},`);
    expect(verdictOf(tokenOf({ claimsText: inherited }))).toBe("expiry");
  });
});

const RULE_OF = { exp: "expiry", nbf: "not-before", iat: "issued-at" } as const;

// jwt_verify_lib TestParsePayload{Exp,Nbf,Iat}{NotInteger,NotPositive,TooBig}, IatDecimalsDrop; jose's numericDate
// tests; aws-jwt-verify "jwt with nonsense exp".
describe.each(["exp", "nbf", "iat"] as const)("3.17, 3.18 %s in no form that is a time is refused", (name) => {
  test.each([
    ["a string", `"${name === "exp" ? NOW + 600 : NOW - 600}"`],
    ["an empty string", '""'],
    ["a date", '"2036-01-01T00:00:00Z"'],
    ["null", "null"],
    ["true", "true"],
    ["false", "false"],
    ["a list", `[${NOW + 600}]`],
    ["an empty list", "[]"],
    ["an object", `{"valueOf":${NOW + 600}}`],
    ["negative", "-1"],
    ["very negative", "-1e308"],
    ["below zero by a hair", "-5e-324"],
    ["Infinity: never expires", "1e400"],
    ["minus Infinity", "-1e400"],
    ["the largest number", "1.7976931348623157e308"],
    ["more than 2^53", "9007199254740994"],
    ["2^64", "18446744073709551616"],
    ["milliseconds of the year 300,000", "9.4e15"],
  ])("%s: %s", (_, text) => {
    expect(decide(withText(name, text))).toMatchObject({
      allowed: false,
      rule: RULE_OF[name],
      description: `the token's time (${name}) is not a number`,
      confidence: "UNK",
    });
  });

  test("2^53 is the last that is a time", () => {
    expect(verdictOf(withText(name, "9007199254740992"))).toBe(name === "exp" ? "allowed" : RULE_OF[name]);
  });

  test("in milliseconds is a time far in the future", () => {
    expect(verdictOf(withText(name, `${NOW}000`))).toBe(name === "exp" ? "allowed" : RULE_OF[name]);
  });
});

const refusalOf = (claims: Record<string, unknown>) => {
  const decision = decide(tokenOf({ claims }));
  return decision.allowed ? "allowed" : decision.description;
};

test("2.2 each has its own text, as jwt-go's", () => {
  expect(refusalOf({ exp: NOW - 1 })).toBe("Token is expired");
  expect(refusalOf({ nbf: NOW + 1 })).toBe("Token is not valid yet");
  expect(refusalOf({ iat: NOW + 1 })).toBe("Token used before issued");
});
