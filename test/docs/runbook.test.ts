import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { providerPages } from "../../tools/provider-docs.ts";
import { rulePages } from "../../tools/rule-docs.ts";

const HOME = join(import.meta.dirname, "..", "..");

test.each([...rulePages(HOME), ...providerPages(HOME)])(
  "docs/$file says what explain says: it is what npm run docs:rules writes",
  ({ file, text }) => {
    expect(readFileSync(join(HOME, "docs", file), "utf8")).toBe(text);
  },
);
