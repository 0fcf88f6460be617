import { nameOf, type ReportedMirror } from "../../doctor/asker.ts";
import type { CreateAuthorizerVerdict } from "../../doctor/create-authorizer.ts";
import type { DoctorReport } from "../../doctor/doctor.ts";
import { countsOf } from "../../findings/finding.ts";
import { printable, wrapped } from "../../findings/terminal-text.ts";
import { countsText, findingRows, labelled, type Page, widthOf } from "./finding-rows.ts";

/** The report as a table for people. */
export function reportAsText(report: DoctorReport, page: Page): string {
  const { issuer, audience, results } = report;
  return [
    `issuer    ${printable(issuer)}`,
    `audience  ${audience.length === 0 ? "not given" : printable(audience.join(", "))}`,
    "",
    ...results.flatMap((one) => findingRows({ finding: one, text: one.what, names: [[one.code, CODE_WIDTH]] }, page)),
    "",
    ...about(report, page),
    "",
    ...(results.some(({ fact }) => fact !== null)
      ? labelled("", BRACKETS, page).map((line) => page.paint.dim(line))
      : []),
    verdict(report, page),
  ].join("\n");
}

const BRACKETS = "In brackets: the fact in docs/conformance.md, and how sure it is that API Gateway behaves so.";

const CODE_WIDTH = 23;

/** Whom the answer is about and, where API Gateway asks, what it would say first. */
function about({ asker, createAuthorizer }: DoctorReport, page: Page): readonly string[] {
  if (asker.kind === "mirror") return wrapped(aboutMirror(asker), widthOf(page));
  return createAuthorizer === null ? [] : creation(createAuthorizer, page);
}

function aboutMirror({ inVpc, ownAuthorities }: ReportedMirror): string {
  const trusts = ownAuthorities ? "the authorities in caBundle, these only" : "the authorities that come with Node";
  const place = inVpc
    ? ". This machine asked, not one of its VPC: that network's resolver, routes and security groups were not looked at"
    : "";
  return `This is about the mirror (an environment with "authorizer": "lambda"): it asks the issuer, and API Gateway does not. CreateAuthorizer asks for nothing. The mirror trusts ${trusts}${place}.`;
}

function creation(forecast: CreateAuthorizerVerdict, page: Page): readonly string[] {
  const { created, message, fact, confidence } = forecast;
  const source = `[${fact} ${confidence}]`;
  if (created)
    return wrapped(
      confidence === "UNK"
        ? `Whether CreateAuthorizer would take this issuer is not known: it asks for the discovery document, which names another ${source}. Each request would be refused (4.7)`
        : `CreateAuthorizer would take this issuer: it asks for the discovery document and, as far as is known, for no more ${source}`,
      widthOf(page),
    );
  const answer =
    created === null
      ? `It is unknown whether CreateAuthorizer would take this issuer: this machine did not reach it, and that may be this machine's own fault. Where API Gateway does not reach it either, it answers 400 BadRequestException ${source}:`
      : `CreateAuthorizer would answer 400 BadRequestException ${source}:`;
  return [
    ...wrapped(answer, widthOf(page)),
    ...wrapped(printable(message ?? ""), widthOf(page) - 2).map((line) => page.paint.dim(`  ${line}`)),
  ];
}

function verdict({ results, asker, reached, createAuthorizer }: DoctorReport, { paint }: Page): string {
  const counts = countsText(results);
  const who = nameOf(asker);
  const isOpen = createAuthorizer === null ? !reached : createAuthorizer.created === null;
  if (isOpen)
    return `${paint.bold(paint.yellow(`It is unknown from here whether ${who} can use this issuer.`))}\n${counts}`;
  const subject = who.replace("the", "The");
  return countsOf(results).fail === 0
    ? `${paint.bold(paint.green(`${subject} can use this issuer.`))}\n${counts}`
    : `${paint.bold(paint.red(`${subject} cannot use this issuer as it is, or should not.`))}\n${counts}`;
}
