import { mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { citedIn, readFacts } from "../../lib/aws/facts.ts";
import { readThemes } from "../../lib/conformance/case.ts";
import { LOG_TEXTS } from "../../lib/rules/log-error.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const FACTS = readFacts(ROOT).flatMap(({ facts }) => facts);
const NUMBERS = FACTS.map(({ fact }) => fact);

test("each fact has one number, of its own section", () => {
  expect(new Set(NUMBERS).size).toBe(NUMBERS.length);
  for (const { number, facts } of readFacts(ROOT))
    for (const { fact } of facts) expect(fact.startsWith(number), `${fact} in section ${number}`).toBe(true);
});

test.each([
  [
    '{"theme":"x","cases":[{"id":"one","title":"t","confidence":"SURE","source":"3.8","expect":{"status":200}}]}',
    /one\.confidence/,
  ],
  ['{"theme":"x","cases":[{"id":"two","title":"t","confidence":"DOC","source":"3.8"}]}', /two\.expect/],
  ['{"theme":', /JSON/],
])("a wrong case is told by its id: %s", (text, got) => {
  const home = mkdtempSync(join(tmpdir(), "gatehouse-cases-"));
  mkdirSync(join(home, "lib", "conformance", "cases"), { recursive: true });
  writeFileSync(join(home, "lib", "conformance", "cases", "own.json"), text);
  expect(() => readThemes(home)).toThrow(got);
  expect(() => readThemes(home)).toThrow(/lib\/conformance\/cases\/own\.json/);
});

test("each fact that a case cites is there", () => {
  const strangers = readThemes(ROOT).flatMap(({ name, cases }) =>
    cases.flatMap(({ id, source }) =>
      citedIn(source)
        .filter((fact) => !NUMBERS.includes(fact))
        .map((fact) => `${name}/${id}: ${fact}`),
    ),
  );
  expect(strangers).toEqual([]);
});

test("each fact that a text of the log cites is there", () => {
  const cited = LOG_TEXTS.flatMap(({ fact, texts }) => (fact === undefined ? [] : [`${texts[0]}: ${fact}`]));
  expect(cited.length).toBeGreaterThan(20);
  expect(cited.filter((one) => !NUMBERS.includes(one.split(": ").at(-1) ?? ""))).toEqual([]);
});

test("each fact that a rule or a check of doctor cites is there", () => {
  const files = readdirSync(join(ROOT, "lib"), { recursive: true, encoding: "utf8" }).filter((file) =>
    file.endsWith(".ts"),
  );
  const cited = files.flatMap((file) =>
    [...readFileSync(join(ROOT, "lib", file), "utf8").matchAll(/\bfact: "([^"]+)"/g)].map(
      ([, fact = ""]) => `${file} ${fact}`,
    ),
  );
  expect(cited.length).toBeGreaterThan(30);
  expect(cited.filter((one) => !NUMBERS.includes(one.split(" ")[1] ?? ""))).toEqual([]);
});

test("what is not known of API Gateway says what we do, or what would settle it", () => {
  const silent = FACTS.filter(({ confidence, choice, probe }) => confidence === "UNK" && !choice && !probe);
  expect(silent).toEqual([]);
});
