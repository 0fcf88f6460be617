import { z } from "zod";
import { mistyped } from "../findings/did-you-mean.ts";
import { Mistake } from "../findings/mistake.ts";
import { isJson } from "../json/json.ts";
import { environmentSchema } from "./environment.ts";

/** The fields that the command line's context may replace, as `-c issuer=… -c throttle.rateLimit=20`. */
const OVERRIDABLE: readonly string[] = Object.keys(environmentSchema.shape);

/** What this project reads of a context besides. */
const OTHERS = ["env", "environments"];
/** Near a name of ours, and meant for another. */
const MEANT: Readonly<Record<string, string>> = { environment: "env" };

/**
 * Context is anybody's: feature flags, lookups, other tools. So a name that nothing here knows is left as it is, unless it is
 * that of a field but for a letter or two: then the value would be dropped in silence.
 * @throws Mistake `context-unknown`
 */
export function checkOverrides(overrides: Readonly<Record<string, unknown>>): void {
  for (const key of Object.keys(overrides)) {
    const [field = "", ...members] = key.split(".");
    if (/[^A-Za-z_-]/.test(field) || [...OVERRIDABLE, ...OTHERS].includes(field)) continue;
    const near = MEANT[field] ?? mistyped(field.replaceAll(/[_-]/g, ""), [...OVERRIDABLE, ...OTHERS]);
    if (near === undefined) continue;
    const meant = [near, ...members].join(".");
    throw new Mistake("context-unknown", {
      what: `nothing reads the context ${key}`,
      got: `-c ${key}=…`,
      expected: `env, environments or a field of an environment; did you mean ${meant}?`,
      fix: `-c ${meant}=…`,
    });
  }
}

/**
 * Puts values of the command line's context into an environment. All of them arrive as text: a list is split at its
 * commas, a number and a boolean are read as such, and `throttle.rateLimit` reaches into an object, or into its default. What does not fit is
 * left as the text that it is, for the schema to refuse by its name.
 */
export function withOverrides(environment: unknown, overrides: Readonly<Record<string, unknown>>): unknown {
  // Report a value that is not an object as such, instead of listing every field as missing.
  if (!isJson(environment)) return environment;
  const result: Record<string, unknown> = structuredClone(environment);
  for (const [key, value] of Object.entries(overrides)) {
    const [field = "", member] = key.split(".", 2);
    if (!OVERRIDABLE.includes(field)) continue;
    if (member === undefined) result[field] = typeof value === "string" ? readText(value, fieldSchema(field)) : value;
    else {
      const before = result[field] ?? defaultOf(fieldSchema(field));
      const inner = isJson(before) ? before : {};
      result[field] = { ...inner, [member]: typeof value === "string" ? readScalar(value) : value };
    }
  }
  return result;
}

const fieldSchema = (field: string): unknown => (environmentSchema.shape as Readonly<Record<string, unknown>>)[field];

function readText(text: string, schema: unknown): unknown {
  const inner = unwrapped(schema);
  if (inner instanceof z.ZodArray) return text.trimStart().startsWith("[") ? readJson(text) : splitList(text);
  if (inner instanceof z.ZodString || inner instanceof z.ZodEnum) return text;
  if (inner instanceof z.ZodObject || inner instanceof z.ZodRecord) return readJson(text);
  return readScalar(text);
}

const defaultOf = (schema: unknown): unknown => (schema instanceof z.ZodDefault ? schema.def.defaultValue : undefined);

function unwrapped(schema: unknown): unknown {
  return schema instanceof z.ZodDefault || schema instanceof z.ZodOptional ? unwrapped(schema.unwrap()) : schema;
}

const splitList = (text: string) => text.split(",").map((one) => one.trim());

function readScalar(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
