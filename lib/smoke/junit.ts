import { isUnasked, type SmokeOutcome } from "./outcome.ts";
import type { SmokeFinding } from "./result.ts";

// JUnit's XML in the form that Jenkins, GitLab, Azure and the actions of GitHub read: testsuites, testsuite, testcase
// with failure, error or skipped.

/** What became of each stack as JUnit XML: a suite each; an API that could not be asked is one case in error. */
export function outcomesAsJunit(outcomes: readonly SmokeOutcome[]): string {
  const suites = outcomes.map((outcome) => suiteOf(outcome, outcomes.length > 1));
  const sum = (count: keyof Counts) => suites.reduce((total, { counts }) => total + counts[count], 0);
  const counts = { tests: sum("tests"), failures: sum("failures"), errors: sum("errors"), skipped: sum("skipped") };
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="gatehouse smoke" ${numbersText(counts)}>
${suites.map(suiteText).join("\n")}
</testsuites>
`;
}

interface Counts {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly skipped: number;
}

interface Suite {
  readonly name: string;
  readonly timestamp: string;
  readonly counts: Counts;
  /** XML elements. */
  readonly cases: readonly string[];
}

/** A suite has its stack's name in its own where there are several: else a pipeline takes two cases for one. */
function suiteOf(outcome: SmokeOutcome, isOneOfSeveral: boolean): Suite {
  const { stack, environment, checkedAt: timestamp } = outcome;
  const name = `gatehouse smoke ${environment}${isOneOfSeveral && stack !== null ? ` ${stack}` : ""}`;
  if (isUnasked(outcome))
    return {
      name,
      timestamp,
      counts: { tests: 1, failures: 0, errors: 1, skipped: 0 },
      cases: [errorCase(name, `${outcome.mistake.code}: ${outcome.mistake.message}`)],
    };
  const { results } = outcome;
  const count = (level: SmokeFinding["level"]) => results.filter((result) => result.level === level).length;
  return {
    name,
    timestamp,
    counts: { tests: results.length, failures: count("fail"), errors: 0, skipped: count("skipped") },
    cases: results.map((result) => caseOf(result, name)),
  };
}

const suiteText = ({ name, timestamp, counts, cases }: Suite) =>
  `  <testsuite name="${xml(name)}" ${numbersText(counts)} timestamp="${xml(timestamp)}">
${cases.join("\n")}
  </testsuite>`;

const numbersText = ({ tests, failures, errors, skipped }: Counts) =>
  `tests="${tests}" failures="${failures}" errors="${errors}" skipped="${skipped}"`;

const errorCase = (suite: string, what: string) =>
  `    <testcase classname="${xml(suite)}" name="reach the API" time="0.000">
      <error message="${xml(what)}"/>
    </testcase>`;

function caseOf(result: SmokeFinding, suite: string): string {
  const { code, route, durationMs } = result;
  const name = route === null ? code : `${code} ${route}`;
  const open = `    <testcase classname="${xml(suite)}" name="${xml(name)}" time="${(durationMs / 1_000).toFixed(3)}"`;
  const inside = insideOf(result);
  return inside === undefined ? `${open}/>` : `${open}>\n      ${inside}\n    </testcase>`;
}

function insideOf({ level, expected, got, fix }: SmokeFinding): string | undefined {
  switch (level) {
    case "pass":
      return undefined;
    case "skipped":
      return `<skipped message="${xml(got)}"/>`;
    case "warn":
      return `<system-out>${xml(`${got}\n${fix ?? ""}`)}</system-out>`;
    case "fail":
      return `<failure type="smoke" message="${xml(got)}">${xml(`expected ${expected}\ngot ${got}\nfix ${fix ?? ""}`)}</failure>`;
  }
}

// XML 1.0 section 2.2: these characters stand in no document, not even as references. A lone surrogate is one of them.
const FORBIDDEN = /[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu;
const REFERENCES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "\n": "&#10;",
  "\r": "&#13;",
  "\t": "&#9;",
};

/** A text for an element or for a quoted attribute. */
const xml = (text: string) => text.replace(FORBIDDEN, "?").replace(/[&<>"\n\r\t]/g, (found) => REFERENCES[found] ?? "");
