import { InvalidArgumentError, Option } from "commander";

// How values of the command line are read; commander turns an InvalidArgumentError into a usage error.

export const repeated = (value: string, before: readonly string[]): readonly string[] => [...before, value];

export const list = (value: string): readonly string[] => value.split(",").map((one) => one.trim());

export function parsePort(value: string): number {
  const port = Number(value);
  if (!/^\d+$/.test(value) || port > 65_535)
    throw new InvalidArgumentError("a port is a number from 0 to 65535, 0 for any.");
  return port;
}

/** Seconds that may lie in the past. */
export function parseSignedSeconds(value: string): number {
  if (!/^-?\d+$/.test(value)) throw new InvalidArgumentError("seconds are a whole number.");
  return Number(value);
}

/** `Name=value` or `Stack:Name=value`, as `cdk deploy --parameters` takes it; repeated. */
export function parseParameter(
  value: string,
  before: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const mark = value.indexOf("=");
  if (mark < 1) throw new InvalidArgumentError("a parameter is NAME=VALUE or STACK:NAME=VALUE.");
  return { ...before, [value.slice(0, mark)]: value.slice(mark + 1) };
}

/** `URL` for all services, or `service=URL` for one; repeated. */
export function parseAwsEndpoint(
  value: string,
  before: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  const [, service = "", url = value] = /^([a-z][a-z0-9-]*)=(.*)$/.exec(value) ?? [];
  if (!/^https?:\/\//.test(url) || !URL.canParse(url))
    throw new InvalidArgumentError("an endpoint is URL, or SERVICE=URL such as dynamodb=http://127.0.0.1:8000.");
  return { ...before, [service]: url };
}

/** `NAME=URL`; repeated. */
export function parseInvoke(value: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const [, name = "", url = ""] = /^([^=]+)=(https?:\/\/.*)$/.exec(value) ?? [];
  if (!URL.canParse(url))
    throw new InvalidArgumentError("a function is NAME=URL, such as Orders=http://127.0.0.1:3001.");
  return { ...before, [name]: url };
}

function parseContext(value: string, before: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const mark = value.indexOf("=");
  if (mark < 1) throw new InvalidArgumentError("context is NAME=VALUE.");
  return { ...before, [value.slice(0, mark)]: value.slice(mark + 1) };
}

/** For a command that reads an environment: what `cdk` takes by the same letter. */
export const contextOption = (): Option =>
  new Option("-c, --context <name=value>", "set context as 'cdk -c' does: environments=FILE, audience=a,b (repeatable)")
    .argParser(parseContext)
    .default({});

export function parseCount(value: string): number {
  if (!/^[1-9]\d*$/.test(value)) throw new InvalidArgumentError("a number is whole, 1 or more.");
  return Number(value);
}

export function parseSeconds(value: string): number {
  if (!/^\d+$/.test(value)) throw new InvalidArgumentError("seconds are a whole number, 0 or more.");
  return Number(value);
}

export function parseClaims(value: string): Readonly<Record<string, unknown>> {
  let claims: unknown;
  try {
    claims = JSON.parse(value);
  } catch {
    claims = undefined;
  }
  if (typeof claims !== "object" || claims === null || Array.isArray(claims))
    throw new InvalidArgumentError(`claims are a JSON object, such as '{"sub":"alice"}'.`);
  return claims as Record<string, unknown>;
}

/** Seconds since 1970, from seconds or from an ISO 8601 time. */
export function parseTime(value: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Date.parse(value) / 1_000;
  if (!Number.isFinite(seconds))
    throw new InvalidArgumentError("a time is seconds since 1970 or such as 2026-11-24T10:00:00Z.");
  return seconds;
}
