import { printable } from "../../findings/terminal-text.ts";
import type { Io } from "../io.ts";

/** What Lambda keeps of a line is longer (256 KB); a terminal is for reading. */
const LONGEST_LINE = 10_000;

/**
 * A line that a function wrote. One in the JSON of Powertools or of Lambda's own JSON format shows as its level and its
 * message, with the error's; metrics in the embedded format as names and values. Anything else shows as it is.
 */
export function functionLogLine(name: string, line: string, { paint }: Pick<Io, "paint">): string {
  const { level, text } = readable(line);
  const colour = { ERROR: paint.red, CRITICAL: paint.red, FATAL: paint.red, WARN: paint.yellow }[level ?? ""];
  const shown = printable(`${name}: ${level === undefined ? "" : `${level.padEnd(5)} `}${text}`, LONGEST_LINE);
  return (colour ?? paint.dim)(shown);
}

/** The line as the function wrote it. */
export const rawLogLine = (name: string, line: string, { paint }: Pick<Io, "paint">): string =>
  paint.dim(printable(`${name}: ${line}`, LONGEST_LINE));

interface Readable {
  readonly level?: string;
  readonly text: string;
}

function readable(line: string): Readable {
  const record = line.startsWith("{") ? read(line) : undefined;
  if (record === undefined) return { text: line };
  if ("_aws" in record) return { text: metricsOf(record) };
  const { level, message, error } = record;
  if (typeof level !== "string" || !/^[A-Za-z]{3,10}$/.test(level) || typeof message !== "string")
    return { text: line };
  return { level: level.toUpperCase(), text: `${message}${errorOf(error)}` };
}

function read(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    return JSON.parse(line) as Readonly<Record<string, unknown>>;
  } catch {
    return undefined;
  }
}

function errorOf(error: unknown): string {
  if (typeof error !== "object" || error === null || !("message" in error)) return "";
  const name = "name" in error && typeof error.name === "string" ? error.name : "Error";
  return `  ${name}: ${String(error.message)}`;
}

/** CloudWatch's embedded metric format: the values stand in the record by their names. */
function metricsOf(record: Readonly<Record<string, unknown>>): string {
  const values = Object.entries(record).filter(([, value]) => typeof value === "number");
  return `metrics ${values.map(([name, value]) => `${name} = ${String(value)}`).join(", ")}`;
}
