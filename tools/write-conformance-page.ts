import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { readFacts } from "../lib/aws/facts.ts";
import { readThemes } from "../lib/conformance/case.ts";
import { factsPage } from "./conformance-page.ts";

// `npm run docs:conformance`

const home = join(import.meta.dirname, "..");
writeFileSync(join(home, "docs", "conformance.md"), factsPage(readFacts(home), readThemes(home)));
