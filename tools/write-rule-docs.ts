import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { providerPages } from "./provider-docs.ts";
import { rulePages } from "./rule-docs.ts";

// `npm run docs:rules`

const home = join(import.meta.dirname, "..");
for (const { file, text } of [...rulePages(home), ...providerPages(home)])
  writeFileSync(join(home, "docs", file), text);
