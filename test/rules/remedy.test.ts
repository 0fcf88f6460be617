import { describe, expect, test } from "vitest";
import type { Json } from "../../lib/json/json.ts";
import type { Decision } from "../../lib/rules/decision.ts";
import { firstDifference } from "../../lib/rules/explanation.ts";
import { remedyOf, remedyOfEntry } from "../../lib/rules/remedy.ts";
import { traceOf } from "../../lib/rules/trace.ts";
import { type Before, CLAIMS, CONFIGURATION, decide, decideCredential, jwkOf, NOW, tokenOf } from "./token-maker.ts";

function causeOf(decision: Decision): string {
  if (decision.allowed) throw new Error("allowed");
  return remedyOf(decision).cause;
}

describe("each rule has a cause and a remedy in a person's words", () => {
  test.each<[string, string, RegExp, Before]>([
    ["segments", "opaque", /has 1 part\(s\) between dots/, {}],
    ["header", tokenOf({ headerText: "x", signing: "RS256" }), /header cannot be read: invalid character 'x'/, {}],
    ["claims", tokenOf({ claimsText: "" }), /claims cannot be read: unexpected end of JSON input/, {}],
    ["algorithm", tokenOf({ header: { alg: "ES256" } }), /alg is "ES256"/, {}],
    ["critical", tokenOf({ header: { crit: ["x"] } }), /demands an extension: "crit"/, {}],
    ["key-id", tokenOf({ header: { kid: undefined } }), /names no key/, {}],
    ["key, unknown", tokenOf({ header: { kid: "x" } }), /it lists "issuer"/, {}],
    ["key, refused", tokenOf(), /may not verify: use is "enc"/, { keys: [jwkOf("issuer", { use: "enc" })] }],
    ["key, for another algorithm", tokenOf(), /this key is for RS512/, { keys: [jwkOf("issuer", { alg: "RS512" })] }],
    [
      "key, unavailable",
      tokenOf(),
      /fetch the issuer.s JWKS \(timeout\): no answer/,
      { findKey: () => ({ kind: "unavailable", document: "jwks", stage: "timeout", detail: "no answer" }) },
    ],
    ["signature", tokenOf({ key: "foreign" }), /not made over this text by the issuer's key/, {}],
    ["expiry", tokenOf({ claims: { exp: NOW } }), /exp is 1800000000 \(2027-01-15T08:00:00Z\)/, {}],
    ["expiry, absent", tokenOf({ claims: { exp: undefined } }), /the token has no exp/, {}],
    ["not-before", tokenOf({ claims: { nbf: NOW + 1 } }), /nbf is 1800000001/, {}],
    ["issued-at", tokenOf({ claims: { iat: NOW + 1 } }), /iat is 1800000001/, {}],
    ["issuer", tokenOf({ claims: { iss: `${CONFIGURATION.issuer}/` } }), /they differ by a trailing slash/, {}],
    ["audience", tokenOf({ claims: { aud: "x" } }), /is for "x", the authorizer takes "client-1"/, {}],
    ["scope", tokenOf(), /holds "read", "write", the route asks for one of "admin"/, { scopes: ["admin"] }],
  ])("%s", (_, token, cause, before) => {
    expect(causeOf(decide(token, before))).toMatch(cause);
  });

  test("identity source", () => {
    expect(causeOf(decideCredential(undefined))).toMatch(/carries no token/);
  });
});

describe("whatever stands in a token, what is said of it is short and is said at once", () => {
  const deep = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;
  const values: readonly (readonly [string, string])[] = [
    ["nested 50,000 deep", deep],
    ["a megabyte of digits and a letter", `"${"1".repeat(1_000_000)}x"`],
    ["a megabyte of text", `"${"x".repeat(1_000_000)}"`],
    ["100,000 members", `[${"1,".repeat(100_000)}1]`],
    ["1e308", "1e308"],
    ["a date beyond all calendars", "8.7e15"],
    ["a lone surrogate", '"\\ud800"'],
  ];

  test.each(values)("%s, as each claim", (_, json) => {
    for (const name of ["iss", "aud", "exp", "nbf", "iat", "scope", "scp", "sub"]) {
      const claimsText = JSON.stringify({ ...CLAIMS, [name]: "@" }).replace('"@"', json);
      expectShort(decide(tokenOf({ claimsText }), { scopes: ["admin"], options: { thorough: true } }));
    }
  });

  test.each(values)("%s, as each member of the header", (_, json) => {
    for (const name of ["alg", "kid", "crit", "b64", "typ"]) {
      const headerText = JSON.stringify({ alg: "RS256", kid: "issuer", [name]: "@" }).replace('"@"', json);
      expectShort(
        decide(tokenOf({ headerText, signing: "RS256" }), { scopes: ["admin"], options: { thorough: true } }),
      );
    }
  });
});

/** The whole of what a person could read of a decision, made in less time than anything quadratic would take. */
function expectShort(decision: Decision) {
  const startedAtMs = performance.now();
  const trace = traceOf(decision);
  const remedies = decision.allowed
    ? []
    : [
        remedyOf(decision),
        ...trace.filter(({ outcome }) => outcome === "fail").map((entry) => remedyOfEntry(entry, decision)),
      ];
  expect(JSON.stringify({ trace, remedies }).length).toBeLessThan(30_000);
  expect(performance.now() - startedAtMs).toBeLessThan(1_000);
}

test.each([
  ["https://a/x", "https://a/x/", "they differ by a trailing slash"],
  ["https://a:443/x", "https://a/x", "they differ by ':443'"],
  ["https://a/x", "https://a/y", "they differ from character 11 on"],
  ["https://a", "https://ab", "they differ from character 10 on"],
  [["https://a"], "https://a", "it is not a single string"],
  [undefined, "https://a", "it is not a single string"],
])("the first difference of %j and %j", (saw, wanted, text) => {
  expect(firstDifference(saw, wanted)).toBe(text);
});

function said(decision: Decision): string {
  if (decision.allowed) throw new Error("allowed");
  const { cause, remedy } = remedyOf(decision);
  return `${cause}\n${remedy}`;
}

describe("the advice looks at who issued the token, and is none that is followed already", () => {
  const MINE = "client-1";
  const KEYCLOAK = "https://auth.example.com/realms/web";
  const ENTRA = "https://sts.windows.net/1111/";
  const decideFor = (issuer: string, claims: Json, more: Before & { readonly header?: Json } = {}) => {
    const { header = {}, ...before } = more;
    const configuration = { issuer, audience: [MINE] };
    return decide(tokenOf({ claims: { iss: issuer, ...claims }, header }), { configuration, ...before });
  };

  test.each<[string, string, Json, RegExp]>([
    [
      "Keycloak's account with the client id in azp",
      KEYCLOAK,
      { aud: "account", azp: MINE },
      /does not read azp[^]*mapper of type Audience/,
    ],
    ["Okta's cid", "https://dev-1.okta.com/oauth2/default", { aud: "api://default", cid: MINE }, /does not read cid/],
    ["Entra's appid", ENTRA, { aud: "api://b", appid: MINE }, /does not read appid[^]*application id URI/],
    ["a token for Microsoft Graph", ENTRA, { aud: "00000003-0000-0000-c000-000000000000" }, /Microsoft Graph/],
    ["Auth0's other API", "https://x.eu.auth0.com/", { aud: "https://other" }, /audience=API_IDENTIFIER/],
    ["WSO2's other application", "https://is.example.com/oauth2/token", { aud: "x" }, /WSO2 writes it first into aud/],
    [
      "an issuer that nobody knows",
      "https://id.example.com",
      { aud: "x" },
      /have the issuer write one of the authorizer's audiences/,
    ],
  ])("%s", (_, issuer, claims, words) => {
    const text = said(decideFor(issuer, claims));
    expect(text).toMatch(words);
    if (!issuer.endsWith("/oauth2/token")) expect(text).not.toContain("WSO2");
  });

  test("the client id that the environment lists already is not to be added again", () => {
    for (const name of ["azp", "cid", "appid", "client_id"])
      expect(said(decideFor("https://id.example.com", { aud: "x", [name]: MINE }))).not.toContain("add ");
  });

  test("3.22 a text in scp is told as a form, seen once", () => {
    const decision = decideFor(ENTRA, { aud: MINE, scope: undefined, scp: "read write" }, { scopes: ["read"] });
    expect(said(decision)).toContain('scp is one text, "read write"');
    expect(decision).toMatchObject({ allowed: false, confidence: "OBS1" });
  });

  test("a nonce in Entra's header explains a signature that nobody else can verify", () => {
    const decision = decide(
      tokenOf({
        claims: { iss: ENTRA, aud: MINE },
        header: { alg: "RS256", kid: "issuer", nonce: "x" },
        key: "foreign",
      }),
      { configuration: { issuer: ENTRA, audience: [MINE] } },
    );
    expect(said(decision)).toContain("Microsoft Graph");
  });
});
