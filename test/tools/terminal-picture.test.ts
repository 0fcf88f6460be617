import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { EXPLANATIONS } from "../../lib/rules/rules.ts";
import { terminalPicture } from "../../tools/terminal/picture.ts";

/** The rows as a reader sees them. */
const rowsOf = (svg: string): readonly string[] =>
  [...svg.matchAll(/<text [^>]*>(.*)<\/text>/g)].map(([, spans = ""]) =>
    spans
      .replace(/<[^>]+>/g, "")
      .replaceAll("&quot;", '"')
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">")
      .replaceAll("&amp;", "&"),
  );

describe("the picture of a terminal", () => {
  test("shows colours and bold as the terminal does, and text as text", () => {
    const svg = terminalPicture('\u001b[1m\u001b[31mno\u001b[39m\u001b[22m <img src="x"> & more', "a & b", 40);
    expect(svg).toContain("<title>a &amp; b</title>");
    expect(svg).toMatch(/<tspan x="18\.0" textLength="16\.8" fill="#ff8f86" font-weight="bold">no<\/tspan>/);
    expect(svg).toMatch(/<tspan x="34\.8" textLength="\d+\.\d"> &lt;img src=&quot;x&quot;&gt; &amp; more<\/tspan>/);
  });

  test("breaks a line where the terminal ends", () => {
    expect(rowsOf(terminalPicture("\u001b[1mabc\u001b[22mdefgh\n\nij", "", 5))).toEqual(["abcde", "fgh", "ij"]);
  });

  test.each(["\u001b[2Jcleared", "a\tb", "\u001b[5mblinks", "bell\u0007"])(
    "is not drawn where it would not be what the terminal shows: %j",
    (text) => {
      expect(() => terminalPicture(text, "", 40)).toThrow(/control character|SGR/);
    },
  );
});

test("the terminal of README.md shows the rules as they are called today: npm run docs:terminal", () => {
  const rows = rowsOf(readFileSync("docs/terminal.svg", "utf8"));
  for (const { fact, title } of Object.values(EXPLANATIONS))
    expect(rows.filter((row) => row.includes(` ${fact} `) && row.endsWith(title))).not.toEqual([]);
});
