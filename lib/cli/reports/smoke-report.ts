import { countsOf } from "../../findings/finding.ts";
import { printable } from "../../findings/terminal-text.ts";
import type { SmokeFinding } from "../../smoke/result.ts";
import type { SmokeReport } from "../../smoke/smoke.ts";
import { countsText, findingRows, type Page } from "./finding-rows.ts";

const CODE_WIDTH = 18;
const ROUTE_WIDTH = 22;

/** The report as a table for people. */
export function reportAsText(report: SmokeReport, page: Page): string {
  const { url, environment, authorizer, issuer, results } = report;
  return [
    `url          ${printable(url)}`,
    `environment  ${environment}, authorizer ${authorizer}`,
    `issuer       ${printable(issuer)}`,
    "",
    ...results.flatMap((result) => rowsOf(result, page)),
    "",
    verdict(report, page),
  ].join("\n");
}

function rowsOf(result: SmokeFinding, page: Page): readonly string[] {
  const { code, route, level, got, expected } = result;
  const text = level === "fail" ? `${got}; expected ${expected}` : got;
  // A long route keeps a space behind it.
  const names = [
    [code, CODE_WIDTH],
    [`${(route ?? "").padEnd(ROUTE_WIDTH - 1)} `, ROUTE_WIDTH],
  ] as const;
  return findingRows({ finding: result, text, names }, page);
}

const REAL_TOKEN: Readonly<Record<SmokeReport["realToken"], string>> = {
  "let-in": "",
  refused: "; no real token was let in",
  none: "; no real token was tried",
};

function verdict({ results, realToken }: SmokeReport, { paint }: Page): string {
  const counts = `${countsText(results)}${REAL_TOKEN[realToken]}`;
  return countsOf(results).fail === 0
    ? `${paint.bold(paint.green("The API rejected every request it should reject."))}\n${counts}`
    : `${paint.bold(paint.red("The API does not do what its environment says."))}\n${counts}`;
}
