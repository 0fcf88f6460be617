import { countsOf } from "../../findings/finding.ts";
import { mistakeText } from "../../findings/mistake.ts";
import { printable } from "../../findings/terminal-text.ts";
import { isUnasked, type SmokeOutcome } from "../../smoke/outcome.ts";
import type { SmokeFinding } from "../../smoke/result.ts";
import type { SmokeReport } from "../../smoke/smoke.ts";
import { countsText, findingRows, type Page } from "./finding-rows.ts";

const CODE_WIDTH = 18;
const ROUTE_WIDTH = 22;

/** What became of each stack, as tables for people; of several a line each at the end. */
export function outcomesAsText(outcomes: readonly SmokeOutcome[], page: Page): string {
  const parts = outcomes.map((outcome) =>
    isUnasked(outcome)
      ? `stack        ${printable(outcome.stack ?? "")}\n\n${mistakeText(outcome.mistake, page.columns)}`
      : reportAsText(outcome, page),
  );
  return [...parts, ...(outcomes.length > 1 ? [stackLines(outcomes, page).join("\n")] : [])].join("\n\n");
}

const stackLines = (outcomes: readonly SmokeOutcome[], { paint }: Page): readonly string[] => {
  const width = Math.max(...outcomes.map(({ stack }) => stack?.length ?? 0));
  return outcomes.map((outcome) => {
    const { stack, passed } = outcome;
    const what = isUnasked(outcome) ? `could not be asked: ${outcome.mistake.code}` : countsText(outcome.results);
    return `${passed ? paint.green("pass") : paint.red("FAIL")}  ${printable(stack ?? "").padEnd(width)}  ${what}`;
  });
};

function reportAsText(report: SmokeReport, page: Page): string {
  const { stack, url, endpoint, environment, authorizer, issuer, results } = report;
  return [
    ...(stack === null ? [] : [`stack        ${printable(stack)}`]),
    `url          ${printable(url)}${endpoint === null ? "" : ` at ${printable(endpoint)}`}`,
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
