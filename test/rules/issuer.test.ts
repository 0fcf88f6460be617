import { describe, expect, test } from "vitest";
import { CLAIMS, CONFIGURATION, tokenOf, verdictOf } from "./token-maker.ts";

const { issuer } = CONFIGURATION;

describe("3.6 the issuer, character by character", () => {
  test.each<[string, unknown]>([
    ["absent", undefined],
    ["null", null],
    ["empty", ""],
    ["a slash more", `${issuer}/`],
    ["a slash less", issuer.replace("/token", "token")],
    ["another scheme", issuer.replace("https", "http")],
    ["the scheme in capitals", issuer.replace("https", "HTTPS")],
    ["the host in capitals", issuer.replace("is.example", "IS.example")],
    ["the port that goes without saying", issuer.replace(".com", ".com:443")],
    ["a dot after the host", issuer.replace(".com", ".com.")],
    ["a prefix of it", issuer.slice(0, -1)],
    ["something after it", `${issuer}x`],
    ["a newline after it", `${issuer}\n`],
    ["a space before it", ` ${issuer}`],
    ["a NUL after it", `${issuer}\0`],
    ["a percent-encoded letter", issuer.replace("token", "%74oken")],
    ["a way round", issuer.replace("/token", "/x/../token")],
    ["a user name", issuer.replace("https://", "https://user@")],
    ["a query", `${issuer}?x`],
    ["a fragment", `${issuer}#x`],
    ["another tenant", issuer.replace("/oauth2", "/t/other/oauth2")],
    ["another tenant's host", issuer.replace("is.example.com", "is.example.com.evil.example")],
    ["a letter that looks alike", issuer.replace("e", "\u0435")],
    ["a list with it (CVE-2025-30144, CVE-2026-75509)", [issuer]],
    ["a list with another", [issuer, "https://evil.example"]],
    ["an object", { [issuer]: true }],
    ["a number", 1],
    ["true", true],
  ])("%s is another issuer", (_, iss) => {
    expect(verdictOf(tokenOf({ claims: { iss } }))).toBe("issuer");
  });

  test("the issuer itself, whatever its form", () => {
    for (const one of [issuer, `${issuer}/`, "https://IS.example.com:443/x", "urn:x", "accounts.example"])
      expect(verdictOf(tokenOf({ claims: { iss: one } }), { configuration: { issuer: one } })).toBe("allowed");
  });

  test("spelled with escapes it is the same string", () => {
    const claimsText = JSON.stringify(CLAIMS).replace(issuer, issuer.replace("i", "\\u0069").replaceAll("/", "\\/"));
    expect(claimsText).not.toContain(issuer);
    expect(verdictOf(tokenOf({ claimsText }))).toBe("allowed");
  });

  test("one that is inherited is absent", () => {
    const claimsText = JSON.stringify({ ...CLAIMS, iss: undefined }).replace("{", `{"__proto__":{"iss":"${issuer}"},`);
    expect(verdictOf(tokenOf({ claimsText }))).toBe("issuer");
  });
});
