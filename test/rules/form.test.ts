import { describe, expect, test } from "vitest";
import { CLAIMS, decide, encoded, HEADER, tokenOf, verdictOf } from "./token-maker.ts";

const refusal = (token: string) => {
  const decision = decide(token);
  return decision.allowed ? "allowed" : `${decision.rule}: ${decision.description}`;
};

describe("three segments, none more (jwt_verify_lib TestTooManySections; CVE-2025-30204, CVE-2025-27144)", () => {
  const [header = "", claims = "", signature = ""] = tokenOf().split(".");

  test.each<[string, string]>([
    ["an opaque token", "0f5a1c2e-6d1b-3c35-9c50-0b7f6b0f8a11"],
    ["the header only", header],
    ["no signature part", `${header}.${claims}`],
    ["four segments", `${header}.${claims}.${signature}.AAAA`],
    ["five segments, as an encrypted token", `${header}.AAAA.AAAA.AAAA.AAAA`],
    ["a dot at the end", `${tokenOf()}.`],
    ["a dot in front", `.${tokenOf()}`],
    ["two dots in the middle", `${header}..${claims}.${signature}`],
    ["50,000 dots", ".".repeat(50_000)],
    ["a good token and 50,000 dots", `${tokenOf()}${".".repeat(50_000)}`],
  ])("1.10 %s", (_, token) => {
    expect(refusal(token)).toBe("segments: token contains an invalid number of segments");
  });

  test.each<[string, string, string]>([
    ["two dots only", "..", "header: unexpected end of JSON input"],
    ["an empty header", `.${claims}.${signature}`, "header: unexpected end of JSON input"],
    ["empty claims", `${header}..${signature}`, "claims: unexpected end of JSON input"],
    ["an empty signature", `${header}.${claims}.`, "signature: crypto/rsa: verification error"],
  ])("%s", (_, token, wanted) => {
    expect(refusal(token)).toBe(wanted);
  });
});

describe("header and claims are JSON objects (jwt_verify_lib TestParseHeaderBadJson, TestParsePayloadBadJson; jose)", () => {
  const good = JSON.stringify(CLAIMS);
  const texts: readonly (readonly [string, string | Buffer])[] = [
    ["null", "null"],
    ["true", "true"],
    ["a number", "1"],
    ["a string", '"text"'],
    ["a list", "[]"],
    ["a list with the claims", `[${good}]`],
    ["nothing", ""],
    ["white space", " "],
    ["a truncated object", good.slice(0, -1)],
    ["text after the object", `${good}x`],
    ["a second object", `${good}${good}`],
    ["a comma after the last member", `${good.slice(0, -1)},}`],
    ["a comment", `${good.slice(0, -1)}/* */}`],
    ["single quotes", good.replaceAll('"', "'")],
    ["a name without quotes", "{iss:1}"],
    ["NaN", `${good.slice(0, -1)},"x":NaN}`],
    ["Infinity", `${good.slice(0, -1)},"x":Infinity}`],
    ["a number with a plus", `${good.slice(0, -1)},"x":+1}`],
    ["a number with a leading zero", `${good.slice(0, -1)},"x":01}`],
    ["a hexadecimal number", `${good.slice(0, -1)},"x":0x1}`],
    ["a raw newline in a string", `${good.slice(0, -1)},"x":"a\nb"}`],
    ["a raw NUL in a string", `${good.slice(0, -1)},"x":"a\0b"}`],
    ["a byte order mark", `\ufeff${good}`],
    ["a NUL after it", `${good}\0`],
    ["UTF-16", Buffer.from(good, "utf16le")],
    ["prose", "It's a dangerous business, Frodo"],
    ["URL-encoded claims", new URLSearchParams({ iss: "x" }).toString()],
  ];

  test.each(texts)("claims: %s", (_, claimsText) => {
    expect(refusal(tokenOf({ claimsText }))).toMatch(/^claims: /);
  });

  test.each(texts)("header: %s", (_, headerText) => {
    expect(refusal(tokenOf({ headerText, signing: "RS256" }))).toMatch(/^header: /);
  });

  test("white space around an object is JSON", () => {
    expect(verdictOf(tokenOf({ claimsText: ` \t\r\n${good}\n ` }))).toBe("allowed");
    expect(verdictOf(tokenOf({ headerText: `\n${JSON.stringify(HEADER)}\n` }))).toBe("allowed");
  });
});

