import { parseJson } from "../json/json.ts";
import type { Evidence, SeenAnswer, SeenRequest } from "./evidence.ts";
import { headersInLines } from "./headers.ts";

const REQUEST_LINE = /^([A-Z]+) (\S+) HTTP\/[\d.]+$/;
const STATUS_LINE = /^HTTP\/[\d.]+ (\d{3})\b/;

/** A raw request, a raw answer, or both in turn, as 'curl -v' prints them with `>` and `<`. */
export function rawHttpEvidence(text: string): readonly Evidence[] | undefined {
  const lines = text.split(/\r?\n/).filter((line) => !/^[*{}] /.test(line));
  const isVerbose = lines.some((line) => /^> [A-Z]+ \S+ HTTP/.test(line) || line.startsWith("< HTTP/"));
  const plain = isVerbose ? lines.map((line) => line.replace(/^[<>] ?/, "")) : lines;
  const request = requestIn(plain);
  const answer = answerIn(plain);
  if (!request && !answer) return undefined;
  const found = request && answer ? "a request and its answer" : request ? "a raw HTTP request" : "a raw HTTP answer";
  return [{ found, request, answer }];
}

function requestIn(lines: readonly string[]): SeenRequest | undefined {
  const at = lines.findIndex((line) => REQUEST_LINE.test(line));
  const [, method, url] = REQUEST_LINE.exec(lines[at] ?? "") ?? [];
  if (method === undefined || url === undefined) return undefined;
  return { method, url, headers: headersInLines(lines.slice(at + 1)).headers };
}

/** The last answer: before it there may be one of a proxy, or a redirect. */
function answerIn(lines: readonly string[]): SeenAnswer | undefined {
  const at = lines.findLastIndex((line) => STATUS_LINE.test(line));
  const [, status] = STATUS_LINE.exec(lines[at] ?? "") ?? [];
  if (status === undefined) return undefined;
  const rest = lines.slice(at + 1);
  const { headers, count } = headersInLines(rest);
  const message = messageOf(rest.slice(count).join("\n").trim());
  return { status: Number(status), challenge: headers.get("www-authenticate"), message };
}

/** The message of a body in the form in which API Gateway answers. */
export function messageOf(body: string): string | undefined {
  const { message } = parseJson(body) ?? {};
  return typeof message === "string" ? message : undefined;
}
