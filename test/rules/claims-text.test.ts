import { describe, expect, test } from "vitest";
import { claimsAsText } from "../../lib/rules/claims-text.ts";
import { CLAIMS, decide, tokenOf } from "./token-maker.ts";

/** One claim, given as JSON text, as API Gateway passes it. */
function textOf(json: string): string | undefined {
  const decision = decide(tokenOf({ claimsText: JSON.stringify({ ...CLAIMS, x: "@" }).replace('"@"', json) }));
  if (!decision.allowed) throw new Error(decision.description);
  return claimsAsText(decision.token).x;
}

describe("claims in the text form of Go's fmt", () => {
  test.each([
    ["5.3 a string", '"alice"', "alice"],
    ["5.3 an empty string", '""', ""],
    ["5.3 a string with escapes", '"a\\"b\\\\c\\u00e9\\n"', 'a"b\\cé\n'],
    ["5.3 a string that looks like a number", '"1e3"', "1e3"],
    ["5.3 a string that looks like a mark", '"n12"', "n12"],
    ["5.4 an integer", "1612061676", "1612061676"],
    ["5.4 an integer above 2^53", "12345678901234567890", "12345678901234567890"],
    ["5.12 a fraction as it was written", "1.50", "1.50"],
    ["5.12 an exponent as it was written", "1E+3", "1E+3"],
    ["5.12 minus zero", "-0", "-0"],
    ["5.12 a number beyond all floats", "1e400", "1e400"],
    ["5.5 true", "true", "true"],
    ["5.5 false", "false", "false"],
    ["5.6 a list", '["USERS","ADMINS"]', "[USERS ADMINS]"],
    ["5.6 an empty list", "[]", "[]"],
    ["5.6 a list of a list", '[["a"],[]]', "[[a] []]"],
    ["5.6 a list of all kinds", '[1,"1",true,null,1.0]', "[1 1 true <nil> 1.0]"],
    ["5.6 values with spaces run together", '["a b","c"]', "[a b c]"],
    ["5.8 an object", '{"b":"1","a":2}', "map[a:2 b:1]"],
    ["5.8 an empty object", "{}", "map[]"],
    ["5.8 nested", '{"identities":{"email":["x@y"]},"n":{"m":{}}}', "map[identities:map[email:[x@y]] n:map[m:map[]]]"],
    [
      "5.10 names sorted by their bytes",
      '{"é":1,"z":2,"Z":3,"a":4,"😀":5,"\\uffff":6}',
      "map[Z:3 a:4 z:2 é:1 \uffff:6 😀:5]",
    ],
    ["5.11 null in an object", '{"a":null}', "map[a:<nil>]"],
    ["strings with what looks like JSON", '"{\\"a\\":1}"', '{"a":1}'],
    ["a string with a number after an escaped quote", '"\\"12"', '"12'],
  ])("%s", (_, json, text) => {
    expect(textOf(json)).toBe(text);
  });

  test("5.11 a null claim is left out", () => {
    expect(textOf("null")).toBeUndefined();
  });

  test("lists nested as deep as a token may nest them keep their brackets", () => {
    const levels = 99;
    expect(textOf(`${"[".repeat(levels)}${"]".repeat(levels)}`)).toBe(`${"[".repeat(levels)}${"]".repeat(levels)}`);
  });

  test("100 KB of quotes, escapes and digits take no time that a person notices", () => {
    for (const value of [
      `"${'\\"'.repeat(50_000)}"`,
      `"${"\\\\".repeat(50_000)}"`,
      "1".repeat(100_000),
      `"${"1".repeat(100_000)}"`,
    ]) {
      const startedAtMs = performance.now();
      textOf(value);
      expect(performance.now() - startedAtMs).toBeLessThan(1_000);
    }
  });
});
