import { execFile } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { Mistake } from "../../lib/mistake.ts";
import { synthesiseEnvironments } from "../../lib/stack/synthesise-environments.ts";
import { PROJECT } from "./synthesised.ts";

const NAMES = ["dev", "staging", "prod"];

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

/** A checkout of the project at another place. */
function checkout(): string {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-checkout-"));
  for (const name of ["bin", "lib", "lambda", "cdk.json", "package.json", "package-lock.json", "tsconfig.json"])
    cpSync(join(PROJECT, name), join(folder, name), { recursive: true });
  symlinkSync(join(PROJECT, "node_modules"), join(folder, "node_modules"));
  return folder;
}

describe("npm run synth", () => {
  const folders = [checkout(), checkout()] as const;
  const [one, other] = folders;
  let said: readonly Ended[] = [];

  beforeAll(async () => {
    said = await Promise.all(folders.map((folder) => nodeIn(folder, "synth.ts")));
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
    expect(first).toEqual(second);
  });

  test("leaves no path of the machine in an assembly", () => {
    for (const name of NAMES)
      for (const [file, text] of Object.entries(contentOf(join(one, `cdk.out.${name}`))))
        expect(text.includes(one) || text.includes(PROJECT), file).toBe(false);
  });

  test("gives the bytes that the app of cdk.json gives, which 'cdk synth' and 'cdk deploy' run", PATIENT, async () => {
    const { context } = JSON.parse(readFileSync(join(one, "cdk.json"), "utf8")) as { context: object };
    const given = {
      ...context,
      env: "prod",
      "aws:cdk:enable-path-metadata": true,
      "aws:cdk:enable-asset-metadata": true,
      "aws:cdk:version-reporting": true,
      "aws:cdk:bundling-stacks": ["**"],
    };
    const file = join(one, "context.json");
    writeFileSync(file, JSON.stringify(given));
    const env = { CDK_OUTDIR: join(one, "cdk.out"), CDK_CONTEXT_JSON: JSON.stringify(given) };
    expect((await nodeIn(one, "app.ts", env)).code).toBe(0);
    expect(contentOf(join(one, "cdk.out"))).toEqual(contentOf(join(one, "cdk.out.prod")));
  });

  test("takes names and context, and a mistake is exit code 1 without a stack", PATIENT, async () => {
    const [some, wrong] = await Promise.all([
      nodeIn(other, "synth.ts", QUICK, "staging", "-c", "region=eu-central-1"),
      nodeIn(other, "synth.ts", QUICK, "prod", "-c", "issuer=http://is.example.com"),
    ]);
    expect(some.code).toBe(0);
    expect(some.out).toMatch(/\nstaging +Gatehouse-staging +eu-central-1 /);
    expect(some.out.trim().split("\n")).toHaveLength(2);
    expect([wrong.code, wrong.out]).toEqual([1, ""]);
    expect(wrong.err).toMatch(/^mistake environment-wrong\n[\s\S]*environments\.prod\.issuer/);
    expect(wrong.err).not.toMatch(/^ +at /m);
  });
});

const synthesise = (context: Readonly<Record<string, string>>, names?: readonly string[]) =>
  synthesiseEnvironments({
    projectDirectory: PROJECT,
    context,
    ...(names === undefined ? {} : { names }),
    outputOf: (name) => mkdtempSync(join(tmpdir(), `gatehouse-${name}-`)),
    clockMs: () => 0,
  });

test("a warning of the CDK is printed, counted and exit code 1", PATIENT, async () => {
  const folder = checkout();
  const file = join(folder, "lib", "stack", "build-app.ts");
  const warning = 'Annotations.of(app).addWarningV2("mine", "look at this");';
  const text = readFileSync(file, "utf8").replace("{ App,", "{ Annotations, App,");
  writeFileSync(file, text.replace("return { app,", `for (const app of stacks) ${warning}\n  return { app,`));
  const { code, out, err } = await nodeIn(folder, "synth.ts", QUICK, "dev");
  rmSync(folder, { recursive: true });
  expect(code).toBe(1);
  expect(out).toMatch(/\ndev +Gatehouse-dev +of the credentials +\d+ +1 /);
  expect(err).toContain('warning /Gatehouse-dev: "look at this');
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
