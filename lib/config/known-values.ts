import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { Mistake } from "../findings/mistake.ts";
import { jsonFaultOf } from "../json/json-fault.ts";
import { plainly } from "./plain-words.ts";

const texts = z.record(z.string(), z.string());

/** `gatehouse.values.json`: what a person knows of a deployment and a template does not say. */
export const knownValuesSchema = z
  .strictObject({
    $schema: z.string(),
    ssm: texts.describe("Parameters of Systems Manager, by their name"),
    exports: texts.describe("Outputs of stacks outside of the assembly, by the name of their export"),
    attributes: texts.describe("What Fn::GetAtt gives: LogicalId.Attribute, or Stack/LogicalId.Attribute"),
    secrets: z
      .record(z.string(), z.union([z.string(), texts]))
      .describe("Secrets of Secrets Manager, by name or ARN: the text, or the members of a JSON secret"),
    functions: z
      .record(z.string(), texts)
      .describe("Variables of functions, by logical id or name; they replace those of the template"),
    invoke: z
      .record(z.string(), z.url({ protocol: /^https?$/, error: "a URL of Lambda's Invoke API, http or https" }))
      .describe("Where functions run that do not run here, by logical id or name: a URL of Lambda's Invoke API"),
  })
  .partial();

/** The file that is read where no other is named. */
const VALUES_FILE = "gatehouse.values.json";

/**
 * Reads the values of a deployment that a person wrote down.
 * @param file as it was given; undefined for `gatehouse.values.json`, where there is one
 * @param directory what a relative path is relative to
 * @throws Mistake `values-missing`, `values-broken`; neither holds a value, which may be a secret
 */
export function readKnownValues(file: string | undefined, directory: string) {
  const path = file ?? join(directory, VALUES_FILE);
  if (file === undefined && !existsSync(path)) return {};
  let value: unknown;
  const text = textOf(path);
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const { line, column } = jsonFaultOf(text);
    throw broken(path, `no JSON from line ${line}, column ${column} on`, "a JSON object", { cause });
  }
  const parsed = knownValuesSchema.safeParse(value, { error: plainly });
  if (parsed.success) {
    const { $schema: _, ...values } = parsed.data;
    return values;
  }
  const [issue] = parsed.error.issues;
  if (issue?.code === "unrecognized_keys")
    throw broken(path, issue.keys.join(", "), "ssm, exports, attributes, secrets, functions and invoke");
  throw broken(
    path,
    `another kind of value at ${issue?.path.join(".") || "the top"}`,
    issue?.message ?? "texts by name",
  );
}

function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new Mistake(
      "values-missing",
      {
        what: "the file of values cannot be read",
        got: path,
        expected: 'a JSON file such as { "ssm": { "/auth/issuer": "https://…" } }',
        fix: "correct the path of --values",
      },
      { cause },
    );
  }
}

const broken = (path: string, got: string, expected: string, options: ErrorOptions = {}) =>
  new Mistake(
    "values-broken",
    { what: `the file of values ${path} is not as it should be`, got, expected, fix: `correct ${path}` },
    options,
  );
