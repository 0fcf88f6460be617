import { exec } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import type { Metafile } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";

// The mirror Lambda's bundle, made by the very command of `npm run build`, here and in another folder.

const project = join(import.meta.dirname, "..", "..");
const BUDGET_BYTES = 20_000;
/** What may be in it: the decision and the keys. */
const ROOMS = /^(lib\/rules|lib\/keys|lambda)\//;

interface Bundle {
  readonly text: string;
  readonly inputs: readonly string[];
}

let scratch: string;
let here: Bundle;
let elsewhere: Bundle;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "gatehouse-bundle-"));
  const copy = join(scratch, "another folder", "of somebody else");
  // esbuild reads both JSON files as well: what they say of modules is in the bundle.
  for (const part of ["lib/rules", "lib/keys", "lambda", "package.json", "tsconfig.json"])
    cpSync(join(project, part), join(copy, part), { recursive: true });
  // The script bundles the other functions too, which use packages.
  symlinkSync(join(project, "node_modules"), join(copy, "node_modules"), "dir");
  [here, elsewhere] = await Promise.all([bundleIn(project, "here"), bundleIn(copy, "elsewhere")]);
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test(`the mirror's bundle is at most ${BUDGET_BYTES.toLocaleString("en")} bytes, minified`, () => {
  expect(Buffer.byteLength(here.text)).toBeLessThanOrEqual(BUDGET_BYTES);
});

test("nothing but the rules, the key client and the function itself is in it: no package, no laptop, no CDK", () => {
  expect(here.inputs).toContain("lib/rules/authorize.ts");
  expect(here.inputs.filter((input) => !ROOMS.test(input))).toEqual([]);
});

test("what only a person reads of a rule is left out: the mirror decides and does not explain", () => {
  expect(here.inputs).not.toContain("lib/rules/remedy.ts");
  expect(here.text.includes("the token does not have a valid audience")).toBe(true);
  expect(here.text.includes("holds a configured audience")).toBe(false);
});

test("it is the same, byte for byte, when it is made in another folder", () => {
  expect(sha256(elsewhere)).toBe(sha256(here));
});

test("it holds no path of the machine, no source map and no key", () => {
  const strangers = [project, scratch, tmpdir(), "node_modules", "sourceMappingURL", "-----BEGIN"];
  expect(strangers.filter((stranger) => here.text.includes(stranger))).toEqual([]);
});

/** Not the text itself: a difference would print all of it. */
const sha256 = ({ text }: Bundle) => createHash("sha256").update(text).digest("hex");

/** Runs the script `build` with another place for what it makes. */
async function bundleIn(folder: string, name: string): Promise<Bundle> {
  const { scripts } = JSON.parse(readFileSync(join(project, "package.json"), "utf8")) as {
    scripts: Record<"build", string>;
  };
  const outdir = join(scratch, name);
  const metafile = join(scratch, `${name}.json`);
  expect(scripts.build).toContain("--outdir=dist ");
  const command = scripts.build.replace("--outdir=dist ", `--outdir="${outdir}" --metafile="${metafile}" `);
  const PATH = `${join(project, "node_modules", ".bin")}${delimiter}${process.env.PATH ?? ""}`;
  await promisify(exec)(command, { cwd: folder, env: { ...process.env, PATH } });
  const { outputs } = JSON.parse(readFileSync(metafile, "utf8")) as Metafile;
  const [, made] = Object.entries(outputs).find(([file]) => file.endsWith("authorizer/index.cjs")) ?? [];
  return {
    text: readFileSync(join(outdir, "authorizer", "index.cjs"), "utf8"),
    inputs: Object.keys(made?.inputs ?? {}),
  };
}
