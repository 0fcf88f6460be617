import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** All temporary folders of a test run are in one, which goes with it. */
export default function setUp(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-tests-"));
  process.env.TMPDIR = folder;
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
}
