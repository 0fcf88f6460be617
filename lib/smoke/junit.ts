import type { SmokeFinding } from "./result.ts";
import type { SmokeReport } from "./smoke.ts";

// JUnit's XML in the form that Jenkins, GitLab, Azure and the actions of GitHub read: testsuites, testsuite, testcase
// with failure, error or skipped.

/** A report as JUnit XML. */
export function reportAsJunit({ environment, checkedAt, results }: SmokeReport): string {
  const count = (level: SmokeFinding["level"]) => results.filter((result) => result.level === level).length;
  const counts = { tests: results.length, failures: count("fail"), errors: 0, skipped: count("skipped") };
  const suite = suiteName(environment);
  return document(counts, suite, checkedAt, results.map((result) => caseOf(result, suite)).join("\n"));
}

/** What a pipeline sees where no API could be asked at all: one case in error. */
export function mistakeAsJunit(environment: string, what: string, checkedAt: string): string {
  const error = `    <testcase classname="${xml(suiteName(environment))}" name="reach the API" time="0.000">
      <error message="${xml(what)}"/>
    </testcase>`;
  return document({ tests: 1, failures: 0, errors: 1, skipped: 0 }, suiteName(environment), checkedAt, error);
}

interface Counts {
  readonly tests: number;
  readonly failures: number;
  readonly errors: number;
  readonly skipped: number;
}

const suiteName = (environment: string) => `gatehouse smoke ${environment}`;

function document(counts: Counts, name: string, timestamp: string, cases: string): string {
  const { tests, failures, errors, skipped } = counts;
  const numbers = `tests="${tests}" failures="${failures}" errors="${errors}" skipped="${skipped}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="gatehouse smoke" ${numbers}>
  <testsuite name="${xml(name)}" ${numbers} timestamp="${xml(timestamp)}">
${cases}
  </testsuite>
</testsuites>
`;
}

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
