import type { CheckResult, Level } from "../doctor/check.ts";
import type { DoctorReport } from "../doctor/doctor.ts";
import type { Paint } from "./io.ts";
import { HARD_SPACE, harmless, wrapped } from "./wrapping.ts";

const WIDTH = 100;
const MARGIN = 29;

/** The report as a table for people, 100 columns wide. */
export function reportAsText(report: DoctorReport, paint: Paint): string {
  const { issuer, audience, results } = report;
  return [
    `issuer    ${harmless(issuer)}`,
    `audience  ${audience.length === 0 ? "not given" : harmless(audience.join(", "))}`,
    "",
    ...results.flatMap((result) => rowsOf(result, paint)),
    "",
    ...creation(report, paint),
    "",
    paint.dim("In brackets: the fact in docs/conformance.md, and how sure it is that API Gateway behaves so."),
    verdict(report, paint),
  ].join("\n");
}

const MARKS: Readonly<Record<Level, string>> = { pass: "pass", warn: "WARN", fail: "FAIL", skipped: "skip" };

function rowsOf({ check, level, cause, remedy, fact, confidence }: CheckResult, paint: Paint): readonly string[] {
  const colour = { pass: paint.green, warn: paint.yellow, fail: paint.red, skipped: paint.dim }[level];
  const source = fact === null ? "" : ` [${fact}${HARD_SPACE}${confidence}]`;
  const [first = "", ...more] = wrapped(`${harmless(cause)}${source}`, WIDTH - MARGIN);
  const advice = remedy === null ? [] : wrapped(harmless(remedy), WIDTH - MARGIN - 5);
  return [
    `${colour(MARKS[level])}  ${check.padEnd(MARGIN - 6)}${first}`,
    ...more.map((line) => `${" ".repeat(MARGIN)}${line}`),
    ...advice.map((line, index) => `${" ".repeat(MARGIN)}${index === 0 ? paint.bold("fix  ") : "     "}${line}`),
  ];
}

function creation({ createAuthorizer }: DoctorReport, paint: Paint): readonly string[] {
  const { created, message, fact, confidence } = createAuthorizer;
  const source = `[${fact} ${confidence}]`;
  if (created)
    return wrapped(
      confidence === "UNK"
        ? `Whether CreateAuthorizer would take this issuer is not known: it asks for the discovery document, which names another ${source}. Each request would be refused (4.7)`
        : `CreateAuthorizer would take this issuer: it asks for the discovery document and, as far as is known, for no more ${source}`,
      WIDTH,
    );
  const answer =
    created === null
      ? `Whether CreateAuthorizer would take this issuer cannot be told from here: this machine did not reach it, and that may be this machine's own fault. Where API Gateway does not reach it either, it answers 400 BadRequestException ${source}:`
      : `CreateAuthorizer would answer 400 BadRequestException ${source}:`;
  return [
    ...wrapped(answer, WIDTH),
    ...wrapped(harmless(message ?? ""), WIDTH - 2).map((line) => paint.dim(`  ${line}`)),
  ];
}

function verdict({ results, createAuthorizer }: DoctorReport, paint: Paint): string {
  const count = (level: Level) => results.filter((result) => result.level === level).length;
  const counts = `${count("pass")} passed, ${count("warn")} to look at, ${count("fail")} failed, ${count("skipped")} not asked`;
  if (createAuthorizer.created === null)
    return `${paint.bold(paint.yellow("Whether API Gateway can use this issuer cannot be told from here."))}\n${counts}`;
  return count("fail") === 0
    ? `${paint.bold(paint.green("API Gateway can use this issuer."))}\n${counts}`
    : `${paint.bold(paint.red("API Gateway cannot use this issuer as it is, or should not."))}\n${counts}`;
}
