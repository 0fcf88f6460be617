import { describe, expect, test } from "vitest";
import { Mistake, mistakeJson, mistakeText, reviveMistake } from "../../lib/findings/mistake.ts";

const SAY = {
  what: "the environment dev has 2 problems",
  got: "issuer = zürich\naudience = []",
  expected: "issuer: an https URL\n  audience: one or more",
  fix: "correct them in cdk.json",
};
const mistake = new Mistake("environment-wrong", SAY);

describe("a mistake that crosses from one process to another", () => {
  test("comes back whole, whatever else was said", () => {
    const revived = reviveMistake(`Bundling asset …\n${mistakeJson(mistake)}\n(node:1) Warning: x\n`);
    expect([revived?.code, revived?.say]).toEqual(["environment-wrong", SAY]);
    expect(mistakeJson(mistake)).not.toContain("\n");
  });

  test.each([
    ["text for people", mistakeText(mistake)],
    ["no JSON", '{"mistake":'],
    ["another JSON", '{"mistake":null}'],
    ["a code that is not ours", mistakeJson(mistake).replace("environment-wrong", "made-up")],
    ["a part that is not a text", mistakeJson(mistake).replace('"correct them in cdk.json"', "7")],
  ])("is none where there is %s", (_, talk) => {
    expect(reviveMistake(talk)).toBeUndefined();
  });
});

test("on a narrow terminal its parts go on below themselves", () => {
  const lines = mistakeText(mistake, 40).split("\n");
  expect(lines).toContain("  what      the environment dev has 2");
  expect(lines).toContain("            problems");
  for (const line of lines) expect(line.length).toBeLessThanOrEqual(40);
});
