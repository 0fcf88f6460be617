import { readFileSync } from "node:fs";
import { join } from "node:path";

/** The authorities of `CA_BUNDLE`, a file beside the code; undefined where there is none, for those that Node knows. */
export function readAuthorities(environment: Readonly<Record<string, string | undefined>>): string | undefined {
  const { CA_BUNDLE: file, LAMBDA_TASK_ROOT: folder = "" } = environment;
  return file ? readFileSync(join(folder, file), "utf8") : undefined;
}
