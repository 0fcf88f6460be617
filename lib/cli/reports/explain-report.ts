import type { JwtGuard } from "../../assembly/route-guards.ts";
import type { Confidence } from "../../aws/confidence.ts";
import type { SeenAnswer } from "../../evidence/evidence.ts";
import type { Finding } from "../../findings/finding.ts";
import { refusalFindings } from "../../findings/refusal.ts";
import { jsonText, printable } from "../../findings/terminal-text.ts";
import type { Decision, Denied, TraceEntry } from "../../rules/decision.ts";
import type { RuleName } from "../../rules/rules.ts";
import { confidenceOf, traceOf } from "../../rules/trace.ts";
import { refusalAnswerOf, type VerdictWord, verdictOf } from "../../rules/verdict.ts";
import { shownAnswer } from "./evidence-report.ts";
import { labelled, markOf, type Page } from "./finding-rows.ts";

/** What `explain` found out: the decision, and where its keys and its route came from. */
export interface Explained {
  readonly decision: Decision;
  /** In words: what the text was in which the token stood. */
  readonly found: string;
  /** What the API answered, where the text shows it. */
  readonly answer: SeenAnswer | undefined;
  /** In words: what else a person should know. */
  readonly notes: readonly string[];
  /** In words: another authorizer that takes the token, or whose issuer made it. */
  readonly elsewhere: string | undefined;
  /** Who decides in API Gateway: its own authorizer, or this project's Lambda. */
  readonly by: JwtGuard["by"];
  /** In words: whose it is. */
  readonly authorizer: string;
  readonly issuer: string;
  readonly audience: readonly string[];
  /** The scopes that the route asks for. */
  readonly scopes: readonly string[];
  readonly route: string | undefined;
  /** In words: where the keys are from. */
  readonly keysFrom: string;
  readonly nowSeconds: number;
}

export const EXIT_CODES: Readonly<Record<VerdictWord, number>> = { allow: 0, deny: 1, unknown: 2 };

/** The whole of it as one JSON value. No token, no key. */
export function explainedAsJson(explained: Explained): Record<string, unknown> {
  const { decision, authorizer, by, keysFrom, route, nowSeconds, issuer, audience, scopes, found, notes } = explained;
  const at = new Date(nowSeconds * 1_000).toISOString();
  const common = {
    verdict: verdictOf(decision),
    allowed: decision.allowed,
    status: decision.allowed ? decision.status : refusalAnswerOf(decision, by).status,
    confidence: confidenceOf(decision),
    found,
    notes,
    asked: { authorizer, by, issuer, audience, route: route ?? null, scopes, keysFrom, at },
  };
  const rest = decision.allowed
    ? { claims: decision.claims, scopes: decision.scopes }
    : {
        rule: decision.rule,
        error: decision.error,
        description: decision.description,
        textConfidence: decision.textConfidence,
        answer: refusalAnswerOf(decision, by),
        findings: findingsOf(explained, decision),
      };
  return { ...common, ...rest, trace: traceOf(decision).map(traceAsJson) };
}

const traceAsJson = ({ saw, wanted, ...entry }: TraceEntry) => ({ ...entry, saw: saw ?? null, wanted: wanted ?? null });

/** What another issuer's token fails at. */
const OF_ANOTHER_ISSUER: readonly RuleName[] = ["key", "signature", "issuer", "audience"];

/**
 * The refusal's findings. A token of another environment is taken to that one: its issuer or its audience must not be
 * written into this one.
 */
function findingsOf({ elsewhere, authorizer }: Explained, decision: Denied): readonly Finding<RuleName>[] {
  const findings = refusalFindings(decision);
  if (elsewhere === undefined) return findings;
  const isForeign = findings.some(({ code }) => code === "issuer");
  const ofElsewhere: readonly RuleName[] = isForeign ? OF_ANOTHER_ISSUER : ["audience"];
  const fix = `${elsewhere}: send it to that API, or get a token for the authorizer ${authorizer}`;
  return findings.map((one) => (ofElsewhere.includes(one.code) ? { ...one, fix } : one));
}

