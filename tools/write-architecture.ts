import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { picture } from "./architecture/picture.ts";

// `npm run docs:architecture`

writeFileSync(join(import.meta.dirname, "..", "docs", "architecture.svg"), picture());
