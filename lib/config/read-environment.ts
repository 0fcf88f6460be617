import type { z } from "zod";
import { Mistake } from "../mistake.ts";
import { type Environment, environmentSchema } from "./environment.ts";
import { withOverrides } from "./overrides.ts";

export interface EnvironmentRequest {
  /** The environments by name, as they stand in the project's context; not yet checked. */
  readonly environments: unknown;
  /** @default "dev" */
  readonly name?: string | undefined;
  /** Context from the command line; what is no field of an environment is left alone. */
  readonly overrides?: Readonly<Record<string, unknown>>;
}

/** An environment and its name. */
export interface NamedEnvironment extends Environment {
  readonly name: string;
}

const DEFAULT_NAME = "dev";
/** Part of the stack's name. */
export const ENVIRONMENT_NAME: RegExp = /^[a-z][a-z0-9-]{0,30}$/;

/**
 * Picks an environment, applies the overrides and checks all of it.
 * @throws Mistake `environment-unknown`, or `environment-wrong` with every problem at once: key path, value seen, value
 * wanted
 */
export function readEnvironment(request: EnvironmentRequest): NamedEnvironment {
  const { environments, name = DEFAULT_NAME, overrides = {} } = request;
  const known = isRecord(environments) ? Object.keys(environments) : [];
  if (!isRecord(environments) || !Object.hasOwn(environments, name))
    throw new Mistake("environment-unknown", {
      what: "there is no such environment",
      got: `env=${name}`,
      expected: known.length === 0 ? "an 'environments' object in cdk.json's context" : `one of ${known.join(", ")}`,
      fix: known.length === 0 ? "add one to cdk.json" : `-c env=${nearest(name, known) ?? known[0]}`,
    });
  if (!ENVIRONMENT_NAME.test(name))
    throw new Mistake("environment-unknown", {
      what: "an environment's name becomes part of the stack's name",
      got: name,
      expected: "lower-case letters, digits and dashes, a letter first, at most 31",
      fix: "rename it in cdk.json",
    });
  const wanted = withOverrides(environments[name], overrides);
  const checked = environmentSchema.safeParse(wanted);
  if (checked.success) return { name, ...checked.data };
  const problems = checked.error.issues.flatMap((issue) => describe(issue, wanted, `environments.${name}`));
  throw new Mistake("environment-wrong", {
    what: `the environment ${name} has ${problems.length === 1 ? "a problem" : `${problems.length} problems`}`,
    got: problems.map(({ path, saw }) => `${path} = ${saw}`).join("\n"),
    expected: problems.map(({ path, expected }) => `${path}: ${expected}`).join("\n"),
    fix: `correct ${problems.length === 1 ? "it" : "them"} in cdk.json, or on the command line by -c`,
  });
}

interface Problem {
  readonly path: string;
  readonly saw: string;
  readonly expected: string;
}

type Issue = z.core.$ZodIssue;

function describe(issue: Issue, root: unknown, prefix: string): readonly Problem[] {
  if (issue.code === "unrecognized_keys")
    return issue.keys.map((key) => ({
      path: pathText(prefix, [...issue.path, key]),
      saw: shown(at(root, [...issue.path, key])),
      expected: unknownField(key),
    }));
  const value = at(root, issue.path);
  const expected =
    value === undefined && issue.code === "invalid_type" ? `${issue.expected}, it is missing` : issue.message;
  return [{ path: pathText(prefix, issue.path), saw: shown(value), expected }];
}

function unknownField(key: string): string {
  const near = nearest(key, Object.keys(environmentSchema.shape));
  return near === undefined ? "no such field" : `no such field; did you mean ${near}?`;
}

const pathText = (prefix: string, path: readonly PropertyKey[]) =>
  path.reduce<string>(
    (text, part) => (typeof part === "number" ? `${text}[${part}]` : `${text}.${String(part)}`),
    prefix,
  );

const at = (root: unknown, path: readonly PropertyKey[]): unknown =>
  path.reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[part] : undefined,
    root,
  );

const LONGEST_VALUE = 100;

function shown(value: unknown): string {
  if (value === undefined) return "(missing)";
  const text = JSON.stringify(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)}…` : text;
}

/** The known name that begins alike, or that differs in a letter or two. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const lower = name.toLowerCase();
  const ranked = known.map((one) => ({ one, distance: editDistance(lower, one.toLowerCase()) }));
  const best = ranked.toSorted((one, other) => one.distance - other.distance)[0];
  return best && best.distance <= Math.max(2, Math.floor(name.length / 2)) ? best.one : undefined;
}

function editDistance(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let i = 1; i <= one.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const cost = one[i - 1] === other[j - 1] ? 0 : 1;
      next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + cost));
    }
    row = next;
  }
  return row[other.length] ?? 0;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
