import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { Command } from "commander";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import type { CliCommand } from "../../lib/cli/command.ts";
import { doctor } from "../../lib/cli/commands/doctor.ts";
import { smoke } from "../../lib/cli/commands/smoke.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const WORKFLOWS = join(ROOT, ".github", "workflows");

interface Step {
  readonly if?: string;
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
}
interface Job {
  readonly if?: string;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly "timeout-minutes"?: number;
  readonly steps: readonly Step[];
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, Job>>;
}

const read = (...path: readonly string[]) => readFileSync(join(ROOT, ...path), "utf8");
const json = (...path: readonly string[]) => JSON.parse(read(...path)) as unknown;

const FILES = readdirSync(WORKFLOWS);
const workflowOf = (file: string) => parse(read(".github", "workflows", file)) as Workflow;
const jobsOf = (file: string) => Object.entries(workflowOf(file).jobs);
const stepsOf = (file: string) => jobsOf(file).flatMap(([, { steps }]) => steps);
const runsOf = (file: string) => stepsOf(file).flatMap(({ run }) => run ?? []);

const { scripts, devDependencies } = json("package.json") as {
  scripts: Record<string, string>;
  devDependencies: Record<string, string>;
};

describe.each(FILES)("the workflow %s", (file) => {
  test("takes each action at one commit, with its version beside it", () => {
    const lines = read(".github", "workflows", file)
      .split("\n")
      .filter((line) => /^\s*(- )?uses:/.test(line));
    expect(lines.length).toBe(stepsOf(file).filter(({ uses }) => uses !== undefined).length);
    for (const line of lines) expect(line).toMatch(/uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
  });

  test("may read the repository and, where it has to be somebody in AWS or on npm, ask for a token of its own", () => {
    expect(workflowOf(file).permissions).toEqual({ contents: "read" });
    for (const [name, { permissions, steps }] of jobsOf(file)) {
      const isSomebody = steps.some(
        ({ uses, run }) => uses?.startsWith("aws-actions/") || run?.includes("npm publish"),
      );
      expect(permissions, name).toEqual(isSomebody ? { contents: "read", "id-token": "write" } : undefined);
    }
  });

  test("leaves no credentials of git behind, ends in time and runs no script of a dependency", () => {
    for (const { uses, with: inputs } of stepsOf(file))
      if (uses?.startsWith("actions/checkout@")) expect(inputs).toMatchObject({ "persist-credentials": false });
    for (const [name, job] of jobsOf(file)) expect(job["timeout-minutes"], name).toBeLessThanOrEqual(45);
    for (const run of runsOf(file)) if (run.startsWith("npm ci")) expect(run).toBe("npm ci --ignore-scripts");
  });

  test("puts no expression into a shell: what a person typed is not a code", () => {
    for (const run of runsOf(file)) expect(run).not.toContain("${{");
  });

  test("runs only what is here: npm scripts, commands and options of gatehouse, the CDK's command line", () => {
    for (const run of runsOf(file)) {
      for (const [, script = ""] of run.matchAll(/npm run ([\w:]+)/g)) expect(Object.keys(scripts)).toContain(script);
      for (const [, name = "", rest = ""] of run.matchAll(/npx gatehouse (\w+)([^\n|;]*)/g)) {
        expect(existsSync(join(ROOT, "lib", "cli", "commands", `${name}.ts`)), name).toBe(true);
        for (const [option] of rest.matchAll(/--[\w-]+/g)) expect(optionsOf(name)).toContain(option);
      }
      for (const [, tool = ""] of run.matchAll(/npx ([\w-]+)/g)) expect(["gatehouse", "cdk"]).toContain(tool);
    }
    expect(devDependencies).toHaveProperty("aws-cdk");
  });
});

describe("checking", () => {
  const script = read(".ci", "run");

  test("is defined once: the workflow calls .ci/run and adds no step of its own", () => {
    const { check } = workflowOf("check.yml").jobs;
    expect(check?.steps.flatMap(({ run }) => run ?? [])).toEqual([".ci/run"]);
    expect(statSync(join(ROOT, ".ci", "run")).mode & 0o111).not.toBe(0);
  });

  test("runs the tests, the checks, every environment's synthesis, and no script of a dependency", () => {
    for (const command of ["npm ci --ignore-scripts", "npm test", "npm run --silent check", "npm run --silent synth"])
      expect(script).toContain(command);
  });

  test("runs npm scripts that there are", () => {
    const called = [...script.matchAll(/npm run --silent ([\w:]+)/g)].map(([, name = ""]) => name);
    expect(called.length).toBeGreaterThan(5);
    for (const name of called) expect(Object.keys(scripts)).toContain(name);
  });
});

describe("what is pinned", () => {
  interface Updates {
    readonly updates: readonly {
      readonly "package-ecosystem": string;
      readonly directory?: string;
      readonly directories?: readonly string[];
    }[];
  }
  const { updates } = parse(read(".github", "dependabot.yml")) as Updates;
  const folders = updates.flatMap(({ "package-ecosystem": ecosystem, directory, directories = [] }) =>
    [directory ?? [], directories].flat().map((folder) => [ecosystem, folder] as const),
  );

  /** Folders that hold what an updater reads; a copy of the project need not be git's. */
  const PLACES = ["/", "/tools", "/test"].flatMap((top) => [
    top,
    ...(top === "/"
      ? []
      : readdirSync(join(ROOT, top), { recursive: true, encoding: "utf8" }).map((one) => join(top, one))),
  ]);

  test.each([
    ["npm", "package-lock.json"],
    ["pip", "requirements.txt"],
    ["pip", "uv.txt"],
    ["gomod", "go.sum"],
  ])("has an updater: %s, wherever there is a %s", (ecosystem, file) => {
    const expected = PLACES.filter((folder) => existsSync(join(ROOT, folder, file)));
    expect(expected.length).toBeGreaterThan(0);
    const updated = folders.filter(([one]) => one === ecosystem).map(([, folder]) => folder);
    for (const folder of expected) expect(updated).toContain(folder);
  });

  test("is held by a hash for each package of Python", () => {
    for (const [, folder] of folders.filter(([one]) => one === "pip")) {
      const file = readdirSync(join(ROOT, folder)).find((name) => name.endsWith(".txt")) ?? "";
      const packages = read(folder, file)
        .split(/\n(?=[a-z])/)
        .filter((one) => /^[a-z].*==/.test(one));
      expect(packages.length, folder).toBeGreaterThan(0);
      for (const one of packages) expect(one, folder).toContain("--hash=sha256:");
    }
  });
});

describe("deploying", () => {
  test("is offered for the GitHub environments, whose names are those of cdk.json: no list of names to keep", () => {
    expect(workflowOf("deploy.yml").on.workflow_dispatch).toMatchObject({
      inputs: { environment: { type: "environment", required: true } },
    });
    expect(workflowOf("deploy.yml").on.workflow_dispatch).not.toHaveProperty("inputs.environment.options");
  });

  test("begins by hand only, so that a clone without an account is not red", () => {
    expect(Object.keys(workflowOf("deploy.yml").on)).toEqual(["workflow_dispatch"]);
    expect(workflowOf("check.yml").jobs.diff?.if).toContain("vars.AWS_DIFF_ROLE_ARN != ''");
  });

  test("asks doctor before AWS, deploys the assembly that was synthesised, and asks smoke after", () => {
    const steps = stepsOf("deploy.yml").map(({ run, uses }) => run ?? uses ?? "");
    const at = (word: string) => steps.findIndex((step) => step.includes(word));
    const order = [
      "npm ci",
      "gatehouse doctor",
      "npm run synth",
      "aws-actions/",
      "cdk diff",
      "cdk deploy",
      "gatehouse smoke",
    ];
    expect(order.map(at)).toEqual(order.map(at).toSorted((one, other) => one - other));
    expect(order.map(at)).not.toContain(-1);
    expect(steps[at("npm run synth")]).toBe('npm run synth -- "$ENVIRONMENT"');
    for (const step of ["cdk diff", "cdk deploy"]) expect(steps[at(step)]).toContain('--app "cdk.out.$ENVIRONMENT"');
  });

  test("is proved by a real token: a secret that nobody set fails it, where the issuer can be reached", () => {
    const smokes = stepsOf("deploy.yml").filter(({ run }) => run?.includes("gatehouse smoke"));
    expect(smokes).toMatchObject([
      { if: "inputs.doctor", run: expect.stringContaining(" --require-token "), env: expect.anything() },
      { if: "${{ !inputs.doctor }}", run: expect.not.stringContaining("--require-token") },
    ]);
  });

  test("shows the secret to smoke and to no other step", () => {
    const withSecrets = stepsOf("deploy.yml").filter((step) => JSON.stringify(step).includes("secrets."));
    expect(withSecrets.map(({ run }) => run?.split(" ").slice(0, 3).join(" "))).toEqual(["npx gatehouse smoke"]);
    expect(read(".github", "workflows", "check.yml")).not.toContain("secrets.");
  });
});

describe("releasing", () => {
  const runs = runsOf("release.yml");
  const at = (word: string) => runs.findIndex((run) => run.includes(word));

  test("tests the package before it publishes it, with provenance and without a token that somebody could lose", () => {
    expect(at("npm run test:package")).toBeGreaterThan(at("npm ci"));
    expect(at("npm publish")).toBeGreaterThan(at("npm run test:package"));
    expect(runs[at("npm publish")]).toContain("--provenance");
    expect(read(".github", "workflows", "release.yml")).not.toMatch(/secrets\.|NODE_AUTH_TOKEN/);
  });

  test("begins with a tag, which must be the version of package.json, and only where publishing was turned on", () => {
    expect(workflowOf("release.yml").on).toEqual({ push: { tags: ["v*"] } });
    expect(workflowOf("release.yml").jobs.publish?.if).toBe("vars.NPM_PUBLISH == 'true'");
    expect(runs[at("package.json")]).toContain('"$GITHUB_REF_NAME" = "v$(node');
  });

  test("names the repository that it runs in, which npm compares with the provenance", () => {
    expect(at("repository.url")).toBeLessThan(at("npm publish"));
    expect(json("package.json")).not.toHaveProperty("private");
  });
});

function optionsOf(name: string): readonly string[] {
  const command = new Command();
  const known: Readonly<Record<string, CliCommand>> = { doctor, smoke };
  known[name]?.define(command);
  return command.options.flatMap(({ long }) => long ?? []);
}
