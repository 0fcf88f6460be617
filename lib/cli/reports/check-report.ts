import type { Assembly, DeploymentFinding } from "../../assembly/model.ts";
import { countsOf } from "../../findings/finding.ts";
import { printable } from "../../findings/terminal-text.ts";
import { findingRows, type Page } from "./finding-rows.ts";

const CODE_WIDTH = 24;

/** What AWS refuses of an assembly as a table for people, the failures first. */
export function checkAsText({ directory, apis, findings }: Assembly, environment: string | null, page: Page): string {
  const failures = findings.filter(({ level }) => level === "fail");
  const others = findings.filter(({ level }) => level !== "fail");
  return [
    `${environment === null ? "assembly" : "environment"}  ${printable(environment ?? directory)}`,
    ...apis.map(({ stack, name, routes }) =>
      printable(`API       ${name}, of the stack ${stack}, ${routes.length} routes`),
    ),
    "",
    ...[...failures, ...others].flatMap((one) => rowsOf(one, page)),
    ...(findings.length === 0 ? [] : [""]),
    verdict(findings, page),
  ].join("\n");
}

function rowsOf(finding: DeploymentFinding, page: Page): readonly string[] {
  const { code, name, what, got, expected } = finding;
  const text = [`${name}: ${what}`, `got ${got}`, expected === null ? [] : `expected ${expected}`].flat().join("; ");
  return findingRows({ finding, text, names: [[code, CODE_WIDTH]] }, page);
}

function verdict(findings: readonly DeploymentFinding[], { paint }: Page): string {
  const { fail, warn } = countsOf(findings);
  const warnings = warn === 0 ? "" : `; ${warn} warning${warn === 1 ? "" : "s"}`;
  return fail === 0
    ? paint.bold(paint.green(`AWS refuses nothing of this that is known${warnings}.`))
    : paint.bold(paint.red(`AWS refuses ${fail} of this, or it would not work${warnings}.`));
}
