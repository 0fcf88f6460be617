import { expect, test } from "vitest";
import { authorizerErrorOf } from "../../lib/rules/challenge.ts";
import { meaningOf } from "../../lib/rules/log-error.ts";
import { type Before, decide, decideCredential, jwkOf, NOW, tokenOf } from "./token-maker.ts";

const unavailable = (document: "discovery" | "jwks", stage: "timeout" | "issuer"): Before => ({
  findKey: () => ({ kind: "unavailable", document, stage, detail: "" }),
});

test.each<[string, string | undefined, Before]>([
  ["1.9", undefined, {}],
  ["1.10", "opaque", {}],
  ["2.2", tokenOf({ header: { alg: "ES256" } }), {}],
  ["2.2", tokenOf({ header: { alg: "rs256" } }), {}],
  ["2.2", tokenOf({ header: { alg: undefined } }), {}],
  ["2.2", tokenOf({ key: "foreign" }), {}],
  ["2.2", `${tokenOf()}=`, {}],
  ["2.2", tokenOf({ claimsText: "x" }), {}],
  ["2.2", tokenOf({ claimsText: "" }), {}],
  ["3.6", tokenOf({ claims: { iss: "x" } }), {}],
  ["3.8", tokenOf({ claims: { aud: "x" } }), {}],
  ["3.11", tokenOf({ claims: { exp: NOW } }), {}],
  ["3.11", tokenOf({ claims: { nbf: NOW + 1 } }), {}],
  ["3.11", tokenOf({ claims: { iat: NOW + 1 } }), {}],
  ["4.10", tokenOf(), unavailable("discovery", "timeout")],
  ["4.10", tokenOf(), unavailable("jwks", "timeout")],
])("%s a text that our own log writes is one that we can explain", (fact, token, before) => {
  const decision = token === undefined ? decideCredential(token) : decide(token, before);
  if (decision.allowed) throw new Error("allowed");
  expect(meaningOf(authorizerErrorOf(decision))?.fact).toBe(fact);
});

test.each<[string, string, Before]>([
  ["3.1", tokenOf({ header: { kid: undefined } }), {}],
  ["3.1", tokenOf(), { findKey: () => ({ kind: "unknown", kids: [] }) }],
  ["3.26", tokenOf(), { findKey: () => ({ kind: "refused", why: "small" }) }],
  ["3.26", tokenOf({ header: { alg: "RS384" } }), { keys: [jwkOf("issuer", { alg: "RS256" })] }],
  ["3.26", tokenOf({ header: { crit: [] } }), {}],
  ["4.7", tokenOf(), unavailable("discovery", "issuer")],
  ["3.14", tokenOf({ claims: { exp: undefined } }), {}],
  ["3.18", tokenOf({ claims: { exp: "1" } }), {}],
  ["3.18", tokenOf({ claims: { nbf: null } }), {}],
  ["3.19", tokenOf({ claims: { scope: "other" } }), { scopes: ["read"] }],
  ["2.2", tokenOf({ claimsText: Buffer.from([0x22, 0xff, 0x22]) }), {}],
  ["2.2", tokenOf({ claimsText: "[]" }), {}],
  ["2.2", tokenOf({ claimsText: "{" }), {}],
])("%s a text of our own is explained, and never said to be AWS's: %#", (fact, token, before) => {
  const decision = decide(token, before);
  if (decision.allowed) throw new Error("allowed");
  expect(decision.textConfidence).toBe("UNK");
  const meaning = meaningOf(authorizerErrorOf(decision));
  expect(meaning).toMatchObject({ words: "Gatehouse", confidence: "UNK", fact });
});

test("the mirror's own text for a route that it does not know is explained", () => {
  expect(meaningOf("the route is not in ROUTE_SCOPES")?.words).toBe("Gatehouse");
});

test.each([
  ["invalid_token: the issuer in https://login.example/", "4.7"],
  ["The Lambda function returned the following error: x. Check your Lambda function code and try again.", "6.19"],
  ["The request for the IAM Authorizer doesn't match the format that API Gateway expects.", "6.25"],
])("a text of AWS is known: %s", (text, fact) => {
  expect(meaningOf(text)?.fact).toBe(fact);
});

test.each([
  "the token has an invalid signature",
  "unable to find kid",
  "claim issuer mismatch",
  "insufficient_scope",
  "",
  "-",
  "invalid character ".repeat(50_000),
])("what no source shows for AWS is not explained: %#", (text) => {
  const startedAtMs = performance.now();
  expect(meaningOf(text)).toBeUndefined();
  expect(performance.now() - startedAtMs).toBeLessThan(1_000);
});

test.each<[string, string]>([
  [
    "6.29",
    "The IAM role configured on the integration or API Gateway doesn't have permissions to call the integration. Check the permissions and try again.",
  ],
  [
    "8.11",
    "The IAM role configured on the authorizer or API Gateway doesn't have permissions to call the authorizer. Check the permissions and try again",
  ],
  [
    "6.31",
    "API Gateway doesn't have permissions to assume the IAM role configured on the integration. Check the permissions and try again.",
  ],
])("%s who may call is told apart: %s", (fact, text) => {
  expect(meaningOf(text)).toMatchObject({ fact, words: "AWS" });
});

test("a function's own words about permissions are the function's", () => {
  const text =
    "The Lambda function returned the following error: API Gateway doesn't have permissions to assume it. Check your Lambda function code and try again.";
  expect(meaningOf(text)?.fact).toBe("6.19");
});
