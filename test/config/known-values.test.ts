import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readKnownValues } from "../../lib/config/known-values.ts";
import { Mistake } from "../../lib/findings/mistake.ts";

const folderWith = (text: string) => {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-values-"));
  writeFileSync(join(folder, "gatehouse.values.json"), text);
  return folder;
};

const mistakeOf = (run: () => unknown) => {
  try {
    run();
  } catch (error) {
    if (error instanceof Mistake) return error;
    throw error;
  }
  throw new Error("it did not fail");
};

test("gatehouse.values.json is read where there is one, and nothing where there is none", () => {
  expect(readKnownValues(undefined, folderWith('{"$schema":"x","ssm":{"/a":"b"}}'))).toEqual({ ssm: { "/a": "b" } });
  expect(readKnownValues(undefined, mkdtempSync(join(tmpdir(), "gatehouse-values-")))).toEqual({});
});

test.each([
  ['{"ssm":{"/a":"hidden",}}', "no JSON from line 1, column 23 on"],
  ['{"smm":{"/a":"hidden"}}', "smm"],
  ['{"ssm":{"/a":["hidden"]}}', "another kind of value at ssm./a"],
  ['["hidden"]', "another kind of value at the top"],
])("%s is refused with its place and without a value", (text, got) => {
  const mistake = mistakeOf(() => readKnownValues(undefined, folderWith(text)));
  expect([mistake.code, mistake.say.got]).toEqual(["values-broken", got]);
  expect(JSON.stringify(mistake.say)).not.toContain("hidden");
});

test("a file that --values names and that is not there is a mistake of its own", () => {
  expect(mistakeOf(() => readKnownValues("/no/such/file.json", "/")).code).toBe("values-missing");
});
