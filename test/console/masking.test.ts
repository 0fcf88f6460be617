import { describe, expect, test } from "vitest";
import { Masking, textOf } from "../../lib/console/masking.ts";

const TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.c2lnbmF0dXJl";

describe("what is secret in a request", () => {
  test("its token is hidden wherever it stands, its scheme stays", () => {
    const masking = new Masking(["Authorization", `Bearer ${TOKEN}`], TOKEN);
    expect(masking.hide(`Bearer ${TOKEN}`)).toBe("Bearer ‹token hidden›");
    expect(masking.hide(`{"headers":{"authorization":"Bearer ${TOKEN}"},"query":"t=${TOKEN}"}`)).toBe(
      '{"headers":{"authorization":"Bearer ‹token hidden›"},"query":"t=‹token hidden›"}',
    );
  });

  test("so are opaque tokens, passwords, cookies and API keys, by the header that they came in", () => {
    const headers = [
      "authorization",
      "Basic dXNlcjpwYXNz",
      "Cookie",
      "session=s3cretvalue; b=another-one",
      "x-api-key",
      "key-000001",
    ];
    const masking = new Masking(headers, undefined);
    const shown = masking.hide('dXNlcjpwYXNz ["session=s3cretvalue","b=another-one"] key-000001');
    expect(shown).toBe('‹hidden› ["session=‹hidden›","b=‹hidden›"] ‹hidden›');
  });

  test("and any other text that looks like a signed token, with a signature or without", () => {
    const masking = new Masking([], undefined);
    expect(masking.hide(`logged ${TOKEN}, again`)).toBe("logged ‹hidden›, again");
    expect(masking.hide("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.")).toBe("‹hidden›");
    expect(masking.hide("eyJ is not enough")).toBe("eyJ is not enough");
  });

  test("a short value hides nothing: it would be found everywhere", () => {
    expect(new Masking(["cookie", "a=1"], "abc").hide("a=1 abc")).toBe("a=1 abc");
  });
});

describe("bytes for a person", () => {
  test("are text where they are UTF-8, else their beginning in hex", () => {
    expect(textOf("zürich")).toEqual({ text: "zürich", bytes: 7, isCut: false, isBinary: false });
    expect(textOf(Buffer.from([0xff, 0xfe, 0]))).toEqual({ text: "ff fe 00 ", bytes: 3, isCut: false, isBinary: true });
    expect(textOf(Buffer.alloc(10_000, 0xff))).toMatchObject({ bytes: 10_000, isCut: true, isBinary: true });
  });

  test("are cut at what a page can show", () => {
    const { text, bytes, isCut } = textOf("x".repeat(1_000_000));
    expect([text.length, bytes, isCut]).toEqual([200_000, 1_000_000, true]);
  });
});
