import { describe, expect, test } from "vitest";
import { decodeBase64url } from "../../lib/rules/base64url.ts";
import { decide, tokenOf, verdictOf } from "./token-maker.ts";

// RFC 7515 section 2, RFC 4648 section 3.5. Two spellings of one token would be two tokens to a cache or a deny list.

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const LETTERS = ALPHABET.split("");

const withStrayBits = (part: string) => `${part.slice(0, -1)}${ALPHABET[ALPHABET.indexOf(part.at(-1) ?? "") + 1]}`;

describe("strict base64url", () => {
  test("every byte string of up to two bytes has exactly one spelling", () => {
    for (let first = 0; first < 256; first += 1) {
      const one = Buffer.from([first]).toString("base64url");
      const spellings = LETTERS.map((last) => `${one[0]}${last}`).filter((text) => "bytes" in decodeBase64url(text));
      expect(spellings.filter((text) => Buffer.from(text, "base64url")[0] === first)).toEqual([one]);
    }
  });

  test.each([
    ["padding", "YQ==", 2],
    ["one padding character too few", "YQ=", 2],
    ["the standard alphabet's +", "+A", 0],
    ["the standard alphabet's /", "A/", 1],
    ["a space", "YW Jj", 2],
    ["a newline", "YWJj\n", 4],
    ["a carriage return in the middle", "YW\rJj", 2],
    ["a NUL", "YWJj\0", 4],
    ["a letter outside ASCII", "YWJé", 3],
    ["a full-width letter", "ＡAAA", 0],
    ["a percent sign", "YW%3D", 2],
    ["one character too many", "YWJjZ", 5],
    ["one character only", "A", 1],
    ["stray low bits after one byte", "YR", 1],
    ["stray low bits after two bytes", "YWJ", 2],
  ])("refuses %s", (_, text, illegalAt) => {
    expect(decodeBase64url(text)).toEqual({ illegalAt });
  });

  test("takes the empty text for no bytes", () => {
    expect(decodeBase64url("")).toEqual({ bytes: Buffer.alloc(0) });
  });
});

const inHeader = (respell: (part: string) => string) => (part: string, which: string) =>
  which === "header" ? respell(part) : part;

/** Each gives the same bytes to a lenient decoder. */
const RESPELLINGS: readonly (readonly [string, (part: string) => string])[] = [
  ["padding", (part) => `${part}${"=".repeat((4 - (part.length % 4)) % 4 || 1)}`],
  ["a trailing newline", (part) => `${part}\n`],
  ["a trailing space", (part) => `${part} `],
  ["an inner newline", (part) => `${part.slice(0, 8)}\n${part.slice(8)}`],
  ["an inner space", (part) => `${part.slice(0, 8)} ${part.slice(8)}`],
  ["an inner tab", (part) => `${part.slice(0, 8)}\t${part.slice(8)}`],
  ["an inner NUL", (part) => `${part.slice(0, 8)}\0${part.slice(8)}`],
  ["a letter that a lenient decoder skips", (part) => `${part.slice(0, 8)}ü${part.slice(8)}`],
  ["a star", (part) => `${part.slice(0, 8)}*${part.slice(8)}`],
  ["a single character more", (part) => (part.length % 4 === 0 ? `${part}A` : `${part}=`)],
];

describe("a token whose spelling is not the one of its bytes is refused", () => {
  test.each(RESPELLINGS)("%s in the header, though the signature covers it", (_, respell) => {
    expect(verdictOf(tokenOf({ respell: inHeader(respell) }))).toBe("header");
  });

  test.each(RESPELLINGS)("%s in the claims, though the signature covers it", (_, respell) => {
    expect(verdictOf(tokenOf({ respell: (part, which) => (which === "claims" ? respell(part) : part) }))).toBe(
      "claims",
    );
  });

  test.each(RESPELLINGS)("%s in the signature", (_, respell) => {
    const [header, claims, signature = ""] = tokenOf().split(".");
    const decision = decide(`${header}.${claims}.${respell(signature)}`);
    expect(decision).toMatchObject({ allowed: false, rule: "signature" });
    expect(decision).toMatchObject({ description: expect.stringMatching(/^illegal base64 data at input byte \d+$/) });
  });

  test("none of the other last characters of a signature is taken for the right one", () => {
    const token = tokenOf();
    const others = LETTERS.filter((last) => last !== token.at(-1));
    expect(others.filter((last) => verdictOf(`${token.slice(0, -1)}${last}`) === "allowed")).toEqual([]);
  });

  test("a header with stray low bits is refused, though the signature covers it", () => {
    // 49 bytes: two low bits of the last character mean nothing to a lenient decoder.
    const headerText = JSON.stringify({ alg: "RS256", kid: "issuer", typ: "x".repeat(13) });
    expect(headerText.length % 3).toBe(1);
    expect(verdictOf(tokenOf({ headerText }))).toBe("allowed");
    expect(verdictOf(tokenOf({ headerText, respell: inHeader(withStrayBits) }))).toBe("header");
  });
});
