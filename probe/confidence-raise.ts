import { applyEdits, modify } from "jsonc-parser";
import type { Confidence } from "../lib/aws/confidence.ts";
import { citedIn, type FactSection } from "../lib/aws/facts.ts";
import type { ConformanceCase, Theme } from "../lib/conformance/case.ts";
import { differences } from "../lib/conformance/compare.ts";
import { answeredIn, type Observed } from "./observation.ts";

/** What observations do to the table of facts. */
export interface Raise {
  readonly raised: readonly { readonly fact: string; readonly from: Confidence; readonly to: Confidence }[];
  /** Observed otherwise than a case expects: a person has to write the fact again. */
  readonly contradicted: readonly { readonly fact: string; readonly id: string; readonly what: readonly string[] }[];
  /** Facts below OBS+ of which a case was not asked, or that no case shows. */
  readonly open: readonly string[];
  /** The ids of the cases that were observed as they expect, and are surer now. */
  readonly cases: readonly string[];
}

/** What an observation on an account makes of a confidence; what AWS documents, and what two parties saw, stays. */
const NEXT: Readonly<Partial<Record<Confidence, Confidence>>> = { UNK: "OBS1", INF: "OBS1", OBS1: "OBS+" };

/** Stands in the source of a fact that was raised, so that a second reading of the same file raises nothing. */
const sourceOf = ({ observedAt }: Observed) => `probe of ${observedAt}`;

/**
 * Compares observations with the table. A fact is raised when every case that cites it was asked, and answered as expected.
 * @throws Error where they are not of AWS: our own gateway must not vouch for itself
 */
export function planRaise(sections: readonly FactSection[], themes: readonly Theme[], observed: Observed): Raise {
  const strangers = Object.values(observed.targets).filter((host) => !/\.amazonaws\.com(\.cn)?$/.test(host));
  if (strangers.length > 0)
    throw new Error(`${strangers.join(", ")}: not API Gateway, so nothing is learned about AWS`);
  const rows = themes.flatMap(({ cases }) => cases);
  const raised: { fact: string; from: Confidence; to: Confidence }[] = [];
  const contradicted: { fact: string; id: string; what: readonly string[] }[] = [];
  const open: string[] = [];
  for (const { fact, confidence: from, source } of sections.flatMap(({ facts }) => facts)) {
    const citing = rows.filter((row) => citedIn(row.source).includes(fact));
    const wrong = citing.flatMap((row) => differing(row, observed));
    contradicted.push(...wrong.map((one) => ({ fact, ...one })));
    const to = NEXT[from];
    if (to === undefined || wrong.length > 0 || source.includes(sourceOf(observed))) continue;
    if (citing.length > 0 && citing.every((row) => answeredIn(observed, row))) raised.push({ fact, from, to });
    else open.push(fact);
  }
  const cases = rows.filter((row) => answeredIn(observed, row) && differing(row, observed).length === 0);
  return { raised, contradicted, open, cases: cases.map(({ id }) => id) };
}

function differing(row: ConformanceCase, observed: Observed) {
  const answered = answeredIn(observed, row);
  const found = answered ? differences(row, answered) : [];
  return found.length === 0
    ? []
    : [{ id: row.id, what: found.map(({ what, got }) => `${what}: ${JSON.stringify(got)}`) }];
}

/** facts.json with the raised confidences and where they come from; everything else stays as it is written. */
export function raisedFacts(
  text: string,
  sections: readonly FactSection[],
  { raised }: Raise,
  observed: Observed,
): string {
  return raised.reduce((before, { fact, to }) => {
    const section = sections.findIndex(({ facts }) => facts.some((one) => one.fact === fact));
    const at = sections[section]?.facts.findIndex((one) => one.fact === fact) ?? -1;
    const path = [section, "facts", at];
    const source = `${sections[section]?.facts[at]?.source}; ${sourceOf(observed)}`;
    return edited(edited(before, [...path, "confidence"], to), [...path, "source"], source);
  }, text);
}

const MEMBERS = [["confidence"], ["expect", "statusConfidence"], ["expect", "textConfidence"]] as const;

/** A file of cases with the raised confidences of those that were observed as expected. */
export function raisedCases(text: string, { cases }: Theme, raise: Raise, observed: Observed): string {
  return cases.reduce((before, row, at) => {
    const answered = raise.cases.includes(row.id) ? answeredIn(observed, row) : undefined;
    if (!answered) return before;
    // The texts were compared where the challenge came with the answer, and the log where its line was found.
    const isTextSeen = row.expect.log === undefined || answered.log !== undefined;
    return MEMBERS.reduce((whole, [first, second]) => {
      const value = second === undefined ? row.confidence : row.expect[second];
      const to = value === undefined || (second === "textConfidence" && !isTextSeen) ? undefined : NEXT[value];
      const isNew = to !== undefined && value !== "OBS1";
      return isNew ? edited(whole, ["cases", at, first, ...(second === undefined ? [] : [second])], to) : whole;
    }, before);
  }, text);
}

const edited = (text: string, path: readonly (string | number)[], value: string) =>
  applyEdits(text, modify(text, [...path], value, {}));
