import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { proofread, wordsIn } from "../../tools/words.ts";

const ROOT = join(import.meta.dirname, "..", "..");

describe("the word list", () => {
  test.each([
    ["for guarded routes alone", "only"],
    ["what is no object", "is not a"],
    ["the user is told", "an active verb: who does it?"],
    ["Whoever reads it", "anyone who"],
    ["synthesised anew", "again"],
  ])("notices %s", (text, instead) => {
    expect(wordsIn("page.md", `A line.\n${text}.`)).toEqual([expect.objectContaining({ place: "page.md:2", instead })]);
  });

  test.each(["a stand-alone program", "there is no such route", "it is no longer there", "once upon a time"])(
    "takes %s",
    (text) => expect(wordsIn("page.md", text)).toEqual([]),
  );

  test("reads the pages, and the sources of messages and help", () => {
    expect(proofread()).toEqual(expect.arrayContaining(["README.md", "docs/deploy.md", "lib/cli/commands/local.ts"]));
  });

  test("finds nothing in them", () => {
    expect(proofread().flatMap((file) => wordsIn(file, readFileSync(join(ROOT, file), "utf8")))).toEqual([]);
  });
});