/** The same for a person. */
export function explainedAsText(explained: Explained, page: Page): string {
  const { decision } = explained;
  return [...headline(explained, page), "", ...ruleTable(decision, page), ...advice(explained, page)].join("\n");
}

function headline(explained: Explained, page: Page): string[] {
  const { decision, authorizer, by, keysFrom, route, audience, issuer, found, answer, notes } = explained;
  const { paint } = page;
  const about = [
    `read        ${printable(found)}`,
    ...shownAnswer(answer).map((line) => `            ${line}`),
    `authorizer  ${authorizer}`,
    `issuer      ${printable(issuer)}`,
    `audience    ${printable(audience.join(", "))}`,
    `route       ${printable(route ?? "any that asks for no scope")}`,
    `keys        ${printable(keysFrom)}`,
    ...notes.flatMap((note) => labelled("note        ", printable(note, LONGEST_ADVICE), page)),
  ];
  if (decision.allowed)
    return [
      paint.green(paint.bold("allowed")) + `  API Gateway calls the integration  ${sure(confidenceOf(decision))}`,
      "",
      ...about,
    ];
  const { status, headers, body, accessLogError } = refusalAnswerOf(decision, by);
  const word = verdictOf(decision) === "unknown" ? paint.yellow("cannot tell") : paint.red("refused");
  const challenge = headers["www-authenticate"];
  return [
    `${paint.bold(word)}  by the rule ${paint.bold(decision.rule)}  ${sure(decision.confidence)}`,
    "",
    ...about,
    `answer      ${status} ${body}`,
    ...(challenge === undefined ? [] : labelled("            ", `www-authenticate: ${printable(challenge)}`, page)),
    ...labelled("access log  ", `${printable(accessLogError)}  ${sure(decision.textConfidence)}`, page),
  ];
}

const SURE: Readonly<Record<Confidence, string>> = {
  DOC: "documented by AWS",
  "OBS+": "observed on AWS",
  OBS1: "observed on AWS once",
  INF: "inferred, not observed on AWS",
  UNK: "not known of AWS: our own choice, which is to refuse",
};

const sure = (confidence: Confidence) => `[${confidence}: ${SURE[confidence]}]`;

const LONGEST_VALUE = 90;
const LONGEST_ADVICE = 2_000;

function ruleTable(decision: Decision, page: Page): string[] {
  return traceOf(decision).flatMap((entry) => {
    const { outcome, fact, confidence, title, saw, wanted } = entry;
    const lines = labelled(`${markOf(outcome, page)}  ${fact.padEnd(5)} ${confidence.padEnd(5)} `, title, page);
    if (outcome !== "fail") return outcome === "skipped" ? lines.map((line) => page.paint.dim(line)) : lines;
    return [...lines, `                    saw     ${shown(saw)}`, `                    wanted  ${shown(wanted)}`];
  });
}

/** A value from a token. */
const shown = (value: unknown) =>
  printable(typeof value === "string" ? value : value === undefined ? "nothing" : jsonText(value), LONGEST_VALUE);

function advice(explained: Explained, page: Page): string[] {
  const { decision } = explained;
  if (decision.allowed) return [];
  const [first, ...others] = findingsOf(explained, decision);
  return [
    "",
    ...(first ? adviceLines(first, page) : []),
    ...others.flatMap((one) => ["", `then also ${page.paint.bold(one.code)}`, ...adviceLines(one, page)]),
  ];
}

const adviceLines = ({ what, fix }: Finding, page: Page) => [
  ...labelled(`${page.paint.bold("cause")}   `, printable(what, LONGEST_ADVICE), page),
  ...labelled(`${page.paint.bold("remedy")}  `, printable(fix ?? "", LONGEST_ADVICE), page),
];
