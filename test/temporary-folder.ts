import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { copyProject } from "./project-copy.ts";

/** The variable with the folder of the project that the tests of a run share (`test/test-project.ts`). */
export const PROJECT_VARIABLE = "GATEHOUSE_TEST_PROJECT";

/** All temporary folders of a test run are in one, which goes with it. One of them is the project that the commands run in. */
export default function setUp(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-tests-"));
  process.env.TMPDIR = folder;
  process.env[PROJECT_VARIABLE] = copyProject().directory;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
