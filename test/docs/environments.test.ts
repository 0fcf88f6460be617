import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { environmentSchema } from "../../lib/config/environment.ts";
import { readEnvironment } from "../../lib/config/read-environment.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const read = (name: string) => readFileSync(join(ROOT, "docs", name), "utf8");

const BASE = {
  issuer: "https://is.example.com/oauth2/token",
  audience: ["client"],
  routes: [{ method: "GET", path: "/me" }],
};

/** The members that a page shows as JSON, without braces around them. */
const shownIn = (name: string) => {
  const [, members = ""] = /```json\n("[\s\S]*?)```/.exec(read(name)) ?? [];
  return JSON.parse(`{${members}}`) as Readonly<Record<string, unknown>>;
};

describe("the docs' environments", () => {
  test("of the article, and the domain of the deployment, are taken", () => {
    expect(readEnvironment({ environments: shownIn("article.md"), name: "prod" }).audience).toHaveLength(1);
    const environments = { dev: { ...BASE, ...shownIn("deploy.md") } };
    expect(readEnvironment({ environments }).domain?.mappingKey).toBe("orders/v1");
  });

  test.each(["deploy.md", "lambda-mode.md"])("name fields that there are: %s", (name) => {
    const domain = Object.keys(environmentSchema.shape.domain.unwrap().shape);
    const known = new Set([...Object.keys(environmentSchema.shape), ...domain]);
    const rows = read(name)
      .split("\n")
      .filter((line) => /^\| (`\w+`(, )?)+ \|/.test(line));
    expect(rows.length).toBeGreaterThan(3);
    for (const row of rows)
      for (const [, field = ""] of (row.split("|")[1] ?? "").matchAll(/`(\w+)`/g)) expect(known, row).toContain(field);
  });
});
