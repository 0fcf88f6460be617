import { printable, wrapped } from "../../findings/terminal-text.ts";
import type { Level, SmokeResult } from "../../smoke/result.ts";
import type { SmokeReport } from "../../smoke/smoke.ts";
import type { Paint } from "../io.ts";

const WIDTH = 100;
const CHECK_WIDTH = 18;
const ROUTE_WIDTH = 22;
const MARGIN = 6 + CHECK_WIDTH + ROUTE_WIDTH;

/** The report as a table for people, 100 columns wide where the routes are short. */
export function reportAsText(report: SmokeReport, paint: Paint): string {
  const { url, environment, authorizer, issuer, results } = report;
  return [
    `url          ${printable(url)}`,
    `environment  ${environment}, authorizer ${authorizer}`,
    `issuer       ${printable(issuer)}`,
    "",
    ...results.flatMap((result) => rowsOf(result, paint)),
    "",
    verdict(report, paint),
  ].join("\n");
}

const MARKS: Readonly<Record<Level, string>> = { pass: "pass", warn: "WARN", fail: "FAIL", skipped: "skip" };

function rowsOf(result: SmokeResult, paint: Paint): readonly string[] {
  const { check, route, level, remedy, saw, expected } = result;
  const colour = { pass: paint.green, warn: paint.yellow, fail: paint.red, skipped: paint.dim }[level];
  const found = level === "fail" ? `${saw}; expected ${expected}` : saw;
  const [first = "", ...more] = wrapped(printable(found), WIDTH - MARGIN);
  const advice = remedy === null ? [] : wrapped(printable(remedy), WIDTH - MARGIN - 5);
  return [
    `${colour(MARKS[level])}  ${check.padEnd(CHECK_WIDTH)}${(route ?? "").padEnd(ROUTE_WIDTH - 1)} ${first}`.trimEnd(),
    ...more.map((line) => `${" ".repeat(MARGIN)}${line}`),
    ...advice.map((line, index) => `${" ".repeat(MARGIN)}${index === 0 ? paint.bold("fix  ") : "     "}${line}`),
  ];
}

const REAL_TOKEN: Readonly<Record<SmokeReport["realToken"], string>> = {
  "let-in": "",
  refused: "; no real token was let in",
  none: "; no real token was tried",
};

function verdict({ results, realToken }: SmokeReport, paint: Paint): string {
  const count = (level: Level) => results.filter((result) => result.level === level).length;
  const counted = `${count("pass")} passed, ${count("warn")} to look at, ${count("fail")} failed, ${count("skipped")} not asked`;
  const counts = `${counted}${REAL_TOKEN[realToken]}`;
  return count("fail") === 0
    ? `${paint.bold(paint.green("The API keeps out what it has to keep out."))}\n${counts}`
    : `${paint.bold(paint.red("The API does not do what its environment says."))}\n${counts}`;
}
