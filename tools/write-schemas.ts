import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { schemaFiles } from "./json-schema.ts";

// `npm run schema`

for (const [name, text] of Object.entries(schemaFiles())) writeFileSync(join("schema", name), text);
