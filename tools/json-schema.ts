import { z } from "zod";
import { environmentSchema } from "../lib/config/environment.ts";
import { knownValuesSchema } from "../lib/config/known-values.ts";
import { ENVIRONMENT_NAME } from "../lib/config/read-environment.ts";

// What an editor needs to complete an environment and to underline what is wrong in it. Made from the very schema that
// synthesis checks with; what only code can say (an ARN of another region, say) is left to synthesis.

/** The dialect that editors know best. */
const DIALECT = "http://json-schema.org/draft-07/schema#";

export const ENVIRONMENTS_FILE = "environments.schema.json";

/** Of a file of environments, and of `context.environments` in cdk.json. */
export function environmentsJsonSchema(): object {
  const { $schema: _, ...environment } = z.toJSONSchema(environmentSchema, {
    target: "draft-7",
    // A field with a default may be left out.
    io: "input",
    override: ({ jsonSchema }) => {
      for (const bound of ["minimum", "maximum"] as const)
        if (Math.abs(jsonSchema[bound] ?? 0) === Number.MAX_SAFE_INTEGER) delete jsonSchema[bound];
    },
  });
  return {
    $schema: DIALECT,
    title: "Gatehouse environments",
    description: "Environments by name: what each stack is made of",
    type: "object",
    properties: { $schema: { type: "string" } },
    propertyNames: { anyOf: [{ const: "$schema" }, { pattern: ENVIRONMENT_NAME.source }] },
    additionalProperties: environment,
  };
}

/** Of cdk.json, as far as it is ours. @param environments where the schema of environments lies, from this one on */
export const cdkJsonSchema = (environments: string): object => ({
  $schema: DIALECT,
  title: "cdk.json of a Gatehouse project",
  type: "object",
  properties: {
    context: {
      type: "object",
      properties: {
        environments: {
          anyOf: [{ type: "string", description: "The path of a JSON file of environments" }, { $ref: environments }],
        },
      },
    },
  },
});

/** Of gatehouse.values.json. */
const valuesJsonSchema = (): object => ({
  ...z.toJSONSchema(knownValuesSchema, { target: "draft-7", io: "input" }),
  title: "What is known of a deployment",
});

/** The files of `schema/` by name. */
export const schemaFiles = (): Readonly<Record<string, string>> => ({
  [ENVIRONMENTS_FILE]: fileOf(environmentsJsonSchema()),
  "values.schema.json": fileOf(valuesJsonSchema()),
  "cdk.schema.json": fileOf(cdkJsonSchema(ENVIRONMENTS_FILE)),
});

const fileOf = (schema: object) => `${JSON.stringify(schema, null, 2)}\n`;
