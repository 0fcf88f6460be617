import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv } from "ajv";
import { describe, expect, test } from "vitest";
import { readEnvironment } from "../../lib/config/read-environment.ts";
import { Mistake } from "../../lib/findings/mistake.ts";
import { cdkJsonSchema, ENVIRONMENTS_FILE, environmentsJsonSchema, schemaFiles } from "../../tools/json-schema.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const json = (...path: readonly string[]) => JSON.parse(readFileSync(join(ROOT, ...path), "utf8")) as unknown;

describe("the schemas for editors, in schema/", () => {
  test("are those of today's environments; if not: npm run schema", () => {
    for (const [name, text] of Object.entries(schemaFiles()))
      expect(readFileSync(join(ROOT, "schema", name), "utf8"), name).toBe(text);
  });

  test("say of every field what it is for", () => {
    const silent: string[] = [];
    const walk = (schema: unknown, path: string) => {
      const { properties = {}, items, additionalProperties } = schema as Record<string, Record<string, object>>;
      for (const [name, field] of Object.entries(properties)) {
        if (!("description" in field) && name !== "$schema") silent.push(`${path}.${name}`);
        walk(field, `${path}.${name}`);
      }
      for (const inner of [items, additionalProperties]) if (typeof inner === "object") walk(inner, path);
    };
    walk(environmentsJsonSchema(), "");
    expect(silent).toEqual([]);
  });
});

const refuses = (environments: Record<string, unknown>) => {
  try {
    readEnvironment({ environments });
    return false;
  } catch (error) {
    return error instanceof Mistake;
  }
};

describe("to a validator that is not ours", () => {
  const ajv = new Ajv({
    allErrors: true,
    strictTypes: false,
    formats: { uri: (text) => URL.canParse(text), email: /@/ },
  });
  ajv.addSchema(environmentsJsonSchema(), ENVIRONMENTS_FILE);
  const isCdkJson = ajv.compile(cdkJsonSchema(ENVIRONMENTS_FILE));
  const GOOD = {
    issuer: "https://is.example.com/oauth2/token",
    audience: ["client"],
    routes: [{ method: "GET", path: "/me" }],
  };
  const problemsOf = (environments: object) => {
    ajv.validate(ENVIRONMENTS_FILE, environments);
    return (ajv.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    );
  };
  test("a cdk.json and its environments are good", () => {
    const given = json("test", "fixture", "cdk.json") as { context: { environments: object } };
    expect(isCdkJson(given), JSON.stringify(isCdkJson.errors)).toBe(true);
    const { context } = given;
    expect(problemsOf(context.environments)).toEqual([]);
    expect(isCdkJson({ context: { environments: "environments.json", other: 1 } })).toBe(true);
  });

  test("a file of environments may name its schema", () => {
    expect(problemsOf({ $schema: "./schema/environments.schema.json", dev: GOOD })).toEqual([]);
  });

  test.for<[string, object, string]>([
    ["a field that is not there", { isuer: "x" }, '"additionalProperty":"isuer"'],
    ["an issuer over http", { issuer: "http://is.example.com" }, "/dev/issuer must match pattern"],
    ["an issuer with a slash at its end", { issuer: "https://is.example.com/oauth2/token/" }, "must match pattern"],
    ["a mode that is not there", { authorizer: "jwt" }, '"allowedValues":["native","lambda"]'],
    [
      "a retention that CloudWatch does not know",
      { logRetentionDays: 8 },
      "must be equal to one of the allowed values",
    ],
    ["a path with a slash at its end", { routes: [{ method: "GET", path: "/me/" }] }, "must match pattern"],
    [
      "51 audiences",
      { audience: Array.from({ length: 51 }, (_, index) => `c${index}`) },
      "NOT have more than 50 items",
    ],
    ["a route that is listed twice", { routes: [...GOOD.routes, ...GOOD.routes] }, "must NOT have duplicate items"],
    ["a domain without its certificate", { domain: { name: "api.example.com" } }, "required property 'certificateArn'"],
  ])("%s is wrong, as it is to synthesis", ([, patch, message]) => {
    const environments = { dev: { ...GOOD, ...patch } };
    expect(problemsOf(environments).join("\n")).toContain(message);
    expect(refuses(environments)).toBe(true);
  });

  test("a missing field and a name that is none are wrong", () => {
    expect(problemsOf({ dev: { issuer: GOOD.issuer } }).join("\n")).toContain("required property 'audience'");
    expect(problemsOf({ Dev: GOOD }).join("\n")).toContain("property name must be valid");
  });
});
