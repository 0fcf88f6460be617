import { execFile } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Mistake } from "../../lib/findings/mistake.ts";
import { synthesiseEnvironments } from "../../lib/stack/synthesise-environments.ts";
import { CHECKOUT, copyProject } from "../project-copy.ts";
import { PROJECT } from "../test-project.ts";

const NAMES = ["dev", "staging", "prod"];
const REPORT = "validation-report.json";

/** Every file below a folder with its bytes, as text. */
function contentOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return Object.fromEntries(
    files
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [relative(folder, file), readFileSync(file).toString("latin1")]),
  );
}

/** Whole syntheses in other processes: on a machine that is busy they take their time. */
const PATIENT = { timeout: 120_000 };

/** Without the linter, where it is not what is asked about. */
const QUICK = { CDK_VALIDATION: "false" };

interface Ended {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Node in the project's own words, as `npm run synth` and cdk.json's `app` have them. */
const nodeIn = (folder: string, script: string, env: NodeJS.ProcessEnv = {}, ...args: readonly string[]) =>
  new Promise<Ended>((resolve) => {
    const argv = ["--require", "tsx/cjs", "--eval", `require('./bin/${script}')`, "--", ...args];
    execFile(process.execPath, argv, { cwd: folder, env: { ...process.env, ...env } }, (error, out, err) =>
      resolve({ code: error ? Number(error.code) : 0, out, err }),
    );
  });

const checkout = () => copyProject().directory;

describe("npm run synth", () => {
  const folders = [checkout(), checkout()] as const;
  const [one, other] = folders;
  let said: readonly Ended[] = [];

  beforeAll(async () => {
    // The linter in the first only: it takes five seconds of a processor to start, and writes one report.
    said = await Promise.all([nodeIn(one, "synth.ts"), nodeIn(other, "synth.ts", QUICK)]);
  }, 120_000);
  afterAll(() => {
    for (const folder of folders) rmSync(folder, { recursive: true });
  });

  test("synthesises every environment without a warning, and says what is in each", () => {
    for (const { code, out } of said) {
      expect(code).toBe(0);
      const [heading = "", ...rows] = out.trim().split("\n");
      expect(heading.split(/ {2,}/)).toEqual([
        "environment",
        "stack",
        "region",
        "resources",
        "warnings",
        "seconds",
        "assembly",
      ]);
      expect(rows.map((row) => row.split(/ {2,}/))).toEqual(
        NAMES.map((name) => [
          name,
          `Gatehouse-${name}`,
          "of the credentials",
          expect.stringMatching(/^[1-9]\d+$/) as string,
          "0",
          expect.stringMatching(/^\d+\.\d$/) as string,
          `cdk.out.${name}`,
        ]),
      );
    }
  });

  test.each(NAMES)("gives the same bytes in two folders, hashes of the functions' code too: %s", (name) => {
    const [first, second] = [one, other].map((folder) => contentOf(join(folder, `cdk.out.${name}`)));
    expect(Object.keys(first ?? {})).toEqual(
      expect.arrayContaining([
        "manifest.json",
        `Gatehouse-${name}.template.json`,
        expect.stringMatching(/^asset\.[0-9a-f]{64}\/index\.js$/),
      ]),
    );
    const { [REPORT]: report, ...linted } = first ?? {};
    expect(JSON.parse(report ?? "")).toMatchObject({ pluginReports: [] });
    expect(linted).toEqual(second);
  });

  test("leaves no path of the machine in an assembly", () => {
    for (const name of NAMES)
      for (const [file, text] of Object.entries(contentOf(join(one, `cdk.out.${name}`))))
        expect(text.includes(one) || text.includes(CHECKOUT), file).toBe(false);
  });

  test("gives the bytes that the app of cdk.json gives, which 'cdk synth' and 'cdk deploy' run", PATIENT, async () => {
    const { context } = JSON.parse(readFileSync(join(other, "cdk.json"), "utf8")) as { context: object };
    const given = {
      ...context,
      env: "prod",
      "aws:cdk:enable-path-metadata": true,
      "aws:cdk:enable-asset-metadata": true,
      "aws:cdk:version-reporting": true,
      "aws:cdk:bundling-stacks": ["**"],
    };
    const env = { ...QUICK, CDK_OUTDIR: join(other, "cdk.out"), CDK_CONTEXT_JSON: JSON.stringify(given) };
    expect((await nodeIn(other, "app.ts", env)).code).toBe(0);
    expect(contentOf(join(other, "cdk.out"))).toEqual(contentOf(join(other, "cdk.out.prod")));
  });

  test("takes names and context, and a mistake is exit code 1 without a stack", PATIENT, async () => {
    const [some, wrong, named] = await Promise.all([
      nodeIn(other, "synth.ts", QUICK, "staging", "-c", "region=eu-central-1"),
      nodeIn(other, "synth.ts", QUICK, "prod", "-c", "issuer=http://is.example.com"),
      nodeIn(one, "synth.ts", QUICK, "-c", "env=dev"),
    ]);
    expect(named.out.trim().split("\n").slice(1)).toEqual([expect.stringMatching(/^dev +Gatehouse-dev /)]);
    expect(some.code).toBe(0);
    expect(some.out).toMatch(/\nstaging +Gatehouse-staging +eu-central-1 /);
    expect(some.out.trim().split("\n")).toHaveLength(2);
    expect([wrong.code, wrong.out]).toEqual([1, ""]);
    expect(wrong.err).toMatch(/^mistake environment-wrong\n[\s\S]*environments\.prod\.issuer/);
    expect(wrong.err).not.toMatch(/^ +at /m);
  });
});

const emptyFolder = () => mkdtempSync(join(tmpdir(), "gatehouse-assemblies-"));

const synthesise = (
  context: Readonly<Record<string, string>>,
  names?: readonly string[],
  folder: string = emptyFolder(),
) =>
  synthesiseEnvironments({
    projectDirectory: PROJECT,
    context,
    ...(names === undefined ? {} : { names }),
    outputDirectory: folder,
    clockMs: () => 0,
  });

/** What `npm run synth -- dev` says in a checkout whose app does something more before it is synthesised. */
async function synthWith(imports: string, more: string) {
  const folder = checkout();
  const file = join(folder, "lib", "stack", "build-app.ts");
  const text = readFileSync(file, "utf8").replace("{ Annotations,", `{ Annotations, ${imports}`);
  writeFileSync(file, text.replace("return { app,", `${more}\n  return { app,`));
  const said = await nodeIn(folder, "synth.ts", QUICK, "dev");
  const left = existsSync(join(folder, "cdk.out.dev")) ? readdirSync(join(folder, "cdk.out.dev")) : [];
  rmSync(folder, { recursive: true });
  return { ...said, left };
}

test("a warning of the CDK is printed, counted and exit code 1, a note is printed", PATIENT, async () => {
  const annotations =
    'Annotations.of(one).addWarningV2("mine", "look at this"); Annotations.of(one).addInfo("so it is");';
  const { code, out, err, left } = await synthWith("", `for (const one of stacks) { ${annotations} }`);
  expect(code).toBe(1);
  expect(out).toMatch(/\ndev +Gatehouse-dev +of the credentials +\d+ +1 /);
  expect(err).toContain('warning /Gatehouse-dev: "look at this');
  expect(err).toContain('info /Gatehouse-dev: "so it is');
  expect(left).toContain("manifest.json");
});

test("of a validation that failed its report is left, and nothing that could be deployed", PATIENT, async () => {
  const violation = '{ ruleName: "mine", description: "never", severity: "error", violatingResources: [] }';
  const plugin = `{ name: "mine", validate: () => ({ success: false, violations: [${violation}] }) }`;
  const { code, out, left } = await synthWith("Validations,", `Validations.of(app).addPlugins(${plugin});`);
  expect([code, out, left]).toEqual([1, "", ["validation-report.json"]]);
});

describe("the environments of a project", () => {
  test("are a row for each region", PATIENT, () => {
    const rows = synthesise({ regions: "eu-central-1,us-east-1" }, ["dev"]);
    expect(rows.map(({ stack, region }) => [stack, region])).toEqual([
      ["Gatehouse-dev-eu-central-1", "eu-central-1"],
      ["Gatehouse-dev-us-east-1", "us-east-1"],
    ]);
  });

  test("are asked for by name, and one that is not there is a mistake", () => {
    expect(() => synthesise({}, ["none", "dev"])).toThrow(Mistake);
  });
});

/** A folder with what earlier runs left: assemblies, and what is none of ours. */
function afterEarlierRuns(): string {
  const folder = emptyFolder();
  for (const name of ["cdk.out.dev", "cdk.out.prod", "cdk.out.gone", "cdk.out", "src"]) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, "manifest.json"), "{}");
  }
  return folder;
}

