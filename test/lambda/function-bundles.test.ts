import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

// The functions' bundles, made as the stack makes them, here and in another folder.

const project = join(import.meta.dirname, "..", "..");
/** With the one package that it depends on. */
const POWERTOOLS = ["@aws-lambda-powertools", "@aws/lambda-invoke-store"] as const;
/** What may be in each, beside the function itself: the rooms, and packages by their name. */
const FUNCTIONS = [
  {
    name: "authorizer",
    budgetBytes: 20_000,
    rooms: ["lib/json", "lib/aws", "lib/rules", "lib/http", "lib/keys"],
    packages: [],
  },
  { name: "business", budgetBytes: 40_000, rooms: [], packages: POWERTOOLS },
  {
    name: "issuer-watch",
    budgetBytes: 40_000,
    rooms: ["lib/json", "lib/aws", "lib/rules", "lib/http", "lib/keys"],
    packages: [...POWERTOOLS, "aws4fetch"],
  },
] as const;
/** As lib/stack/function-code.ts has it. */
const BUNDLING = {
  bundle: true,
  minify: true,
  platform: "node",
  target: "node20",
  format: "cjs",
  logLevel: "warning",
} as const;
type FunctionName = (typeof FUNCTIONS)[number]["name"];

interface Bundle {
  readonly file: string;
  readonly text: string;
  readonly inputs: readonly string[];
}

let scratch: string;
let here: Readonly<Record<FunctionName, Bundle>>;
let elsewhere: Readonly<Record<FunctionName, Bundle>>;

beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "gatehouse-bundle-"));
  const copy = join(scratch, "another folder", "of somebody else");
  // esbuild reads both JSON files as well: what they say of modules is in the bundle.
  for (const part of [
    "lib/json",
    "lib/aws",
    "lib/rules",
    "lib/http",
    "lib/keys",
    "lambda",
    "package.json",
    "tsconfig.json",
  ])
    cpSync(join(project, part), join(copy, part), { recursive: true });
  symlinkSync(join(project, "node_modules"), join(copy, "node_modules"), "dir");
  [here, elsewhere] = await Promise.all([bundlesIn(project, "here"), bundlesIn(copy, "elsewhere")]);
});

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

describe.each(FUNCTIONS)("the bundle of lambda/$name.ts", ({ name, budgetBytes, rooms, packages }) => {
  test(`is at most ${budgetBytes.toLocaleString("en")} bytes, minified`, () => {
    expect(Buffer.byteLength(here[name].text)).toBeLessThanOrEqual(budgetBytes);
  });

  test("holds what it may and nothing else: no laptop, no CDK, no SDK", () => {
    const allowed = ["lambda", ...rooms, ...packages.map((one) => `node_modules/${one}`)];
    expect(here[name].inputs).toContain(`lambda/${name}.ts`);
    expect(here[name].inputs.filter((input) => !allowed.some((one) => input.startsWith(`${one}/`)))).toEqual([]);
  });

  test("is the same, byte for byte, when it is made in another folder", () => {
    expect(sha256(elsewhere[name])).toBe(sha256(here[name]));
  });

  test("holds no path of the machine, no source map and no key", () => {
    const strangers = [project, scratch, tmpdir(), "node_modules", "sourceMappingURL", "-----BEGIN"];
    expect(strangers.filter((stranger) => here[name].text.includes(stranger))).toEqual([]);
  });

  test("loads without credentials of AWS and without a word", async () => {
    const script = "const { handler } = require(process.argv[1]); if (typeof handler !== 'function') process.exit(1)";
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ["-e", script, here[name].file], {
      env: {},
    });
    expect([stdout, stderr]).toEqual(["", ""]);
  });
});

test("what only a person reads of a rule is left out of the mirror: it decides and does not explain", () => {
  const { inputs, text } = here.authorizer;
  expect(inputs).toContain("lib/rules/authorize.ts");
  expect(inputs).not.toContain("lib/rules/remedy.ts");
  expect(text.includes("the token does not have a valid audience")).toBe(true);
  expect(text.includes("holds a configured audience")).toBe(false);
});

/** Not the text itself: a difference would print all of it. */
const sha256 = ({ text }: Bundle) => createHash("sha256").update(text).digest("hex");

/** Bundles the functions as they are deployed. */
async function bundlesIn(folder: string, name: string): Promise<Readonly<Record<FunctionName, Bundle>>> {
  const bundleOf = async (one: FunctionName): Promise<Bundle> => {
    const file = join(scratch, name, one, "index.cjs");
    const { metafile } = await build({
      ...BUNDLING,
      absWorkingDir: folder,
      entryPoints: [`lambda/${one}.ts`],
      outfile: file,
      metafile: true,
    });
    return { file, text: readFileSync(file, "utf8"), inputs: Object.keys(metafile.inputs) };
  };
  return {
    authorizer: await bundleOf("authorizer"),
    business: await bundleOf("business"),
    "issuer-watch": await bundleOf("issuer-watch"),
  };
}
