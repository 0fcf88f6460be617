import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { assemblyName, synthesiseEnvironments } from "../../lib/stack/synthesise-environments.ts";
import { runTool } from "../tool.ts";
import { type Answer, type LintFinding, unanswered, withoutHash } from "./findings.ts";

const HELP = `npm run test:lint: cfn-lint and checkov read the templates, actionlint reads the workflows.

Each finding has its answer in test/lint/answers.json, with the reason. Exit code 1 for a finding without an answer, and
for an answer whose finding is gone. Needs Python 3.10 or newer, and Go for actionlint; what is missing is skipped.
`;

const PROJECT = join(import.meta.dirname, "..", "..");
const LINTERS = join(PROJECT, "dist", "linters");
const ACCOUNT_TEMPLATE = join(PROJECT, "docs", "deploy", "account.yaml");
/** What tools/python/install.sh says of a machine without Python. */
const NO_PYTHON = 3;

/** Beside the environments of cdk.json: what they have none of. */
const WHOLE = {
  issuer: "https://is.example.com/oauth2/token",
  audience: ["ordersWebWhole000001"],
  routes: [
    { method: "GET", path: "/health", public: true },
    { method: "GET", path: "/me" },
  ],
  authorizer: "lambda",
  region: "eu-central-1",
  vpc: {
    vpcId: "vpc-0123456789abcdef0",
    subnetIds: ["subnet-0123456789abcdef0"],
    availabilityZones: ["eu-central-1a"],
    securityGroupIds: ["sg-0123456789abcdef0"],
  },
  domain: {
    name: "api.example.com",
    certificateArn: "arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d-0000-4000-8000-000000000000",
    hostedZoneId: "Z0123456789ABC",
  },
  alarms: { email: "on-call@example.com" },
  issuerWatch: {},
};

void runTool((args) => {
  if (args.includes("--help")) {
    process.stdout.write(HELP);
    return 0;
  }
  const directory = mkdtempSync(join(tmpdir(), "gatehouse-lint-"));
  try {
    const templates = [...templatesIn(directory), ACCOUNT_TEMPLATE];
    const found = [...(isPythonReady() ? [...cfnLint(templates), ...checkov(templates)] : []), ...actionlint()];
    const answers = JSON.parse(readFileSync(join(import.meta.dirname, "answers.json"), "utf8")) as readonly Answer[];
    const lines = unanswered(found, answers);
    for (const line of lines) process.stdout.write(`${line}\n`);
    process.stdout.write(
      `${templates.length} templates, ${found.length} findings, ${lines.length} without an answer\n`,
    );
    return lines.length === 0 ? 0 : 1;
  } finally {
    rmSync(directory, { recursive: true });
  }
});

function templatesIn(directory: string): readonly string[] {
  const file = join(directory, "whole.json");
  writeFileSync(file, JSON.stringify({ whole: WHOLE }));
  return [{}, { environments: file }].flatMap((context, index) => {
    const outputDirectory = join(directory, String(index));
    mkdirSync(outputDirectory);
    const stacks = synthesiseEnvironments({
      projectDirectory: PROJECT,
      outputDirectory,
      context,
      clockMs: () => performance.now(),
    });
    return stacks.map(({ environment, stack }) =>
      join(outputDirectory, assemblyName(environment), `${stack}.template.json`),
    );
  });
}

function cfnLint(templates: readonly string[]): readonly LintFinding[] {
  const text = output(join(LINTERS, "bin", "cfn-lint"), ["--format", "json", ...templates]);
  const findings = JSON.parse(text) as readonly {
    readonly Rule: { readonly Id: string };
    readonly Location: { readonly Path: readonly string[] | null };
    readonly Message: string;
  }[];
  return findings.map(({ Rule, Location, Message }) => ({
    tool: "cfn-lint",
    rule: Rule.Id,
    where: withoutHash(Location.Path?.[1] ?? ""),
    message: Message,
  }));
}

function checkov(templates: readonly string[]): readonly LintFinding[] {
  const flags = ["--framework", "cloudformation", "--skip-download", "--compact", "--quiet", "--output", "json"];
  const text = output(join(LINTERS, "bin", "checkov"), [...flags, ...templates.flatMap((one) => ["--file", one])]);
  const { results } = JSON.parse(text) as {
    readonly results: {
      readonly failed_checks: readonly {
        readonly check_id: string;
        readonly check_name: string;
        readonly resource: string;
      }[];
      readonly parsing_errors?: readonly string[];
    };
  };
  if (results.parsing_errors?.length) throw new Error(`checkov cannot read ${results.parsing_errors.join(", ")}`);
  return results.failed_checks.map(({ check_id: rule, check_name: message, resource }) => ({
    tool: "checkov",
    rule,
    where: withoutHash(resource.split(".").at(-1) ?? ""),
    message,
  }));
}

/** actionlint is a Go module, held by the sums of go.sum; go builds it once and keeps it in its cache. */
function actionlint(): readonly LintFinding[] {
  const workflows = join(PROJECT, ".github", "workflows");
  const files = readdirSync(workflows).map((name) => join(workflows, name));
  if (spawnSync("go", ["version"]).error !== undefined) {
    process.stderr.write("skipped: actionlint needs Go\n");
    return [];
  }
  const args = ["tool", "actionlint", "-format", "{{json .}}", ...files];
  const text = output("go", args, join(import.meta.dirname, "actionlint"));
  const findings = JSON.parse(text) as readonly {
    readonly kind: string;
    readonly filepath: string;
    readonly line: number;
    readonly message: string;
  }[];
  return findings.map(({ kind, filepath, line, message }) => ({
    tool: "actionlint",
    rule: kind,
    where: filepath.split("/").at(-1) ?? "",
    message: `line ${line}: ${message}`,
  }));
}

/** Installs the linters that are Python's, where they are not there yet. @returns whether they can run */
function isPythonReady(): boolean {
  const install = join(PROJECT, "tools", "python", "install.sh");
  const requirements = join(import.meta.dirname, "requirements.txt");
  const { status } = spawnSync(install, [LINTERS, requirements], { stdio: ["ignore", "inherit", "inherit"] });
  if (status === NO_PYTHON) process.stderr.write("skipped: cfn-lint and checkov cannot run here\n");
  else if (status !== 0) throw new Error(`${install} ended with exit code ${status}`);
  return status === 0;
}

/** A linter that finds something exits with a code other than 0, so only its text says whether it ran. */
function output(program: string, args: readonly string[], cwd: string = PROJECT): string {
  const { stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: "utf8", maxBuffer: 64 * 2 ** 20 });
  if (error !== undefined) throw error;
  if (stdout.trim() === "") throw new Error(`${program} printed nothing: ${stderr}`);
  return stdout;
}
