import { nameOf, type ReportedMirror } from "../../doctor/asker.ts";
import type { CheckResult, Level } from "../../doctor/check.ts";
import type { CreateAuthorizerVerdict } from "../../doctor/create-authorizer.ts";
import type { DoctorReport } from "../../doctor/doctor.ts";
import { HARD_SPACE, printable, wrapped } from "../../findings/terminal-text.ts";
import type { Paint } from "../io.ts";

const WIDTH = 100;
const MARGIN = 29;

/** The report as a table for people, 100 columns wide. */
export function reportAsText(report: DoctorReport, paint: Paint): string {
  const { issuer, audience, results } = report;
  return [
    `issuer    ${printable(issuer)}`,
    `audience  ${audience.length === 0 ? "not given" : printable(audience.join(", "))}`,
    "",
    ...results.flatMap((result) => rowsOf(result, paint)),
    "",
    ...about(report, paint),
    "",
    ...(results.some(({ fact }) => fact !== null) ? [paint.dim(BRACKETS)] : []),
    verdict(report, paint),
  ].join("\n");
}

const BRACKETS = "In brackets: the fact in docs/conformance.md, and how sure it is that API Gateway behaves so.";

const MARKS: Readonly<Record<Level, string>> = { pass: "pass", warn: "WARN", fail: "FAIL", skipped: "skip" };

function rowsOf({ check, level, cause, remedy, fact, confidence }: CheckResult, paint: Paint): readonly string[] {
  const colour = { pass: paint.green, warn: paint.yellow, fail: paint.red, skipped: paint.dim }[level];
  const source = fact === null ? "" : ` [${fact}${HARD_SPACE}${confidence}]`;
  const [first = "", ...more] = wrapped(`${printable(cause)}${source}`, WIDTH - MARGIN);
  const advice = remedy === null ? [] : wrapped(printable(remedy), WIDTH - MARGIN - 5);
  return [
    `${colour(MARKS[level])}  ${check.padEnd(MARGIN - 6)}${first}`,
    ...more.map((line) => `${" ".repeat(MARGIN)}${line}`),
    ...advice.map((line, index) => `${" ".repeat(MARGIN)}${index === 0 ? paint.bold("fix  ") : "     "}${line}`),
  ];
}

/** Whom the answer is about and, where API Gateway asks, what it would say first. */
function about({ asker, createAuthorizer }: DoctorReport, paint: Paint): readonly string[] {
  if (asker.kind === "mirror") return wrapped(aboutMirror(asker), WIDTH);
  return createAuthorizer === null ? [] : creation(createAuthorizer, paint);
}

function aboutMirror({ inVpc, ownAuthorities }: ReportedMirror): string {
  const trusts = ownAuthorities ? "the authorities in caBundle, these alone" : "the authorities that come with Node";
  const place = inVpc
    ? ". This machine asked, not one of its VPC: that network's resolver, routes and security groups were not looked at"
    : "";
  return `This is about the mirror, for the environment says "authorizer": "lambda": it asks the issuer, API Gateway does not, and CreateAuthorizer asks for nothing. It trusts ${trusts}${place}.`;
}

function creation(forecast: CreateAuthorizerVerdict, paint: Paint): readonly string[] {
  const { created, message, fact, confidence } = forecast;
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
    ...wrapped(printable(message ?? ""), WIDTH - 2).map((line) => paint.dim(`  ${line}`)),
  ];
}

function verdict({ results, asker, reached, createAuthorizer }: DoctorReport, paint: Paint): string {
  const count = (level: Level) => results.filter((result) => result.level === level).length;
  const counts = `${count("pass")} passed, ${count("warn")} to look at, ${count("fail")} failed, ${count("skipped")} not asked`;
  const who = nameOf(asker);
  const isOpen = createAuthorizer === null ? !reached : createAuthorizer.created === null;
  if (isOpen)
    return `${paint.bold(paint.yellow(`Whether ${who} can use this issuer cannot be told from here.`))}\n${counts}`;
  const subject = who.replace("the", "The");
  return count("fail") === 0
    ? `${paint.bold(paint.green(`${subject} can use this issuer.`))}\n${counts}`
    : `${paint.bold(paint.red(`${subject} cannot use this issuer as it is, or should not.`))}\n${counts}`;
}
