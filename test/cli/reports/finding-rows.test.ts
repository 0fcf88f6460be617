import pc from "picocolors";
import { describe, expect, test } from "vitest";
import { findingRows, labelled } from "../../../lib/cli/reports/finding-rows.ts";
import { finding } from "../../../lib/findings/finding.ts";

const URL_TEXT = "https://is.example.com:9443/oauth2/token/.well-known/openid-configuration";
const FOUND = finding("tls-chain", "fail", `nobody vouches for ${URL_TEXT}, which this machine asked three times`, {
  fix: "install a certificate of a public authority with its whole chain, in WSO2's keystore or on a proxy on port 443",
  fact: "4.9",
  confidence: "OBS1",
});
const rowsAt = (columns: number | undefined) =>
  findingRows(
    { finding: FOUND, text: FOUND.what, names: [[FOUND.code, 23]] },
    { paint: pc.createColors(false), columns },
  );

describe.each([80, 100, 120, undefined])("a row on a terminal of %j columns", (columns) => {
  test("fits, but for a URL, which is never broken", () => {
    const rows = rowsAt(columns);
    expect(rows.some((row) => row.includes(URL_TEXT))).toBe(true);
    for (const row of rows.filter((one) => !one.includes(URL_TEXT)))
      expect(row.length, row).toBeLessThanOrEqual(columns ?? 100);
    expect(rows[0]).toMatch(/^FAIL {2}tls-chain {14}nobody/);
    expect(rows.join("\n")).toContain("[4.9 OBS1]");
    expect(rows.filter((row) => /^ {29}fix {2}install/.test(row))).toHaveLength(1);
  });
});

test("where a terminal is narrow, the text stands below its names", () => {
  const [head, ...rest] = rowsAt(50);
  expect(head).toBe("FAIL  tls-chain");
  expect(rest[0]).toBe("      nobody vouches for");
});

const page = (columns: number | undefined, isColoured = false) => ({ paint: pc.createColors(isColoured), columns });

describe("a label and its text", () => {
  test("is one line where no terminal is, for scripts that read lines", () => {
    expect(labelled("cause   ", "word ".repeat(60).trim(), page(undefined))).toHaveLength(1);
  });

  test("goes on below itself on a terminal; colours count for nothing", () => {
    const { paint } = page(20, true);
    expect(labelled(`${paint.bold("cause")}   `, "one two three four", page(20, true))).toEqual([
      `${paint.bold("cause")}   one two`,
      "        three four",
    ]);
  });
});
