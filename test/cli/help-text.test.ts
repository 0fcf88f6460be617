import { describe, expect, test } from "vitest";
import { COMMANDS } from "../../lib/cli/commands/command-table.ts";
import { foldedHelp } from "../../lib/cli/help-text.ts";
import { Terminal } from "./run-cli.ts";

describe("a help text in a terminal of 40 columns", () => {
  test("folds a paragraph as a whole, whatever its lines were", () => {
    expect(foldedHelp("One sentence that is longer than a narrow\nterminal, and its\nend.\n\nShort.", 40)).toBe(
      "One sentence that is longer than a\nnarrow terminal, and its end.\n\nShort.",
    );
  });

  test("continues what a name means below the meaning", () => {
    expect(foldedHelp("  WSO2_ID  the application's client id, of the issuer", 40)).toBe(
      "  WSO2_ID  the application's client id,\n           of the issuer",
    );
    expect(foldedHelp("  WSO2_ADMIN_USER, WSO2_PASSWORD  an administrator of it", 40)).toBe(
      "  WSO2_ADMIN_USER, WSO2_PASSWORD\n      an administrator of it",
    );
  });

  test("breaks no command line", () => {
    const text = "  npx gatehouse local --assembly conformance.out --port 4000";
    expect(foldedHelp(text, 40)).toBe(text);
  });

  test("is left as it is where all of it fits, and where there is no terminal", () => {
    const text = "Two lines\nof prose.";
    expect(foldedHelp(text, 40)).toBe(text);
    expect(foldedHelp(text.repeat(9), undefined)).toBe(text.repeat(9));
  });
});

test.each(COMMANDS.map(({ name }) => name))("%s --help fits 80 columns, but for command lines", async (name) => {
  const { out } = await new Terminal().run([...name.split(" "), "--help"], { columns: 80 });
  expect(out).toContain(`Usage: gatehouse ${name}`);
  const wide = out.split("\n").filter((line) => line.length > 80 && !line.includes("npx gatehouse"));
  expect(wide).toEqual([]);
});