/** Routes whose names do not fit into a function's variables. */
const TOO_MUCH = JSON.stringify(
  Array.from({ length: 100 }, (_, index) => ({ method: "GET", path: `/orders/${index}`, scopes: ["s".repeat(64)] })),
);

describe("after a synthesis that failed, what was there before cannot be deployed", () => {
  test.for<[string, Readonly<Record<string, string>>, readonly string[] | undefined, readonly string[]]>([
    ["a file of environments that is not there", { environments: "none.json" }, ["prod"], ["cdk.out.dev"]],
    ["a wrong value", { issuer: "http://is.example.com" }, ["prod"], ["cdk.out.dev"]],
    ["a wrong file for all of them", { environments: "none.json" }, undefined, []],
    // Found by the constructs, and when all of them are there.
    ["a CA bundle that is not there", { authorizer: "lambda", caBundle: "none.pem" }, ["prod"], ["cdk.out.dev"]],
    ["more routes than fit", { authorizer: "lambda", routes: TOO_MUCH }, ["prod"], ["cdk.out.dev"]],
  ])("%s", PATIENT, ([, context, names, left]) => {
    const folder = afterEarlierRuns();
    expect(() => synthesise(context, names, folder)).toThrow();
    const others = names === undefined ? [] : ["cdk.out.gone"];
    expect(readdirSync(folder).toSorted()).toEqual(["cdk.out", ...left, ...others, "src"].toSorted());
  });

  test.each(["prdo", "bad name!", "../src", "src"])(
    "a mistyped name leaves no environment's assembly: which was meant is not known (%s)",
    (name) => {
      const folder = afterEarlierRuns();
      expect(() => synthesise({}, [name], folder)).toThrow("there is no such environment");
      expect(readdirSync(folder).toSorted()).toEqual(["cdk.out", "src"]);
    },
  );

  test("and after one that went well there is the new one only", PATIENT, () => {
    const folder = afterEarlierRuns();
    synthesise({}, ["prod"], folder);
    expect(readdirSync(folder).toSorted()).toEqual(["cdk.out", "cdk.out.dev", "cdk.out.gone", "cdk.out.prod", "src"]);
    expect(readFileSync(join(folder, "cdk.out.prod", "manifest.json"), "utf8")).toContain("Gatehouse-prod");
  });
});

