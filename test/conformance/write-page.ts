import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readThemes } from "../../lib/conformance/case.ts";
import { readFacts } from "../../lib/conformance/facts.ts";
import { factsPage } from "../../lib/conformance/facts-page.ts";

writeFileSync(join(import.meta.dirname, "..", "..", "docs", "conformance.md"), factsPage(readFacts(), readThemes()));
