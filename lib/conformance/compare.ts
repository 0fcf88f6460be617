import { isDeepStrictEqual } from "node:util";
import type { Confidence } from "../aws/confidence.ts";
import type { ConformanceCase } from "./case.ts";

/** What came back. What a subject cannot see is undefined and is not compared. */
export interface Answered {
  /** 0 where no answer came. */
  readonly status: number;
  /** Why none came. */
  readonly noAnswer?: string;
  /** By lower-case name, each value of a repeated header. */
  readonly headers?: ReadonlyMap<string, readonly string[]>;
  readonly body?: string;
  /** `www-authenticate`, from whom it comes without other headers. */
  readonly challenge?: string | null;
  readonly rule?: string;
  readonly log?: string;
  readonly accessLog?: Readonly<Record<string, string>>;
  readonly claims?: Readonly<Record<string, unknown>>;
  readonly scopes?: readonly string[] | null;
  readonly event?: unknown;
  readonly authorizerEvent?: unknown;
}

/** One thing that is not as it should be. */
export interface Difference {
  readonly what: string;
  readonly got: unknown;
  readonly expected: unknown;
  /** How sure we are of what was expected. */
  readonly confidence: Confidence;
}

/** What of an answer is not as a case expects it. */
export function differences({ confidence, expect }: ConformanceCase, answered: Answered): readonly Difference[] {
  const found: Difference[] = [];
  const { textConfidence = confidence, claims = {}, headers = {}, accessLog = {}, event = {} } = expect;
  const compare = (what: string, got: unknown, expected: unknown, sure: Confidence = confidence) => {
    if (got !== undefined && expected !== undefined && !fits(got, expected))
      found.push({ what, got, expected, confidence: sure });
  };
  compare("status", answered.noAnswer ?? answered.status, expect.status, expect.statusConfidence);
  // What a refusal says beside its status is not asked of an allowance.
  if (Math.floor(answered.status / 100) !== Math.floor(expect.status / 100)) return found;
  compare("body", answered.body, expect.body);
  compare("www-authenticate", challengeIn(answered), expect.challenge, textConfidence);
  compare("rule", answered.rule, expect.rule);
  compare("access log", answered.log, expect.log, textConfidence);
  for (const [name, value] of Object.entries(accessLog))
    compare(`access log ${name}`, answered.accessLog?.[name], value);
  for (const [name, value] of Object.entries(headers))
    if (answered.headers) compare(`header ${name}`, shown(answered.headers.get(name)), value);
  compare("scopes", answered.scopes, expect.scopes);
  for (const [name, value] of Object.entries(claims))
    if (answered.claims) compare(`claim ${name}`, answered.claims[name] ?? null, value);
  found.push(...members("event", answered.event, event, confidence));
  found.push(...members("authorizer's event", answered.authorizerEvent, expect.authorizerEvent ?? {}, confidence));
  return found;
}

/** A header once, a list where it is repeated, null where it is absent. */
const shown = (values: readonly string[] | undefined) =>
  values === undefined ? null : values.length === 1 ? values[0] : values;

const challengeIn = ({ challenge, headers }: Answered) =>
  challenge === undefined && headers ? shown(headers.get("www-authenticate")) : challenge;

function members(
  whose: string,
  seen: unknown,
  expected: Readonly<Record<string, unknown>>,
  confidence: Confidence,
): readonly Difference[] {
  if (seen === undefined) return [];
  return Object.entries(expected).flatMap(([path, value]) => {
    const got = at(seen, path);
    return fits(got, value) ? [] : [{ what: `${whose} ${path}`, got: got ?? null, expected: value, confidence }];
  });
}

/** The member at a dotted path. */
function at(value: unknown, path: string): unknown {
  let found: unknown = value;
  for (const name of path.split(".")) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name)) return undefined;
    found = (found as Record<string, unknown>)[name];
  }
  return found;
}

const textOf = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

function fits(got: unknown, expected: unknown): boolean {
  if (expected === "$absent") return got === undefined;
  if (typeof expected === "object" && expected !== null && "$matches" in expected)
    return got !== undefined && new RegExp(String(expected.$matches)).test(textOf(got));
  return isDeepStrictEqual(got, expected);
}
