import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readThemes } from "../../lib/conformance/case.ts";
import { APIS } from "../../lib/conformance/conformance-api.ts";
import { type OwnGateway, startOwnGateway } from "../../lib/conformance/own-gateway.ts";
import { runCase, type Subject } from "../../lib/conformance/run-case.ts";
import { CHECKOUT } from "../project-copy.ts";
import { mirrorSubject, rulesSubject } from "./subjects.ts";

// One table, three implementations: the rules, the gateway over HTTP, and the mirror's bundle as it would be deployed.

const THEMES = readThemes(CHECKOUT);
const NOW_SECONDS = 1_800_000_000;

let own: OwnGateway;
const subjects: Subject[] = [];
/** How many cases each subject could see. */
const seen = new Map<string, number>();

beforeAll(async () => {
  own = await startOwnGateway(NOW_SECONDS);
  subjects.push(own.subject, rulesSubject(own, NOW_SECONDS), await mirrorSubject(own, NOW_SECONDS));
});

afterAll(() => own.close());

test("no id is used twice, and every case is of a route that is there", () => {
  const all = THEMES.flatMap(({ name, cases }) => cases.map(({ id }) => `${name}/${id}`));
  expect(new Set(all).size).toBe(all.length);
  const strangers = THEMES.flatMap(({ cases }) => cases).filter(
    ({ api = "main", route, send }) =>
      route !== undefined && !APIS[api].routes.some(({ key }) => key === route) && send?.path === undefined,
  );
  expect(strangers.map(({ id, route }) => `${id}: ${route}`)).toEqual([]);
});

for (const { name, theme, cases } of THEMES)
  describe(`${name}: ${theme}`, () => {
    for (const row of cases)
      test(`${row.source} [${row.confidence}] ${row.title}`, async () => {
        for (const subject of subjects) {
          const outcome = await runCase(row, subject, own.signer, NOW_SECONDS);
          if (outcome.kind !== "unseen") seen.set(subject.name, (seen.get(subject.name) ?? 0) + 1);
          if (outcome.kind === "differs")
            expect.fail(`${subject.name} ${outcome.status}: ${JSON.stringify(outcome.differences, null, 2)}`);
        }
      });
  });

test("the gateway sees every case; the rules and the mirror see those that are of a token only, and say so", () => {
  const all = THEMES.reduce((sum, { cases }) => sum + cases.length, 0);
  expect(seen.get("gateway")).toBe(all);
  // Every case of the authorizer's own themes, at least.
  const ofTokens = /^(algorithm|audience|claims|form|issuer|key|scope|signature|times)$/;
  const least = THEMES.filter(({ name }) => ofTokens.test(name)).reduce((sum, { cases }) => sum + cases.length, 0);
  for (const subject of ["rules", "mirror"]) {
    expect(seen.get(subject)).toBeGreaterThanOrEqual(least);
    expect(seen.get(subject)).toBeLessThan(all);
  }
});
