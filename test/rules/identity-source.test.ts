import { describe, expect, test } from "vitest";
import { credentialAt, readIdentitySource, tokenOf as tokenIn } from "../../lib/rules/identity-source.ts";
import { decideCredential, tokenOf } from "./token-maker.ts";

const said = (credential: string | undefined) => {
  const decision = decideCredential(credential);
  return decision.allowed ? "allowed" : decision.rule;
};

describe("the token in a credential", () => {
  test("1.1 only or after exactly 'Bearer '", () => {
    const token = tokenOf();
    expect(said(token)).toBe("allowed");
    expect(said(`Bearer ${token}`)).toBe("allowed");
  });

  test.each([undefined, "", "Bearer", "Bearer "])("1.9, 1.11 %j holds no token", (credential) => {
    expect(decideCredential(credential)).toMatchObject({
      rule: "identity-source",
      status: 401,
      error: "missing",
      description: "token not provided",
    });
  });

  test.each([
    ["bearer ", "another case"],
    ["BEARER ", "another case"],
    ["Bearer Bearer ", "a doubled prefix"],
    ["Bearer  ", "two spaces"],
    [" Bearer ", "a space before it"],
    ["Bearer\t", "a tab"],
    ["Bearer\u00a0", "a space that is none"],
    ["Basic ", "another scheme"],
    ["Token ", "another scheme"],
    ["JWT ", "another scheme"],
  ])("1.12, 1.13 %j is not a prefix: %s", (prefix) => {
    expect(said(`${prefix}${tokenOf()}`)).toBe("header");
  });

  test.each([" ", "\t", "\n", "\0", ","])("1.13 %j after the token is part of it", (suffix) => {
    expect(said(`Bearer ${tokenOf()}${suffix}`)).toBe("signature");
  });

  test("1.14 two headers, joined with a comma, are no token", () => {
    const token = tokenOf();
    expect(said(`Bearer ${token},Bearer ${token}`)).toBe("segments");
    expect(said(`Bearer ${token}, Bearer ${token}`)).toBe("segments");
  });

  test("only one prefix is taken off, and nothing of the token itself", () => {
    expect(tokenIn("Bearer Bearer x")).toBe("Bearer x");
    expect(tokenIn("Bearerx")).toBe("Bearerx");
    expect(tokenIn(" ")).toBe(" ");
  });
});

describe("where a request carries it", () => {
  test.each([
    ["$request.header.Authorization", { from: "header", name: "authorization" }],
    ["$request.header.X-Token", { from: "header", name: "x-token" }],
    ["$request.querystring.access_token", { from: "query", name: "access_token" }],
    ["$request.querystring.Access_Token", { from: "query", name: "Access_Token" }],
  ])("1.2 to 1.4 %s is known", (expression, source) => {
    expect(readIdentitySource(expression)).toEqual(source);
  });

  test.each([
    "$context.identity.sourceIp",
    "$stageVariables.token",
    "$request.header.Authorization,$request.querystring.token",
    "$request.body.token",
    "$request.path.token",
    "$request.header.",
    "$request.header.a b",
    " $request.header.Authorization",
    "$request.header.Authorization\n",
    "request.header.Authorization",
    "",
  ])("1.5, 1.6 %j is not", (expression) => {
    expect(readIdentitySource(expression)).toBeUndefined();
  });

  test("a name is asked for as the source spells it, a header's in lower case", () => {
    const asked: string[] = [];
    const request = {
      header: (name: string) => (asked.push(name), "from the header"),
      query: (name: string) => (asked.push(name), "from the query"),
    };
    expect(credentialAt({ from: "header", name: "authorization" }, request)).toBe("from the header");
    expect(credentialAt({ from: "query", name: "Access_Token" }, request)).toBe("from the query");
    expect(asked).toEqual(["authorization", "Access_Token"]);
  });
});
