import { existsSync, readFileSync } from "node:fs";
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

/** The members that a page shows as JSON, without braces around them, in the first example that has such a one. */
const shownIn = (name: string, having = "") => {
  const examples = [...read(name).matchAll(/```json\n("[\s\S]*?)```/g)].map(([, members = ""]) => members);
  const members = examples.find((one) => one.includes(having)) ?? "";
  return JSON.parse(`{${members}}`) as Readonly<Record<string, unknown>>;
};

describe("the docs' environments", () => {
  test("of the article, and the domain of the deployment, are taken", () => {
    expect(readEnvironment({ environments: shownIn("article.md"), name: "prod" }).audience).toHaveLength(1);
    const environments = { dev: { ...BASE, ...shownIn("deploy.md", '"domain"') } };
    expect(readEnvironment({ environments }).domain?.mappingKey).toBe("orders/v1");
  });

  test("of a file of their own, and of the lambda mode, are taken", () => {
    const { $schema: schema, ...environments } = shownIn("deploy.md", '"$schema"');
    expect(existsSync(join(ROOT, String(schema)))).toBe(true);
    expect(readEnvironment({ environments, name: "blue" }).alarms?.thresholds?.latencyP99Ms).toBe(1_500);
    const dev = { ...BASE, ...shownIn("lambda-mode.md", '"caBundle"') };
    expect(readEnvironment({ environments: { dev } }).vpc?.subnetIds).toHaveLength(2);
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
