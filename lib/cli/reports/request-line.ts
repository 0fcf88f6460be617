import { printable } from "../../findings/terminal-text.ts";
import type { RequestRecord } from "../../gateway/request-record.ts";
import type { Paint } from "../io.ts";

/**
 * One line a request: when, method, path, status and how long it took; where the gateway itself answered, why, and below it
 * what to change.
 */
export function requestLine(record: RequestRecord, paint: Paint): string {
  const { method, path, status, durationMs, receivedAtMs, cause } = record;
  const colour = status < 400 ? paint.green : status < 500 ? paint.yellow : paint.red;
  const time = paint.dim(timeOf(receivedAtMs));
  const head = `${time} ${printable(method)} ${printable(path)} ${colour(String(status))} ${durationMs.toFixed(1)} ms`;
  if (!cause) return record.localReason === undefined ? head : `${head}  ${printable(record.localReason)}`;
  const fix = cause.fix === null ? "" : `\n    ${printable(cause.fix)}`;
  return `${head}  ${paint.bold(cause.code)}: ${printable(cause.what, LONGEST_CAUSE)}${fix}`;
}

/** Two ARNs stand in some. */
const LONGEST_CAUSE = 1_000;

/** Of this machine's clock and zone: `10:42:07`. */
const timeOf = (ms: number) => new Date(ms).toTimeString().slice(0, 8);
