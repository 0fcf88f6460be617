import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const ROOT = join(import.meta.dirname, "..", "..");
const TOOLS = [
  "vectors/run-vectors",
  "fuzz/run-fuzz",
  "mutants/run-mutants",
  "node24/run-node24",
  "fixture/run-app",
  "package/run-package",
  "lint/run-lint",
];

const helpOf = (tool: string) =>
  promisify(execFile)(process.execPath, ["--import", "tsx", `test/${tool}.ts`, "--help"], { cwd: ROOT });

test("each program of the tests has --help, which says how npm runs it and does nothing else", async () => {
  for (const [at, { stdout, stderr }] of (await Promise.all(TOOLS.map(helpOf))).entries()) {
    const name = TOOLS[at]?.split("run-")[1];
    expect(stderr).toBe("");
    expect(stdout).toMatch(new RegExp(`^npm run test:${name}\\b.*\\n\\n.{40,}`));
    for (const line of stdout.split("\n")) expect(line.length, line).toBeLessThanOrEqual(120);
  }
});