const ask = (...args: readonly string[]) => nodeIn(PROJECT, "synth.ts", QUICK, ...args);

describe("the command line of npm run synth", () => {
  test("shows its usage: exit code 0 when asked for, 2 for what it does not know", PATIENT, async () => {
    const [help, output, env, context] = await Promise.all([
      ask("--help"),
      ask("dev", "-o", "elsewhere"),
      ask("--env", "prod"),
      ask("-c", "env"),
    ]);
    expect([help.code, help.out]).toEqual([0, expect.stringContaining("Usage: npm run synth -- [NAME…]")]);
    for (const { code, out, err } of [output, env, context]) {
      expect([code, out]).toEqual([2, ""]);
      expect(err).toMatch(/^error: [\s\S]*\nusage: npm run synth -- \[NAME…\] /);
    }
  });

  test("names that contradict each other leave the assembly of neither", PATIENT, async () => {
    const folder = checkout();
    for (const name of ["dev", "staging", "prod"]) mkdirSync(join(folder, `cdk.out.${name}`));
    const { err } = await nodeIn(folder, "synth.ts", QUICK, "dev", "-c", "env=prod");
    expect(err).toMatch(/^mistake environment-twice\n/);
    expect(readdirSync(folder).filter((name) => name.startsWith("cdk.out"))).toEqual(["cdk.out.staging"]);
    rmSync(folder, { recursive: true });
  });

  test("says a mistake in four parts, with a fix that can be typed there", PATIENT, async () => {
    const [unknown, twice, near] = await Promise.all([
      ask("prdo"),
      ask("dev", "-c", "env=prod"),
      ask("none", "-c", "audiance=a"),
    ]);
    for (const { code, out, err } of [unknown, twice, near]) {
      expect([code, out]).toEqual([1, ""]);
      expect(err).toMatch(/^mistake [\w-]+\n {2}what [^\n]+\n {2}got [^\n]+\n {2}expected [^\n]+\n {2}fix /);
    }
    expect(unknown.err).toMatch(/expected +one of dev, staging, prod, .*\n +fix +npm run synth -- prod\n$/);
    expect(twice.err).toMatch(/^mistake environment-twice\n/);
    expect(near.err).toMatch(/did you mean audience\?\n +fix +-c audience=…\n$/);
  });
});
