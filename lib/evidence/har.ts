import { isJson, type Json } from "../json/json.ts";
import type { Evidence, SeenAnswer } from "./evidence.ts";
import { headersOf } from "./headers.ts";
import { messageOf } from "./raw-http.ts";

const MOST_ENTRIES = 10_000;

/** The entries of a HAR file (HTTP Archive 1.2): each a request, with its answer. */
export function harEvidence({ log }: Json): readonly Evidence[] | undefined {
  if (!isJson(log) || !Array.isArray(log.entries)) return undefined;
  const entries: readonly unknown[] = log.entries.slice(0, MOST_ENTRIES);
  const read = entries.flatMap((entry) => (isJson(entry) ? entryEvidence(entry) : []));
  return read.length === 0 ? [{ found: "a HAR file without a request" }] : read;
}

function entryEvidence({ request, response }: Json): Evidence[] {
  if (!isJson(request) || typeof request.url !== "string") return [];
  const method = typeof request.method === "string" ? request.method : "GET";
  return [
    {
      found: "an entry of a HAR file",
      request: { method, url: request.url, headers: headersOf(pairsOf(request.headers)) },
      answer: isJson(response) ? answerOf(response) : undefined,
    },
  ];
}

function answerOf({ status, headers, content }: Json): SeenAnswer | undefined {
  if (typeof status !== "number" || status === 0) return undefined;
  const text = isJson(content) && typeof content.text === "string" ? content.text : "";
  return { status, challenge: headersOf(pairsOf(headers)).get("www-authenticate"), message: messageOf(text) };
}

const pairsOf = (list: unknown): readonly (readonly [string, unknown])[] =>
  Array.isArray(list)
    ? list.flatMap((one: unknown) =>
        isJson(one) && typeof one.name === "string" ? [[one.name, one.value] as const] : [],
      )
    : [];
