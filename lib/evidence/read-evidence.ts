import { parseJson } from "../json/json.ts";
import { clfEvidence } from "./access-log.ts";
import { challengeEvidence } from "./challenge-text.ts";
import { curlEvidence } from "./curl.ts";
import type { Evidence, ReadEvidence } from "./evidence.ts";
import { jsonEvidence } from "./json-text.ts";
import { rawHttpEvidence } from "./raw-http.ts";

/** A HAR file of a long session; all else is far smaller. */
const MOST_CHARACTERS = 20_000_000;
/** Lines of an access log that are looked at. */
const MOST_LINES = 1_000;
/** A quoted text may hold another one: `"\"…\""`. */
const MOST_QUOTES = 3;

/**
 * Reads what an operator has, whatever form it is in: a bare token, in quotes, in a header or in the answer of a token
 * endpoint; a curl command; a raw HTTP request or answer; a HAR file; lines of an access log; a `www-authenticate`; the body
 * of a refusal. A text that is none of these counts as the credential itself, which the rules then judge.
 */
export function readEvidence(given: string, quotes = MOST_QUOTES): ReadEvidence {
  if (given.length > MOST_CHARACTERS)
    return {
      unusable: "evidence-too-large",
      what: "the text is too large to be read",
      got: `${given.length.toLocaleString("en-US")} characters, at most ${MOST_CHARACTERS.toLocaleString("en-US")} are read`,
      fix: "give the one request, line or token that you ask about",
    };
  const text = given.replace(/^\uFEFF/, "").trim();
  const quoted = quotes > 0 ? unquoted(text) : undefined;
  if (quoted !== undefined) return inQuotes(readEvidence(quoted, quotes - 1));
  if (/^[{[]/.test(text)) return jsonEvidence(text) ?? linesOf(text) ?? [credentialIn(text)];
  if (/^\$?\s*curl(\.exe)?\s/.test(text)) return curlEvidence(text);
  return (
    rawHttpEvidence(text) ?? challengeEvidence(text) ?? linesOf(text) ?? headerEvidence(text) ?? [credentialIn(text)]
  );
}

/** The content of a text that stands in one pair of quotes. */
function unquoted(text: string): string | undefined {
  const [, single] = /^'([^']*)'$/.exec(text) ?? [];
  if (single !== undefined) return single;
  if (!/^"(?:[^"\\]|\\.)*"$/s.test(text)) return undefined;
  const { content } = parseJson(`{"content":${text}}`) ?? {};
  return typeof content === "string" ? content : text.slice(1, -1);
}

const inQuotes = (read: ReadEvidence): ReadEvidence =>
  "unusable" in read ? read : read.map((one) => ({ ...one, found: `${one.found} in quotes` }));

/** Lines of an access log, each in JSON or in the Common Log Format; undefined where the first is neither. */
function linesOf(text: string): readonly Evidence[] | undefined {
  const lines = text.split("\n", MOST_LINES).filter((line) => line.trim() !== "");
  const read = lines.flatMap((line) => lineEvidence(line.trim()) ?? []);
  return read.length > 0 && read.length === lines.length ? read : undefined;
}

function lineEvidence(line: string): readonly Evidence[] | undefined {
  if (line.startsWith("{")) {
    const read = jsonEvidence(line);
    return read === undefined || "unusable" in read ? undefined : read;
  }
  const clf = clfEvidence(line);
  return clf && [clf];
}

/** `Authorization: Bearer T`, with or without `-H` and quotes around it. */
function headerEvidence(text: string): readonly Evidence[] | undefined {
  const [, value] = /^(?:-H\s+|--header\s+)?["']?authorization\s*:[ \t]*([^\r\n]*?)["']?$/i.exec(text) ?? [];
  return value === undefined ? undefined : [{ found: "a header authorization", credential: value }];
}

function credentialIn(text: string): Evidence {
  if (text === "") return { found: "nothing" };
  const token = text.replace(/^Bearer /, "");
  const what = /^[\w-]+\.[\w-]*\.[\w-]*$/.test(token) ? "a token" : "a credential that is not a signed JWT";
  return { found: token === text ? what : `${what} after 'Bearer '`, credential: text };
}
