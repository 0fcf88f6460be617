import { spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Mistake } from "../../lib/findings/mistake.ts";
import { copyProject } from "../project-copy.ts";
import { columns, runTool } from "../tool.ts";
import { MUTANTS, type Mutant } from "./mutants.ts";
import { sampleOf } from "./sample.ts";

const HELP = `npm run test:mutants [-- --only TEXT] [--sample N --seed S]

Breaks each guard of the rules, of the key client and of the stack, one at a time, in a copy of the project, and runs
the tests that must notice. Exit code 1 if a guard can be broken without a test that fails.

  --only TEXT   the guards whose description or file holds TEXT
  --sample N    N of them, drawn at random
  --seed S      draws the same ones again for the same S (default: another S each time, which is printed)
`;

/** A guard that is broken may make a test wait for ever. */
const LONGEST_RUN_MS = 240_000;
const NOBODY = "nobody";
const PROJECT = join(import.meta.dirname, "..", "..");

/** Which tests are asked, one after the other until one notices. */
const testsOf = ({ file }: Mutant) => {
  if (file.startsWith("lib/stack/")) return TESTS_OF_STACK;
  return /^lib\/(keys|http)\//.test(file) ? ["test/keys", "test/http"] : TESTS_OF_RULES;
};

const TESTS_OF_RULES = ["test/rules", "test/json", "test/conformance", "test/keys"];
const TESTS_OF_STACK = ["cdk-json", "gatehouse-stack", "lambda-mode", "domain", "protected-http-api"].map(
  (name) => `test/stack/${name}.test.ts`,
);

await runTool(async (args) => {
  const { values } = parseArgs({
    args: [...args],
    options: {
      only: { type: "string" },
      sample: { type: "string" },
      seed: { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const wanted = MUTANTS.filter(({ guard, file }) => `${file} ${guard}`.includes(values.only ?? ""));
  if (wanted.length === 0)
    throw new Mistake("no-guard", {
      what: "there is no such guard",
      got: `--only ${values.only}`,
      expected: "a part of a guard's description or file",
      fix: "leave --only out to see all of them",
    });
  const mutants = sampled(wanted, values);
  for (const mutant of mutants) broken(mutant);
  const copy = copyProject("docs", "test", "vitest.config.ts");
  // The snapshots are of the user's environments.
  cpSync(join(PROJECT, "cdk.json"), join(copy.directory, "cdk.json"));
  try {
    // Tests that fail anyway would make every guard look noticed.
    const ill = await firstFailure(copy.directory, [...new Set(mutants.flatMap(testsOf))]);
    if (ill !== undefined) throw new Error(`nothing is broken, and a test fails: ${ill}`);
    const rows: string[][] = [["guard that was broken", "the test that noticed"]];
    for (const mutant of mutants) {
      const test = await noticedBy(mutant, copy.directory);
      process.stderr.write(`${test === undefined ? "SURVIVED" : "noticed"}  ${mutant.file}  ${mutant.guard}\n`);
      rows.push([`${mutant.file.replace("lib/", "")}: ${mutant.guard}`, test ?? NOBODY]);
    }
    const survivors = rows.filter(([, test]) => test === NOBODY).length;
    process.stdout.write(columns(rows));
    process.stdout.write(`${mutants.length - survivors} guards noticed, ${survivors} not\n`);
    return survivors === 0 ? 0 : 1;
  } finally {
    copy.remove();
  }
});

/** `--sample` of them in their order, or all. */
function sampled(mutants: readonly Mutant[], options: { readonly sample?: string; readonly seed?: string }) {
  if (options.sample === undefined) return mutants;
  const count = wholeNumber("--sample", options.sample);
  const seed = options.seed === undefined ? randomInt(2 ** 31) : wholeNumber("--seed", options.seed);
  process.stderr.write(`${Math.min(count, mutants.length)} of ${mutants.length} guards, --seed ${seed}\n`);
  return sampleOf(mutants, count, seed);
}

function wholeNumber(option: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Mistake("not-a-number", {
    what: `${option} takes a whole number`,
    got: text,
    expected: "such as 12",
    fix: `npm run test:mutants -- ${option} 12`,
  });
}

/** The file with its guard broken. @throws Error if the guard does not stand there exactly once */
function broken({ file, guard, from, to }: Mutant): string {
  const source = readFileSync(join(PROJECT, file), "utf8");
  const parts = source.split(from);
  if (parts.length !== 2) throw new Error(`"${guard}" stands ${parts.length - 1} times in ${file}: ${from}`);
  return parts.join(to);
}

async function noticedBy(mutant: Mutant, copy: string): Promise<string | undefined> {
  const file = join(copy, mutant.file);
  writeFileSync(file, broken(mutant));
  try {
    return await firstFailure(copy, testsOf(mutant));
  } finally {
    writeFileSync(file, readFileSync(join(PROJECT, mutant.file)));
  }
}

async function firstFailure(copy: string, folders: readonly string[]): Promise<string | undefined> {
  for (const folder of folders) {
    const failure = await failureIn(copy, folder);
    if (failure !== undefined) return failure;
  }
  return undefined;
}

interface Report {
  readonly testResults: readonly {
    readonly assertionResults: readonly { readonly status: string; readonly title: string }[];
  }[];
}

/** The title of a test that fails, or that the run broke off. */
async function failureIn(copy: string, folder: string): Promise<string | undefined> {
  const report = join(copy, "report.json");
  const vitest = join(PROJECT, "node_modules", "vitest", "vitest.mjs");
  const flags = ["--bail", "1", "--reporter", "json", "--outputFile", report];
  rmSync(report, { force: true });
  const child = spawn(process.execPath, [vitest, "run", ...flags, folder], {
    cwd: copy,
    stdio: "ignore",
    timeout: LONGEST_RUN_MS,
  });
  const code = await new Promise<number | null>((resolve) => {
    child.on("close", resolve);
  });
  if (code === 0) return undefined;
  if (!existsSync(report)) return "the run did not end, or broke off";
  const { testResults } = JSON.parse(readFileSync(report, "utf8")) as Report;
  const failed = testResults.flatMap(({ assertionResults }) =>
    assertionResults.filter((one) => one.status === "failed"),
  );
  return failed[0]?.title ?? "the run broke off";
}
