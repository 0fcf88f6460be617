import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { claimOutputFolder } from "../../lib/config/output-folder.ts";

const folder = () => join(mkdtempSync(join(tmpdir(), "gatehouse-output-")), ".gatehouse", "cdk.out.dev");

test("two runs of one environment have a folder each; the next one gets the first that is free again", () => {
  const path = folder();
  const [one, other] = [claimOutputFolder(path), claimOutputFolder(path)];
  expect([one.path, other.path]).toEqual([path, `${path}-2`]);
  one.release();
  expect(claimOutputFolder(path).path).toBe(path);
});

test("a run that was killed keeps its folder from nobody, nor does a lock that is not one", () => {
  for (const left of ["999999999", "no number", ""]) {
    const path = folder();
    claimOutputFolder(path).release();
    writeFileSync(`${path}.lock`, left);
    const run = claimOutputFolder(path);
    expect(run.path, left).toBe(path);
    run.release();
    expect(readdirSync(join(path, ".."))).toEqual(["cdk.out.dev"]);
  }
});
