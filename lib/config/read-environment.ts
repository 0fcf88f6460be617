import type { z } from "zod";
import { nearest } from "../findings/did-you-mean.ts";
import { Mistake } from "../findings/mistake.ts";
import { isJson } from "../json/json.ts";
import { type Environment, environmentSchema } from "./environment.ts";
import { checkOverrides, withOverrides } from "./overrides.ts";
import { regionByArn } from "./placement.ts";
import { plainly } from "./plain-words.ts";

export interface EnvironmentRequest {
  /** The environments by name, as they stand in the project's context; not yet checked. */
  readonly environments: unknown;
  /** Where they stand, for a person to look: a file's name. @default "cdk.json" */
  readonly source?: string | undefined;
  /** @default "dev" */
  readonly name?: string | undefined;
  /** How anyone who asks would have named another environment. @default - as `cdk` takes it */
  readonly naming?: ((name: string) => string) | undefined;
  /** Context from the command line; what is not a field of an environment is left as it is. */
  readonly overrides?: Readonly<Record<string, unknown>>;
}

/** An environment and its name. */
export interface NamedEnvironment extends Environment {
  readonly name: string;
}

/** The environment of anyone who names none. */
export const DEFAULT_NAME = "dev";
/** Part of the stack's name. */
export const ENVIRONMENT_NAME: RegExp = /^[a-z][a-z0-9-]{0,30}$/;

/**
 * Picks an environment, applies the overrides and checks all of it.
 * @throws Mistake `environment-unknown`, `context-unknown`, or `environment-wrong` with every problem at once: key path,
 * value seen, value wanted
 */
export function readEnvironment(request: EnvironmentRequest): NamedEnvironment {
  const { environments, source = "cdk.json", name = DEFAULT_NAME, overrides = {} } = request;
  checkOverrides(overrides);
  const given = pick(environments, name, source, request.naming ?? ((one) => `-c env=${one}`));
  const wanted = withOverrides(given, overrides);
  const checked = environmentSchema.safeParse(wanted, { error: plainly });
  if (checked.success) {
    const region = regionByArn(checked.data);
    return { name, ...checked.data, ...(region === undefined ? {} : { region }) };
  }
  const problems = checked.error.issues.flatMap((issue) => describe(issue, wanted, `environments.${name}`));
  throw new Mistake("environment-wrong", {
    what: `the environment ${name} has ${problems.length === 1 ? "a problem" : `${problems.length} problems`}`,
    got: problems.map(({ path, saw }) => `${path} = ${saw}`).join("\n"),
    expected: problems.map(({ path, expected }) => `${path}: ${expected}`).join("\n"),
    fix: `correct ${problems.length === 1 ? "it" : "them"} in ${source}, or on the command line by -c`,
  });
}

function pick(environments: unknown, name: string, source: string, naming: (name: string) => string): unknown {
  const known = isJson(environments) ? Object.keys(environments).filter((one) => isOwn(environments[one])) : [];
  if (!isJson(environments) || !Object.hasOwn(environments, name))
    throw new Mistake("environment-unknown", {
      what: "there is no such environment",
      got: name,
      expected:
        known.length > 0
          ? `one of ${known.join(", ")}, which are in ${source}`
          : source === "cdk.json"
            ? "an 'environments' object in cdk.json's context"
            : `an environment in ${source}`,
      fix:
        known.length === 0
          ? `add one to ${source}${source === "cdk.json" ? "; or leave it out, and the API of the app's own template is meant" : ""}`
          : naming(nearest(name, known) ?? known[0] ?? ""),
    });
  if (!ENVIRONMENT_NAME.test(name))
    throw new Mistake("environment-unknown", {
      what: "an environment's name becomes part of the stack's name",
      got: name,
      expected: "lower-case letters, digits and dashes, a letter first, at most 31",
      fix: `rename it in ${source}`,
    });
  return environments[name];
}

const OWN_FIELDS = ["issuer", "audience", "routes"];

/** Whether a member of `environments` looks like one of Gatehouse's. */
export const isOwn = (one: unknown): boolean => isJson(one) && OWN_FIELDS.some((field) => Object.hasOwn(one, field));

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
      expected: unknownField(key, issue.path),
    }));
  const value = at(root, issue.path);
  const isMissing = value === undefined && issue.code === "invalid_type";
  const expected = isMissing ? `${issue.message}, it is missing` : issue.message;
  return [{ path: pathText(prefix, issue.path), saw: shown(value), expected }];
}

/** @param inside where the key stands; of members only those of an environment itself are known here */
function unknownField(key: string, inside: readonly PropertyKey[]): string {
  const near = inside.length === 0 ? nearest(key, Object.keys(environmentSchema.shape)) : undefined;
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
