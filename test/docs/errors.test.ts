import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { DEPLOYMENT_RULES } from "../../lib/aws/deployment-rules.ts";
import { CHECK_NAMES } from "../../lib/doctor/check.ts";
import { MISTAKE_CODES } from "../../lib/findings/mistake-codes.ts";
import { RULES } from "../../lib/rules/rules.ts";
import { SMOKE_CHECKS } from "../../lib/smoke/result.ts";

// docs/errors.md has every code of a mistake and of a finding, once, with when it comes and what to do.

const ROOT = join(import.meta.dirname, "..", "..");
const page = readFileSync(join(ROOT, "docs", "errors.md"), "utf8");
const sorted = (names: readonly string[]) => names.toSorted((one, other) => (one < other ? -1 : 1));

/** The rows below a heading, to the next one of its depth or above. */
function rowsBelow(heading: string): readonly (readonly string[])[] {
  const [depth = ""] = heading.split(" ");
  const start = page.indexOf(`\n${heading}\n`);
  const rest = page.slice(start + heading.length + 2);
  const end = new RegExp(`^#{1,${depth.length}} `, "m").exec(rest)?.index ?? rest.length;
  return [...rest.slice(0, end).matchAll(/^\| `([a-z0-9-]+)` \| (.+) \| (.+) \|$/gm)].map(([, ...cells]) => cells);
}

const codesBelow = (heading: string) => sorted(rowsBelow(heading).map(([code = ""]) => code));

describe("docs/errors.md", () => {
  test.each([
    ["## Mistakes", MISTAKE_CODES],
    ["### explain, and the request lines of local: the rules", RULES.map(({ name }) => name)],
    ["### doctor", [...CHECK_NAMES, "token"]],
    ["### smoke", Object.keys(SMOKE_CHECKS)],
    ["### local", ["not-served", "placeholder"]],
    ["### check, and the start of local", Object.keys(DEPLOYMENT_RULES)],
  ] as const)("%s lists every code of the sources, and no other", (heading, codes) => {
    expect(codesBelow(heading)).toEqual(sorted(codes));
  });

  test("says of every finding of check what its rule says", () => {
    const rows = rowsBelow("### check, and the start of local").map(([code, ...cells]) => [code, cells]);
    const rules = Object.entries(DEPLOYMENT_RULES).map(([code, { what, fix }]) => [code, [what, fix]]);
    expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(rules));
  });

  test("says of every smoke check what the check says of itself", () => {
    expect(Object.fromEntries(rowsBelow("### smoke").map(([code, what]) => [code, what]))).toEqual(SMOKE_CHECKS);
  });
});

test("every code of a mistake is used somewhere: none is left over", () => {
  const sources = ["lib", "bin", "test", "tools"]
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
        .filter((name) => /\.(ts|mjs)$/.test(name) && !/mistake-codes\.ts$|\.test\.ts$/.test(name))
        .map((name) => readFileSync(join(ROOT, folder, name), "utf8")),
    )
    .join("\n");
  expect(MISTAKE_CODES.filter((code) => !sources.includes(`"${code}"`))).toEqual([]);
});
