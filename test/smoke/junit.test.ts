import { SaxesParser } from "saxes";
import { describe, expect, test } from "vitest";
import { Mistake } from "../../lib/findings/mistake.ts";
import { outcomesAsJunit } from "../../lib/smoke/junit.ts";
import type { UnaskedApi } from "../../lib/smoke/outcome.ts";
import { type SmokeFinding, smokeFinding } from "../../lib/smoke/result.ts";
import type { SmokeReport } from "../../lib/smoke/smoke.ts";

const HOSTILE = `<a href="x">&amp; ]]> 'single' "double"\n\t\r\u0000\u0007\u001b[31m\ud800 \ufffe \u{1f600}`;

const reportOf = (...results: readonly SmokeFinding[]): SmokeReport => ({
  stack: "Gatehouse-prod",
  endpoint: null,
  url: "https://api.example.com/",
  environment: "prod",
  authorizer: "native",
  issuer: "https://is.example.com/oauth2/token",
  checkedAt: "2026-11-25T02:00:00.000Z",
  passed: true,
  realToken: "let-in",
  results,
});

const unasked: UnaskedApi = {
  stack: "Gatehouse-prod-us-east-1",
  environment: "prod",
  checkedAt: "2026-11-25T02:00:00.000Z",
  passed: false,
  mistake: new Mistake("url-no-answer", { what: HOSTILE, got: "g", expected: "e", fix: "f" }),
};

interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  text: string;
}

/** Parsed by a parser that is not ours, and that refuses what XML 1.0 refuses. */
function parse(xml: string): readonly Element[] {
  const elements: Element[] = [];
  const parser = new SaxesParser();
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name, attributes }) => {
    elements.push({ name, attributes, text: "" });
  });
  parser.on("text", (text) => {
    const last = elements.at(-1);
    if (last) last.text += text;
  });
  parser.write(xml).close();
  return elements;
}

describe("JUnit XML", () => {
  const passed: SmokeFinding = {
    ...smokeFinding("token", "pass", { expected: "e", got: "200" }),
    route: "GET /me",
    durationMs: 1_234,
  };
  const failed = smokeFinding("no-token", "fail", { expected: "401", got: HOSTILE, fix: HOSTILE });
  const skipped = smokeFinding("expired", "skipped", { expected: "e", got: "none given" });
  const warned = smokeFinding("keys", "warn", { expected: "e", got: "late", fix: "look" });

  test("counts its cases, and has failure, skipped and system-out where they belong", () => {
    const elements = parse(outcomesAsJunit([reportOf(passed, failed, skipped, warned)]));
    expect(elements.map(({ name }) => name)).toEqual([
      "testsuites",
      "testsuite",
      "testcase",
      "testcase",
      "failure",
      "testcase",
      "skipped",
      "testcase",
      "system-out",
    ]);
    expect(elements[1]?.attributes).toEqual({
      name: "gatehouse smoke prod",
      tests: "4",
      failures: "1",
      errors: "0",
      skipped: "1",
      timestamp: "2026-11-25T02:00:00.000Z",
    });
    expect(elements[2]?.attributes).toEqual({
      classname: "gatehouse smoke prod",
      name: "token GET /me",
      time: "1.234",
    });
  });

  test("any text stays well-formed XML 1.0 and comes back, but for characters that XML cannot hold", () => {
    const elements = parse(outcomesAsJunit([reportOf(failed)]));
    const readable = `<a href="x">&amp; ]]> 'single' "double"\n\t\r???[31m? ? \u{1f600}`;
    expect(elements.find(({ name }) => name === "failure")?.attributes.message).toBe(readable);
    expect(elements.find(({ name }) => name === "failure")?.text).toContain(readable);
  });

  test("an API that could not be asked is one case in error", () => {
    const elements = parse(outcomesAsJunit([unasked]));
    expect(elements[1]?.attributes).toMatchObject({ tests: "1", errors: "1", failures: "0" });
    expect(elements.map(({ name }) => name)).toEqual(["testsuites", "testsuite", "testcase", "error"]);
  });

  test("several stacks are a suite each, with the stack's name in the suite's and the cases' own", () => {
    const first = { ...reportOf(passed, failed), stack: "Gatehouse-prod-eu-central-1" };
    const elements = parse(outcomesAsJunit([first, unasked]));
    expect(elements[0]?.attributes).toMatchObject({ tests: "3", failures: "1", errors: "1", skipped: "0" });
    const suites = [
      "gatehouse smoke prod Gatehouse-prod-eu-central-1",
      "gatehouse smoke prod Gatehouse-prod-us-east-1",
    ];
    const namesOf = (name: string, attribute: string) =>
      elements.filter((one) => one.name === name).map(({ attributes }) => attributes[attribute]);
    expect(namesOf("testsuite", "name")).toEqual(suites);
    expect(namesOf("testcase", "classname")).toEqual([suites[0], suites[0], suites[1]]);
  });
});