/** An object's text with a string in it that is these bytes. */
const withBytes = (members: object, inserted: readonly number[]) => {
  const text = Buffer.from(JSON.stringify({ ...members, name: "@@" }));
  const at = text.indexOf("@@");
  return Buffer.concat([text.subarray(0, at), Buffer.from(inserted), text.subarray(at + 2)]);
};

describe("invalid UTF-8 (RFC 3629 section 3; jose: invalid UTF-8 in the Claims Set is rejected)", () => {
  const bytes: readonly (readonly [string, readonly number[]])[] = [
    ["a lone continuation byte", [0x80]],
    ["a byte that never occurs", [0xff]],
    ["a cut sequence", [0xc3]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["an overlong NUL", [0xc0, 0x80]],
    ["an overlong quote", [0xe0, 0x80, 0xa2]],
    ["a surrogate", [0xed, 0xa0, 0x80]],
    ["beyond Unicode", [0xf4, 0x90, 0x80, 0x80]],
    ["Latin-1", [0xe9]],
  ];

  test.each(bytes)("in the claims: %s", (_, inserted) => {
    expect(refusal(tokenOf({ claimsText: withBytes(CLAIMS, inserted) }))).toBe("claims: the token is not valid UTF-8");
  });

  test.each(bytes)("in the header: %s", (_, inserted) => {
    const headerText = withBytes(HEADER, inserted);
    expect(refusal(tokenOf({ headerText }))).toBe("header: the token is not valid UTF-8");
  });

  test("beside a U+FFFD that is there by right", () => {
    const claimsText = withBytes({ ...CLAIMS, x: "\ufffd" }, [0x80]);
    expect(refusal(tokenOf({ claimsText }))).toBe("claims: the token is not valid UTF-8");
  });

  test("U+FFFD itself, umlauts, other planes and a byte order mark inside a string are text", () => {
    expect(verdictOf(tokenOf({ claims: { name: "\ufffd Ünïcödé 漢字 😀 \ufeff" } }))).toBe("allowed");
  });
});

describe("large and deep (jwt_verify_lib TestTooLargeJwt, GoodJwtLongClaim, GoodNestedJwt)", () => {
  test("a token of a megabyte is read", () => {
    expect(verdictOf(tokenOf({ claims: { long: "x".repeat(1_000_000) } }))).toBe("allowed");
  });

  test.each([
    ["lists", "[", "]"],
    ["objects", '{"a":', "}"],
  ])("100,000 nested %s are refused by the rule on the claims", (_, open, close) => {
    const deep = `${open.repeat(100_000)}1${close.repeat(100_000)}`;
    const claimsText = JSON.stringify(CLAIMS).replace(/\}$/, `,"deep":${deep}}`);
    expect(verdictOf(tokenOf({ claimsText }))).toBe("claims");
  });

  test("nested claims that are no object's depth but a value are read (GoodNestedJwt)", () => {
    expect(
      verdictOf(tokenOf({ claims: { nested: { "key-1": "value1", "nested-2": { "key-2": [1, true, "x"] } } } })),
    ).toBe("allowed");
  });
});

test("a header of another issuer's shape is read again: what was read of one is not taken for another", () => {
  const good = { ...HEADER, typ: "JWT" };
  for (let round = 0; round < 200; round += 1)
    expect(verdictOf(tokenOf({ header: { ...good, x5t: `thumb-${round}` } }))).toBe("allowed");
  expect(verdictOf(tokenOf({ header: { ...good, alg: "none" }, signing: "none" }))).toBe("algorithm");
  expect(encoded(JSON.stringify(good))).not.toBe(encoded(JSON.stringify({ ...good, alg: "none" })));
});
