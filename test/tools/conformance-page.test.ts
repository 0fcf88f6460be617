import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readFacts } from "../../lib/aws/facts.ts";
import { readThemes } from "../../lib/conformance/case.ts";
import { factsPage } from "../../tools/conformance-page.ts";

const ROOT = join(import.meta.dirname, "..", "..");

test("docs/conformance.md is what npm run docs:conformance writes", () => {
  const written = readFileSync(join(ROOT, "docs", "conformance.md"), "utf8");
  expect(written).toBe(factsPage(readFacts(ROOT), readThemes(ROOT)));
});
